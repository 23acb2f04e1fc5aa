/** From a finding to what the corpus keeps of it. */
import { recordOf } from '../corpus/index.ts';
import { type IsKnown, shrinkTarget, targetOf } from '../deviations/index.ts';
import type { Machine } from '../machine.ts';
import type { Court, Finding } from '../run/index.ts';
import { quickCandidates, strictSignature } from '../shrink/index.ts';
import type { Examiner } from './examine.ts';
import type { ShrunkReport } from './task.ts';

export interface Where extends Pick<Court, 'profile'> {
  readonly isKnown?: IsKnown;
}

/**
 * What is meant by a finding. Programs are looked at more closely here than when it was made: what showed at a later call then may
 * stand at the one that did it now, in other words.
 */
const meantBy = ({ kind, signature }: Finding, { isKnown }: Where): readonly ((found: Finding) => boolean)[] => [
  (found) => found.kind === kind && found.signature === signature,
  (found) => found.kind === kind && isKnown?.(found) !== true,
];

/** Makes a finding as simple as can be done quickly. What does not show again stays as it was. */
export async function shrunkBy(
  examiners: readonly Examiner[],
  finding: Finding,
  machine: Machine,
  court: Where,
): Promise<ShrunkReport> {
  const { program, origin } = finding;
  const where = { machine, profile: court.profile, origin };
  const source = examiners.map((e) => e.source(finding)).find((s) => s !== undefined);
  if (source === undefined) throw new Error(`nobody can shrink a ${finding.kind}`);
  const target = await targetOf([source], program, meantBy(finding, court));
  if (target === undefined) {
    const once = { finding, signature: strictSignature(finding), results: [], from: program.lines.length };
    return { finding, record: recordOf({ ...once, candidates: 0, complete: false, reproduced: 0, runs: 1 }, where) };
  }
  const shrunk = await shrinkTarget(target, { candidates: quickCandidates(program) });
  return { finding: shrunk.finding, from: shrunk.from, record: recordOf(shrunk, where) };
}
