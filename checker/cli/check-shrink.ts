/** Makes simple what `check` has found. */
import type { Foretold } from '../fuzz/index.ts';
import type { Machine } from '../machine.ts';
import type { Program } from '../program/index.ts';
import { type Court, type Defect, defectOf, type Findings } from '../run/index.ts';
import { Trial } from '../shrink/index.ts';
import { simpleMisprediction } from './check-model.ts';

/** New groups whose example is shrunk, and programs to try for each: findings come in great numbers when something is wrong. */
const SHRUNK_GROUPS = 5;
const SHRUNK_CANDIDATES = 600;
/** For programs that make as many mappings as there can be, which takes a good part of a second each time. */
const SLOW_CANDIDATES = 60;
const isSlow = ({ lines }: Program): boolean => lines.some((line) => line.name === 'fill_mappings');

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
      const { finding, from } = await trial.shrink(target, {
        candidates: isSlow(program) ? SLOW_CANDIDATES : SHRUNK_CANDIDATES,
      });
      group.example = { ...finding, shrunkFrom: from };
    } catch (error) {
      defects.push(defectOf(origin, 'minimiser', error));
    }
  }
}
