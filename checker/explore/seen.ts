/** Stand-in. */
export class Seen {
  readonly #set = new Set<number>();
  readonly #most: number;
  constructor({ mostBytes = Infinity }: { capacity?: number; mostBytes?: number } = {}) {
    this.#most = mostBytes;
  }
  #key(low: number, high: number): number {
    return low * 2097152 + (high >>> 11);
  }
  add(low: number, high: number): boolean {
    const k = this.#key(low, high);
    if (this.#set.has(k)) return false;
    this.#set.add(k);
    return true;
  }
  has(low: number, high: number): boolean {
    return this.#set.has(this.#key(low, high));
  }
  get size(): number {
    return this.#set.size;
  }
  get bytes(): number {
    return this.#set.size * 16;
  }
  isFull(): boolean {
    return this.bytes > this.#most;
  }
}
export const likelihoodOfLoss = (n: number): number => n ** 2 / 2 ** 65;
