/** Whether the model predicted what the kernel did with a program, in words. */
import { excusedText, indent, partingText, plural, unpredictableText } from '../../reports/index.ts';
import { type Compared, compared } from '../deviations/index.ts';
import type { Machine, Run } from '../machine.ts';
import { addCounts, type Court, type Sourced } from '../run/index.ts';
import { EXIT, type Exit } from './exit.ts';
import { countsData } from './json.ts';

/** What came of the comparison of one program. */
export interface Foretelling extends Pick<Compared, 'prediction'> {
  readonly exit: Exit;
  /** In one line; of a misprediction, both machines before and after the call at which they part. */
  readonly text: string;
  readonly data: object;
}

/** The runs of one program on both machines, which are there. `court` is the kernel's. */
export function foretelling(
  court: Court,
  sourced: Sourced,
  machines: { readonly model: Machine; readonly kernel: Machine },
  runs: { readonly model: Run; readonly kernel: Run },
): Foretelling {
  const held = compared(court, sourced, machines, runs);
  const { prediction, signature } = held;
  const { mispredictions, excused, compared: steps, cut } = prediction;
  const text =
    mispredictions.length > 0
      ? `MISPREDICTED\n${indent(partingText({ program: sourced.program, prediction, predicted: runs.model, seen: runs.kernel }))}\nnew: ${signature}`
      : agreeing(held, sourced.program.lines.length);
  const data = {
    file: sourced.origin,
    compared: steps,
    ...(cut === undefined ? {} : { cut }),
    excused: countsData(excused),
    ...(signature === undefined ? {} : { signature }),
    mispredictions: mispredictions.map(({ index, aspect, page, predicted, seen }) => ({
      index,
      aspect,
      ...(page === undefined ? {} : { page }),
      predicted,
      seen,
    })),
  };
  return { prediction, exit: mispredictions.length > 0 ? EXIT.findings : EXIT.good, text, data };
}

/** `predicted  all 5 calls`, and what nobody can predict. */
function agreeing({ prediction }: Pick<Compared, 'prediction'>, calls: number): string {
  const { compared: steps, excused, cut } = prediction;
  const what =
    cut === undefined
      ? `all ${plural(steps, 'call')}`
      : `${steps} of ${plural(calls, 'call')}, compared no further: ${cut}`;
  return `predicted  ${what}${excused.size === 0 ? '' : ` (not predicted: ${excusedText(prediction)})`}`;
}

/** Many programs in short, with what nobody can predict in them. */
export function foretellingsText(all: readonly Foretelling[]): string {
  const wrong = all.filter(({ prediction }) => prediction.mispredictions.length > 0).length;
  const cut = all.filter(({ prediction }) => prediction.cut !== undefined).length;
  const excused = new Map<string, number>();
  for (const { prediction } of all) addCounts(excused, prediction.excused);
  const words = [
    `${all.length - wrong - cut} predicted`,
    ...(cut === 0 ? [] : [`${cut} predicted up to a call`]),
    ...(wrong === 0 ? [] : [`${wrong} MISPREDICTED`]),
  ];
  return `${plural(all.length, 'program')} on both machines: ${words.join(', ')}${excused.size === 0 ? '' : `\n${unpredictableText(excused)}`}`;
}
