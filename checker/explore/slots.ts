/**
 * The smallest language that resembles moves of mappings, so small that what its exploration must find can be worked out on paper (see
 * the closed forms below) and that another checker explores the same (`spin/`).
 *
 * There are N slots, numbered from 0, each empty or holding one of C contents. The calls, for every slot and content:
 *
 *   map(slot, content)   replaces what is there
 *   unmap(slot)          no effect if the slot is empty
 *   move(from, to)       from != to; what was at `to` is lost. If `from` is empty, an error without effect
 *
 * A state is one whole number: for each slot a field of bits, 0 where it is empty. Its fingerprint is the exclusive or of one random
 * number of 64 bits for each slot and what it holds, so that the fingerprint of a successor differs from its state's by two or four of
 * them. They are random in all bits: a fingerprint that kept the states in order would turn the table into an array indexed by state.
 */
import { Seen, type SeenOptions } from './seen.ts';

/** How much there is to explore. */
export interface SlotScope {
  /** N, at least 1. */
  readonly slots: number;
  /** C, at least 1. */
  readonly contents: number;
}

export interface SlotsExplored {
  readonly states: number;
  /** Every call from every state, those without effect and errors too. */
  readonly transitions: number;
  /** How many states are first reached by so many calls; the first entry is the empty state's. */
  readonly byLevel: readonly number[];
  readonly likelihoodOfLoss: number;
  /** Bytes of the table of seen states. */
  readonly bytes: number;
}

/** (C+1)^N: every slot is empty or holds one of C contents, and `map` can fill them one by one in any way. */
export const slotStates = ({ slots, contents }: SlotScope): number => (contents + 1) ** slots;

/** Calls from any one state, since all can be called in each: N*C times map, N times unmap, and move from each to each other one. */
export const slotCalls = ({ slots, contents }: SlotScope): number => slots * contents + slots + slots * (slots - 1);

/** Every call from every state. */
export const slotTransitions = (scope: SlotScope): number => slotStates(scope) * slotCalls(scope);

/**
 * A call makes at most one more slot full, and `map` makes one; so a state with k full slots is k calls away, and there are as many of
 * these as ways to choose k slots, times C^k. Levels 0 to N: N + 1 of them.
 */
export function slotsByLevel({ slots, contents }: SlotScope): number[] {
  const counts = [1];
  for (let k = 1; k <= slots; k++) counts.push(Math.round((counts[k - 1]! * (slots - k + 1) * contents) / k));
  return counts;
}

/** Numbers without pattern, the same in every run (murmur3's finaliser over a Weyl sequence). */
function* noise(): Generator<number, never> {
  for (let i = 1; ; i++) {
    let z = Math.imul(i, 0x9e3779b9);
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    yield z ^ (z >>> 16);
  }
}

/** All successors of one state at a time, with their fingerprints, in arrays that are used again. */
class Successors {
  /** How many there are, the same for every state. */
  readonly count: number;
  readonly states: Int32Array;
  /** Low and high half in turn. */
  readonly halves: Int32Array;
  readonly #slots: number;
  readonly #contents: number;
  /** Bits of a slot. */
  readonly #width: number;
  /** The halves of the random number of a slot and what it holds, at `slot << width | content`. */
  readonly #low: Int32Array;
  readonly #high: Int32Array;

  constructor(scope: SlotScope) {
    this.count = slotCalls(scope);
    this.states = new Int32Array(this.count);
    this.halves = new Int32Array(2 * this.count);
    this.#slots = scope.slots;
    this.#contents = scope.contents;
    this.#width = 32 - Math.clz32(scope.contents);
    const numbers = noise();
    const random = (): number => numbers.next().value;
    this.#low = Int32Array.from({ length: scope.slots << this.#width }, random);
    this.#high = Int32Array.from(this.#low, random);
  }

  /** Puts a state itself where the first of its successors would stand. */
  itself(state: number): void {
    let low = 0;
    let high = 0;
    for (let slot = 0; slot < this.#slots; slot++) {
      const key = this.#key(state, slot);
      low ^= this.#low[key]!;
      high ^= this.#high[key]!;
    }
    this.#put(0, state, low, high);
  }

