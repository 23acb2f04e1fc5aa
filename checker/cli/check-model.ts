/** What `check` asks of the model: that it foretells the kernel, and that it keeps to the contract when its inner steps fail. */
import { plural, table, thousands } from '../../reports/index.ts';
import { type Examined, examineHere, type Foretold, type ShrunkReport } from '../fuzz/index.ts';
import {
  type Court,
  type Defect,
  defectOf,
  type Explanation,
  explainedBy,
  type Finding,
  type Sink,
  type Sourced,
} from '../run/index.ts';
import type { Session } from './session.ts';

/** Kinds of findings that are made simple; when more come, something is wrong altogether. */
const MOST_SHRUNK = 5;

/** Programs on the model, and the calls that came of them. */
export type Faulted = Pick<Examined, 'programs' | 'calls'>;

async function simple(
  shrink: (finding: Finding) => Promise<ShrunkReport>,
  finding: Finding,
  defects: Defect[],
): Promise<Finding> {
  try {
    const { finding: shrunk, from } = await shrink(finding);
    return from === undefined ? finding : { ...shrunk, shrunkFrom: from };
  } catch (error) {
    defects.push(defectOf(finding.origin, 'minimiser', error));
    return finding;
  }
}

/** Runs programs on the model with every inner step of every call made to fail. What the corpus explains of the kernel it explains here. */
export function withFaults(
  { host }: Session,
  { profile, environment }: Court,
  known: readonly Explanation[],
  seed: number,
  programs: Iterable<Sourced>,
  { findings, defects }: Sink,
): Promise<Faulted> {
  const settings = { bench: host.bench, machine: 'model', environment, profile, faults: true, known, seed } as const;
  return examineHere(settings, programs, async (examined, shrink) => {
    defects.push(...examined.defects);
    const fresh = examined.findings.filter(
      (f) => f.kind !== 'forbidden' || explainedBy(known, profile, f) === undefined,
    );
    const kinds = new Set<string>();
    for (const finding of fresh) {
      const isFirst = !kinds.has(finding.signature) && kinds.size < MOST_SHRUNK;
      kinds.add(finding.signature);
      const told = isFirst ? await simple(shrink, finding, defects) : finding;
      findings.add({ ...told, machine: 'model' });
    }
    return examined;
  });
}

/** Makes a misprediction as simple as can be done quickly. */
export const simpleMisprediction = (foretold: Foretold, finding: Finding, defects: Defect[]): Promise<Finding> =>
  simple((f) => foretold.shrink(f), finding, defects);

/** What was asked of the model, in words; what went wrong stands with the findings. */
export function modelText({ programs, open }: Pick<Foretold, 'programs' | 'open'>, faulted: Faulted): string {
  const excused = [...open].sort(([a], [b]) => (a < b ? -1 : 1)).map(([reason, n]) => [thousands(n), reason]);
  return [
    `model: held against the kernel in ${plural(programs, 'program')}${excused.length === 0 ? '' : ', except for'}`,
    ...(excused.length === 0 ? [] : [table(excused, [0], '  ')]),
    `model: every inner step made to fail in ${plural(faulted.programs, 'program')}, ${plural(faulted.calls, 'call')}`,
  ].join('\n');
}
