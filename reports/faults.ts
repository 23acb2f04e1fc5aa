/** What came of failing inner steps, as tables: one for each call, a row for each outcome. */
import {
  type Class,
  type Enumerated,
  numbersText,
  type Outcome,
  type Row,
  rowsOf,
  type Sets,
  type Shortage,
} from '../checker/faults/index.ts';
import { printCall, printResult } from '../checker/program/index.ts';
import type { Finding } from '../checker/run/index.ts';
import type { Call } from '../spec/index.ts';
import { indent, plural, table, thousands } from './table.ts';

const VERDICTS = { allowed: 'ok', known: 'known', forbidden: 'FORBIDDEN' } as const;

/** `2 of 3`, and whether a source is still there that should have gone; empty for calls that move nothing to a given place. */
export const movedText = ({ moved, pieces, sourceKept }: Outcome): string =>
  moved === undefined ? '' : `${moved} of ${pieces}${sourceKept ? ', source kept' : ''}`;

const rowText = ({ name }: Call, { numbers, outcome, judged }: Row): string[] => [
  numbersText(numbers),
  printResult(name, outcome.result),
  movedText(outcome),
  outcome.destination ?? '',
  VERDICTS[judged],
];

const HEAD = ['n', 'result', 'moved', 'destination', 'verdict'];

const outcomeText = ({ name }: Call, { numbers, outcome }: Class): string => {
  const parts = [printResult(name, outcome.result), movedText(outcome), outcome.destination ?? ''];
  const where = numbers[0] === 0 ? 'without a failure' : `n = ${numbersText(numbers)}`;
  return `${parts.filter((part) => part !== '').join(', ')} (${where})`;
};

/** What only one of kernel and model can come to, and why, where that is known. */
function setsText(call: Call, { same, kernelOnly, modelOnly }: Sets): string {
  const rows = [
    ...kernelOnly.map((c) => `the model does not come to: ${outcomeText(call, c)}${whyText(c)}`),
    ...modelOnly.map((c) => `only the model comes to: ${outcomeText(call, c)}${whyText(c)}`),
  ];
  return [`model: ${plural(same, 'outcome')} alike`, ...rows].join('\n');
}

const whyText = ({ explained }: Class): string => (explained === undefined ? '' : `\n  ${explained.reason}`);

/** A program with all calls in which something could fail; `sets`: what the model said of the same calls. */
export function faultsText(enumerated: Enumerated, sets: readonly Sets[], isKnown: (f: Finding) => boolean): string {
  // Calls in which the model alone could fail have no rows, but are told as well.
  const bare = sets
    .filter(({ index, modelOnly }) => modelOnly.length > 0 && !enumerated.calls.some((call) => call.index === index))
    .map(({ index }): Shortage => ({ index, step: enumerated.steps[index]!, injected: [] }));
  const all = [...enumerated.calls, ...bare].sort((a, b) => a.index - b.index);
  const parts = all.map((shortage) => {
    const { step, index } = shortage;
    const rows = rowsOf(shortage, isKnown).map((row) => rowText(step.call, row));
    const held = sets.find((one) => one.index === index);
    const { untried } = shortage;
    const rest = untried === undefined ? [] : [`    and ${thousands(untried)} in between that were not tried (--most)`];
    const lines = [printCall(step.call), ...(rows.length === 0 ? [] : [table([HEAD, ...rows], [], '    ')]), ...rest];
    return [...lines, ...(held === undefined ? [] : [indent(setsText(step.call, held), '    ')])].join('\n');
  });
  return [enumerated.origin, ...parts.map((part) => indent(part))].join('\n');
}
