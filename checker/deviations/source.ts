/** All that can be wrong with a program on the machines there are, to be shrunk: one source for each way of looking. */
import { type Machines, mispredictionSource } from '../lockstep/index.ts';
import type { Machine } from '../machine.ts';
import { type Court, type Finding, judgeRun } from '../run/index.ts';
import { type DeviationSource, findingSource, type Judged, judgedOf, runSource, shownBy } from '../shrink/index.ts';
import { mispredicted, type Pair } from './prediction.ts';
import { type IsKnown, violated } from './property.ts';
import { only } from './target.ts';

/** Which machine findings are said to be of, where more than one takes part. */
export type Label = Pick<Finding, 'machine'>;

/** Violations of the properties that need no oracle, by runs of one machine. */
export const propertySource = (
  court: Court,
  machine: Machine,
  origin: string,
  isKnown: IsKnown,
  label: Label = {},
): DeviationSource<Judged> =>
  runSource(machine, (program, run) => {
    const { findings } = judgeRun(court, program, run, origin);
    const finding = violated(court, { program, origin }, run, findings, isKnown);
    return finding === undefined ? [] : [judgedOf({ ...finding, ...label })];
  });

/** What the model says and the kernel does not do. `court` is the kernel's. */
export const predictionSource = (
  court: Court,
  { model, kernel }: Pair<Machine>,
  origin: string,
): DeviationSource<Judged> => {
  const source = mispredictionSource(model, kernel);
  return {
    environment: source.environment,
    deviations: async (programs) =>
      (await source.deviations(programs)).map((shown, i) => {
        const [found] = shown.deviations;
        if (found === undefined || found.seen.steps.length === 0) return { ...shown, deviations: [] };
        const { seen, prediction, signature } = found;
        const sourced = { program: programs[i]!, origin };
        return shownBy(seen, () => [judgedOf(mispredicted(court, sourced, seen, prediction, signature))]);
      }),
  };
};

/** What is looked for. */
export interface Scene {
  readonly machines: Machines;
  /** Its environment is not used: each machine has its own. */
  readonly court: Pick<Court, 'contract' | 'profile'>;
  readonly isKnown: IsKnown;
  readonly origin: string;
}

/**
 * Broken contracts first, because all else may follow from them; then what the model did not foretell, then violated properties, and last of all
 * what a text expects and did not get.
 */
export function sourcesOf({ machines, court, isKnown, origin }: Scene): readonly DeviationSource<Judged>[] {
  const { model, kernel } = machines;
  const present = [kernel, model].filter((machine) => machine !== undefined);
  const labelOf = (machine: Machine): Label => (present.length > 1 ? { machine: machine.name } : {});
  const courtOf = ({ environment }: Machine): Court => ({ ...court, environment });
  const judged = present.map((machine) => findingSource(courtOf(machine), machine, origin, labelOf(machine)));
  const ofKind = (kind: Finding['kind']) => judged.map((source) => only(source, (finding) => finding.kind === kind));
  const pair = model === undefined || kernel === undefined ? [] : [{ model, kernel }];
  return [
    ...ofKind('forbidden'),
    ...pair.map((both) => predictionSource(courtOf(both.kernel), both, origin)),
    ...present.map((machine) => propertySource(courtOf(machine), machine, origin, isKnown, labelOf(machine))),
    ...ofKind('expectation'),
  ];
}
