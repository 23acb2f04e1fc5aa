/** What `npm run bench` says of moves, against what this project asks of itself. */
import { availableParallelism, loadavg } from 'node:os';
import type { Environment, Profile } from '../../spec/index.ts';
import { type Growth, growth, MOST, ROUNDS } from './growth.ts';
import { type Effort, type SideBySide, sideBySide } from './moves.ts';

/** Mappings that a process has or must be able to make beside those that are moved. */
const SPARE = 30;
const MICROSECOND = 1e3;
const MILLISECOND = 1e6;

interface Comparison {
  readonly mappings: number;
  readonly effort: Effort;
  /** How many times the kernel's rate. */
  readonly goal: number | undefined;
}

const comparisons = (environment: Environment): Comparison[] => [
  { mappings: 1, effort: { kernelCalls: 200, modelCalls: 2000, rounds: 200 }, goal: 5 },
  { mappings: 8, effort: { kernelCalls: 40, modelCalls: 400, rounds: 200 }, goal: 8 },
  {
    mappings: Math.min(MOST, environment.maxMapCount) - SPARE,
    effort: { kernelCalls: 2, modelCalls: 2, rounds: 5 },
    goal: undefined,
  },
];

const rate = (nanoseconds: number): string => {
  const perSecond = 1e9 / nanoseconds;
  return perSecond < 100 ? perSecond.toFixed(1) : String(Math.round(perSecond));
};

function compared({ mappings, kernel, model }: SideBySide, goal: number | undefined): string {
  const columns = [String(mappings).padStart(18), rate(kernel).padStart(12), rate(model).padStart(12)];
  const ratio = `${(kernel / model).toFixed(1)} times`.padStart(14);
  return `${columns.join('')}${ratio}${goal === undefined ? '' : `   (goal: ${goal})`}`;
}

function grown({ mappings, all, one, bytes }: Growth): string {
  const columns = [
    String(mappings).padStart(18),
    (all / MICROSECOND).toFixed(1).padStart(12),
    (all / mappings).toFixed(0).padStart(12),
    (one / MICROSECOND).toFixed(2).padStart(12),
    bytes.toFixed(0).padStart(12),
  ];
  return columns.join('');
}

/** Measures, and prints as it goes. */
export async function reportMoves(environment: Environment, profile: Profile): Promise<void> {
  const busy = (): string => `${(loadavg()[0] ?? 0).toFixed(1)} on ${availableParallelism()} processors`;
  console.log(`\nmoves there and back, calls a second, kernel and model in turns, medians (load ${busy()})\n`);
  console.log(`${'mappings in a call'.padStart(18)}${'kernel'.padStart(12)}${'model'.padStart(12)}`);
  for (const { mappings, effort, goal } of comparisons(environment))
    console.log(compared(await sideBySide(environment, profile, mappings, effort), goal));
  console.log(`\nthe model with more and more mappings, the quickest of ${ROUNDS} rounds (load ${busy()})\n`);
  const heads = ['mappings', 'all, µs', 'each, ns', 'one, µs', 'bytes each'];
  console.log(heads.map((head, i) => head.padStart(i === 0 ? 18 : 12)).join(''));
  const rows = growth(environment, profile);
  for (const row of rows) console.log(grown(row));
  const { mappings, all, one } = rows.at(-1) as Growth;
  console.log(
    `\n${mappings} mappings moved in one call: ${(all / MILLISECOND).toFixed(1)} ms (goal: 60), ` +
      `one among them: ${(one / MICROSECOND).toFixed(2)} µs (goal: 5)`,
  );
}
