/** Makes simple what `check` has found. */
import type { Foretold } from '../fuzz/index.ts';
import type { Machine } from '../machine.ts';
import { type Court, type Defect, defectOf, type Findings } from '../run/index.ts';
import { quickCandidates, Trial } from '../shrink/index.ts';
import { simpleMisprediction } from './check-model.ts';

/** New groups whose example is shrunk. */
const SHRUNK_GROUPS = 5;

/** Makes the examples of the first new groups as simple as can be done quickly; what does not show again stays as it was seen. */
export async function shrinkNew(
  court: Court,
  machine: Machine,
  foretold: Foretold,
  findings: Findings,
  defects: Defect[],
): Promise<void> {
  for (const group of findings.list('new').slice(0, SHRUNK_GROUPS)) {
    const { program, origin, kind } = group.example;
    if (kind === 'misprediction') {
      group.example = await simpleMisprediction(foretold, group.example, defects);
      continue;
    }
    const trial = new Trial(court, machine, origin);
    try {
      const target = await trial.target(program);
      if (target === undefined || target.finding.kind !== kind) continue;
      const { finding, from } = await trial.shrink(target, { candidates: quickCandidates(program) });
      group.example = { ...finding, shrunkFrom: from };
    } catch (error) {
      defects.push(defectOf(origin, 'minimiser', error));
    }
  }
}
