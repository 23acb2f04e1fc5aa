/**
 * Our breadth-first search and SPIN on the same small language (`../explore/slots.ts`), a turn each in every round, so that both see the
 * same machine, however busy; the medians count. Both begin a round with nothing: what our table costs while it grows is part of our time,
 * what SPIN reads and compiles beforehand is not part of its own.
 */
import { availableParallelism, loadavg } from 'node:os';
import { exploreSlots, type SlotScope, slotTransitions } from '../explore/index.ts';
import { buildVerifier, type Verifier, whyNoSpin } from '../explore/spin/index.ts';

const SCOPE: SlotScope = { slots: 6, contents: 8 };
const ROUNDS = 5;
const GOAL = 5;

const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN;

/** Transitions a second, and how many there were. */
interface Turn {
  readonly rate: number;
  readonly transitions: number;
}

function ourTurn(): Turn {
  const start = performance.now();
  const { transitions } = exploreSlots(SCOPE);
  return { rate: (1000 * transitions) / (performance.now() - start), transitions };
}

async function turnOf(verifier: Verifier): Promise<Turn> {
  const { transitions, seconds } = await verifier.explore();
  return { rate: transitions / seconds, transitions };
}

const line = (name: string, rate: number): string => `${name.padEnd(32)}${(rate / 1e6).toFixed(1).padStart(8)}`;

async function inTurns(plain: Verifier, packed: Verifier): Promise<void> {
  const sides = [ourTurn, () => turnOf(plain), () => turnOf(packed)];
  const rates: number[][] = sides.map(() => []);
  ourTurn();
  for (let round = 0; round < ROUNDS; round++)
    for (const [i, side] of sides.entries()) {
      const { rate, transitions } = await side();
      if (transitions !== slotTransitions(SCOPE)) throw new Error(`slots: ${transitions} transitions`);
      rates[i]?.push(rate);
    }
  const [ours, theirs, best] = rates.map(median) as [number, number, number];
  console.log(line('here', ours));
  console.log(`${line('SPIN', theirs)}   here ${(ours / theirs).toFixed(1)} times as many (goal: ${GOAL})`);
  console.log(`${line('SPIN, a state packed by hand', best)}   here ${(ours / best).toFixed(1)} times as many`);
}

/** Measures, and prints as it goes. */
export async function reportSlots(): Promise<void> {
  const { slots, contents } = SCOPE;
  const busy = `${(loadavg()[0] ?? 0).toFixed(1)} on ${availableParallelism()} processors`;
  console.log(
    `\nexploring ${slots} slots with ${contents} contents, million transitions a second, in turns, ` +
      `median of ${ROUNDS} (load ${busy})\n`,
  );
  const why = await whyNoSpin();
  if (why !== undefined) {
    ourTurn();
    console.log(line('here', median(Array.from({ length: ROUNDS }, () => ourTurn().rate))));
    console.log(`not held against SPIN: ${why}`);
    return;
  }
  const plain = await buildVerifier(SCOPE, 'plain');
  try {
    const packed = await buildVerifier(SCOPE, 'packed');
    await inTurns(plain, packed).finally(packed.close);
  } finally {
    await plain.close();
  }
}
