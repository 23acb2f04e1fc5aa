/** From a finding to what the corpus keeps of it. */
import { recordOf } from '../corpus/index.ts';
import type { Machine } from '../machine.ts';
import type { Court, Finding } from '../run/index.ts';
import { type DeviationSource, Hunt, type Judged, type Shown, strictSignature } from '../shrink/index.ts';
import type { Examiner } from './examine.ts';
import type { ShrunkReport } from './task.ts';

/** Programs that are tried for one finding at most: findings come in great numbers when something is wrong. */
const CANDIDATES = 600;
/** For programs that make as many mappings as there can be, which takes a good part of a second each time. */
const SLOW_CANDIDATES = 60;

/** Only some of what a source finds: a program may show known things besides. */
const only = (source: DeviationSource<Judged>, isMeant: (found: Finding) => boolean): DeviationSource<Judged> => ({
  environment: source.environment,
  deviations: async (programs) =>
    (await source.deviations(programs)).map(
      (shown): Shown<Judged> => ({
        ...shown,
        deviations: shown.deviations.filter(({ finding }) => isMeant(finding)),
      }),
    ),
});

export interface Where extends Pick<Court, 'profile'> {
  readonly isKnown?: (finding: Finding) => boolean;
}

/**
 * What there is to shrink. Programs are looked at more closely here than when the finding was made: what showed at a later call then may
 * stand at the one that did it now, in other words.
 */
async function targetOf(source: DeviationSource<Judged>, { program, kind, signature }: Finding, { isKnown }: Where) {
  const isSame = (found: Finding): boolean => found.kind === kind && found.signature === signature;
  const isOfKind = (found: Finding): boolean => found.kind === kind && isKnown?.(found) !== true;
  for (const isMeant of [isSame, isOfKind]) {
    const hunt = new Hunt(only(source, isMeant));
    const hit = await hunt.target(program);
    if (hit !== undefined) return { hunt, hit };
  }
  return undefined;
}

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
  const target = await targetOf(source, finding, court);
  if (target === undefined) {
    const once = { finding, signature: strictSignature(finding), results: [], from: program.lines.length };
    return { finding, record: recordOf({ ...once, candidates: 0, complete: false, reproduced: 0, runs: 1 }, where) };
  }
  const isSlow = program.lines.some((line) => line.name === 'fill_mappings');
  const shrunk = await target.hunt.shrink(target.hit, { candidates: isSlow ? SLOW_CANDIDATES : CANDIDATES });
  const { deviation, from } = shrunk;
  const found = { ...deviation.finding, program: shrunk.program };
  return {
    finding: found,
    from,
    record: recordOf({ ...shrunk, finding: found, signature: deviation.signature }, where),
  };
}
