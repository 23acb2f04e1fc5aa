/**
 * How fast the search goes on one core: transitions a second of whole searches, in this thread, on the real state of the model. Without the judge: calls,
 * canonical forms, fingerprints, the table. With it: the contract, the properties, and the last call of each state held against its variants.
 */
import { availableParallelism, loadavg } from 'node:os';
import { profileFor } from '../../spec/index.ts';
import { EXAMPLE } from '../example.ts';
import { explore, PRESETS, type Scope } from '../explore/index.ts';

const ROUNDS = 5;
/** What this project asks of itself. */
const GOALS = { counted: 2_000_000, judged: 60_000 } as const;

/** Everything that is done with mappings, from nothing. */
const COUNTED: Scope = {
  ...PRESETS.small,
  name: 'bench',
  pages: 6,
  longest: 3,
  depth: 4,
  attributes: [...PRESETS.small.attributes, 'protection'],
  faults: false,
  layouts: [''],
  kinds: [],
};

/** The first calls of the scope small, with every single fault. */
const JUDGED: Scope = { ...PRESETS.small, depth: 1 };

async function turn(scope: Scope, judged: boolean): Promise<number> {
  const start = performance.now();
  const profile = profileFor(EXAMPLE.release);
  const { total } = await explore({ scope, environment: EXAMPLE, profile, judged, known: [], jobs: 0 });
  return (1000 * total.transitions) / (performance.now() - start);
}

async function rate(scope: Scope, judged: boolean): Promise<number> {
  await turn(scope, judged);
  const rates: number[] = [];
  for (let round = 0; round < ROUNDS; round++) rates.push(await turn(scope, judged));
  return rates.sort((a, b) => a - b)[ROUNDS >> 1] ?? Number.NaN;
}

/** Measures, and prints as it goes. */
export async function reportExploration(): Promise<void> {
  const busy = `${(loadavg()[0] ?? 0).toFixed(1)} on ${availableParallelism()} processors`;
  console.log(`\nexploring the model on one core, transitions a second, median of ${ROUNDS} (load ${busy})\n`);
  for (const [name, scope, goal] of [
    ['counted', COUNTED, GOALS.counted],
    ['judged', JUDGED, GOALS.judged],
  ] as const) {
    const perSecond = await rate(scope, name === 'judged');
    const against = `${(perSecond / goal).toFixed(2)} × ${goal}`;
    console.log(`${name.padEnd(18)}${String(Math.round(perSecond)).padStart(12)}   ${against}`);
  }
}
