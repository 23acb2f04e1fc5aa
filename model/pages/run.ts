/**
 * A run inside a page table: pages [start, end) of one kind whose tokens stay the same (stride 0) or count up (stride 1). It takes
 * two words: one with everything but the token, and the token of its first page.
 */

/** Kinds are 1 to this; 0 is nothing. */
export const LARGEST_KIND = 255;

export const endOf = (packed: number): number => packed & 1023;
export const startOf = (packed: number): number => (packed >> 10) & 511;
export const strideOf = (packed: number): number => (packed >> 19) & 1;
export const kindOf = (packed: number): number => packed >> 20;

/** A single page has stride 0, so that equal runs are equal words. */
export function pack(start: number, end: number, kind: number, stride: number): number {
  return (kind << 20) | ((end - start === 1 ? 0 : stride) << 19) | (start << 10) | end;
}

/** What the word of a run grows by when it goes `by` pages further in its table: its start and its end. */
export const moved = (by: number): number => by * ((1 << 10) + 1);

/** What a search found: pages [start, end), all of one kind, the token of the first, and what each next one adds. */
export class Run {
  start = 0;
  end = 0;
  /** 1 to 255. */
  kind = 0;
  token = 0;
  /** 0 or 1. */
  stride = 0;
}

/** Runs in order, to be written in the place of others; what continues the one before becomes one with it. */
export class Pieces {
  readonly packed: Int32Array;
  readonly tokens: Float64Array;
  count = 0;

  constructor(most: number) {
    this.packed = new Int32Array(most);
    this.tokens = new Float64Array(most);
  }

  add(start: number, end: number, kind: number, token: number, stride: number): void {
    const last = this.count - 1;
    if (last >= 0) {
      const before = this.packed[last] as number;
      if (endOf(before) === start && kindOf(before) === kind) {
        const length = start - startOf(before);
        const step = token - (this.tokens[last] as number);
        const common = step === 0 ? 0 : 1;
        const counts = step === common * length;
        // One page alone goes with either stride.
        if (counts && (length === 1 || strideOf(before) === common) && (end - start === 1 || stride === common)) {
          this.packed[last] = pack(startOf(before), end, kind, common);
          return;
        }
      }
    }
    this.packed[last + 1] = pack(start, end, kind, stride);
    this.tokens[last + 1] = token;
    this.count = last + 2;
  }
}
