/** What of all that a program shows is to be shrunk. */

import type { Program } from '../program/index.ts';
import type { Finding } from '../run/index.ts';
import {
  type DeviationSource,
  type Hit,
  Hunt,
  type Judged,
  type Shown,
  type ShrinkOptions,
  type ShrunkFinding,
  shrunkFinding,
} from '../shrink/index.ts';

export type IsMeant = (found: Finding) => boolean;

/** Only some of what a source finds: a program may show known things besides. */
export const only = (source: DeviationSource<Judged>, isMeant: IsMeant): DeviationSource<Judged> => ({
  environment: source.environment,
  deviations: async (programs) =>
    (await source.deviations(programs)).map(
      (shown): Shown<Judged> => ({
        ...shown,
        deviations: shown.deviations.filter(({ finding }) => isMeant(finding)),
      }),
    ),
});

/** Something to shrink, and who can do it. */
export interface Target {
  readonly hunt: Hunt<Judged>;
  readonly hit: Hit<Judged>;
}

/** The first deviation that is meant; where none is by the first of `preferences`, by the second, and so on. Throws where nothing can be said. */
export async function targetOf(
  sources: readonly DeviationSource<Judged>[],
  program: Program,
  preferences: readonly IsMeant[],
): Promise<Target | undefined> {
  for (const isMeant of preferences)
    for (const source of sources) {
      const hunt = new Hunt(only(source, isMeant));
      const hit = await hunt.target(program);
      if (hit !== undefined) return { hunt, hit };
    }
  return undefined;
}

/** Makes it as simple as it can be made. */
export const shrinkTarget = async (
  { hunt, hit }: Target,
  options: Pick<ShrinkOptions, 'candidates'>,
): Promise<ShrunkFinding> => shrunkFinding(await hunt.shrink(hit, options));
