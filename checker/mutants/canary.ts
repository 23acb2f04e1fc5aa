/** The canary: one mutant that every `check` must find. If it does not, the alarm is broken, and no other silence means anything. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { hasSources } from './copy.ts';
import { readMutant } from './mutant.ts';
import { PATCHES, type Tried, tryMutants } from './runner.ts';

/** Mutants that fuzzing finds within its first hundreds of programs, whatever the seed; which of them it is depends on the seed. */
export const CANARIES = ['growth-in-place-not-counted-as-locked', 'fixed-shrink-clears-old-length'] as const;

/** Programs in which it has to be found. */
const PROGRAMS = 1024;

/** Tries one mutant; `home` is the folder of the package. Nothing comes back where no sources stand in it. */
export async function canary(home: string, seed: number): Promise<Tried> {
  if (!hasSources(home)) return {};
  const id = CANARIES[seed % CANARIES.length] as string;
  const mutant = readMutant(readFileSync(join(home, PATCHES, `${id}.patch`), 'utf8'), `${id}.patch`);
  if (!('id' in mutant)) return { defect: `${id}: ${mutant[0]?.message}` };
  const [tried] = await tryMutants([mutant], {
    ...{ home, profile: 'linux-6.18', ways: ['fuzz'], seeds: [seed], programs: PROGRAMS, scopes: [], jobs: 1 },
  });
  return tried as Tried;
}