  /** Carries out all calls. */
  of(state: number): void {
    const { states, halves } = this;
    const slots = this.#slots;
    const contents = this.#contents;
    const width = this.#width;
    const lows = this.#low;
    const highs = this.#high;
    const field = (1 << width) - 1;
    this.itself(state);
    const low = halves[0]!;
    const high = halves[1]!;
    let n = 0;
    for (let slot = 0; slot < slots; slot++) {
      const base = slot << width;
      const content = (state >>> (slot * width)) & field;
      // The state without what the slot holds.
      const rest = state & ~(field << (slot * width));
      const restLow = low ^ lows[base | content]!;
      const restHigh = high ^ highs[base | content]!;
      // Content 0 is unmap.
      for (let next = 0; next <= contents; next++) {
        states[n] = rest | (next << (slot * width));
        halves[2 * n] = restLow ^ lows[base | next]!;
        halves[2 * n + 1] = restHigh ^ highs[base | next]!;
        n++;
      }
      const emptyLow = restLow ^ lows[base]!;
      const emptyHigh = restHigh ^ highs[base]!;
      for (let to = 0; to < slots; to++) {
        if (to === slot) continue;
        if (content === 0) {
          states[n] = state;
          halves[2 * n] = low;
          halves[2 * n + 1] = high;
        } else {
          const lost = (to << width) | ((state >>> (to * width)) & field);
          const moved = (to << width) | content;
          states[n] = (rest & ~(field << (to * width))) | (content << (to * width));
          halves[2 * n] = emptyLow ^ lows[lost]! ^ lows[moved]!;
          halves[2 * n + 1] = emptyHigh ^ highs[lost]! ^ highs[moved]!;
        }
        n++;
      }
    }
  }

  #key(state: number, slot: number): number {
    const field = (1 << this.#width) - 1;
    return (slot << this.#width) | ((state >>> (slot * this.#width)) & field);
  }

  #put(n: number, state: number, low: number, high: number): void {
    this.states[n] = state;
    this.halves[2 * n] = low;
    this.halves[2 * n + 1] = high;
  }
}

/** Whole numbers in the order in which they were added. */
class Queue {
  #items = new Int32Array(1024);
  length = 0;

  at(i: number): number {
    return this.#items[i]!;
  }

  /** Adds those of `from` that `chosen` names. */
  pushChosen(from: Int32Array, chosen: Int32Array, count: number): void {
    if (this.length + count > this.#items.length) {
      const more = new Int32Array(2 * (this.length + count));
      more.set(this.#items);
      this.#items = more;
    }
    for (let k = 0; k < count; k++) this.#items[this.length++] = from[chosen[k]!]!;
  }
}

/**
 * All states that calls reach from the empty one, breadth first.
 * @throws RangeError for a scope whose states do not fit into 31 bits, or when `mostBytes` of the table are not enough.
 */
export function exploreSlots(scope: SlotScope, options: SeenOptions = {}): SlotsExplored {
  const { slots, contents } = scope;
  const whole = Number.isInteger(slots) && Number.isInteger(contents) && slots >= 1 && contents >= 1;
  if (!whole || slots * (32 - Math.clz32(contents)) > 31)
    throw new RangeError(`no exploration of ${slots} slots with ${contents} contents`);
  const seen = new Seen(options);
  const successors = new Successors(scope);
  const fresh = new Int32Array(successors.count);
  const found = new Queue();
  successors.itself(0);
  found.pushChosen(successors.states, fresh, seen.addBatch(successors.halves, 1, fresh));
  let transitions = 0;
  const byLevel: number[] = [];
  for (let begin = 0; begin < found.length; ) {
    const end = found.length;
    byLevel.push(end - begin);
    for (; begin < end; begin++) {
      successors.of(found.at(begin));
      transitions += successors.count;
      found.pushChosen(successors.states, fresh, seen.addBatch(successors.halves, successors.count, fresh));
    }
  }
  const { likelihoodOfLoss, bytes } = seen;
  return { states: found.length, transitions, byLevel, likelihoodOfLoss, bytes };
}
