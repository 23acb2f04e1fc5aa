/** How long it takes to shrink random programs of 200 calls that deviate. */
import { programAt } from '../generate/index.ts';
import type { Machine } from '../machine.ts';
import type { Court } from '../run/index.ts';
import { Trial } from '../shrink/index.ts';

const CALLS = 200;
const SEED = 1;
/** Programs that are shrunk, and those among which they are looked for. */
const COUNT = 8;
const AMONG = 400;

export interface ShrinkSpeed {
  readonly programs: number;
  readonly calls: number;
  readonly slowestMs: number;
  readonly medianMs: number;
  /** Calls that the longest result has. */
  readonly longest: number;
}

/** `undefined` where the kernel keeps to the contract. */
export async function shrinkSpeed(court: Court, machine: Machine): Promise<ShrinkSpeed | undefined> {
  const times: number[] = [];
  let longest = 0;
  for (let i = 0; i < AMONG && times.length < COUNT; i++) {
    const program = programAt(SEED, i, machine.environment, { min: CALLS, max: CALLS });
    const trial = new Trial(court, machine, `seed ${SEED} program ${i}`);
    const target = await trial.target(program);
    // What deviates early has too few calls in front of it.
    if (target === undefined || target.finding.index < CALLS / 2) continue;
    const start = performance.now();
    const { finding } = await trial.shrink(target, {});
    times.push(performance.now() - start);
    longest = Math.max(longest, finding.program.lines.length);
  }
  if (times.length === 0) return undefined;
  times.sort((a, b) => a - b);
  const at = (share: number): number => times[Math.floor((times.length - 1) * share)] as number;
  return { programs: times.length, calls: CALLS, slowestMs: at(1), medianMs: at(0.5), longest };
}
