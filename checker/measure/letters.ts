/** Which letter of a scope's language a call is, and which step that makes of it where it is made. */
import { type Call, type CallName, MREMAP } from '../../spec/index.ts';
import { callOf, type Letter, stepOf } from '../explore/index.ts';

/** `[from, end)` in pages; empty where nothing is mapped. */
export interface Mapped {
  readonly from: number;
  readonly end: number;
}

const { FIXED } = MREMAP;

/** Positions of the arguments that are addresses. */
const addressesOf = (name: CallName, args: readonly bigint[]): readonly number[] => {
  if (name === 'mremap') return ((args[3] ?? 0n) & FIXED) === 0n ? [0] : [0, 4];
  return name.startsWith('uffdio_') ? [1] : [0];
};

export class Letters {
  readonly #size: bigint;
  readonly #pages: number;
  readonly #numbers = new Map<string, number>();

  /** Letters of an arena of so many pages, by their positions in the language. */
  constructor(letters: readonly Letter[], pages: number, pageSize: number) {
    this.#size = BigInt(pageSize);
    this.#pages = pages;
    letters.forEach((letter, i) => {
      this.#numbers.set(this.#key(callOf(letter, pages, pageSize, 0), pages), i);
    });
  }

  /** The call with addresses counted from the frame, and any content for any other. */
  #key({ name, args }: Call, frame: number): string {
    const addresses = addressesOf(name, args);
    const origin = BigInt(frame) * this.#size;
    let key: string = name;
    for (let i = 0; i < args.length; i++) {
      if (name === 'store' && i === 1) continue;
      key += ` ${addresses.includes(i) ? (args[i] as bigint) - origin : (args[i] as bigint)}`;
    }
    return key;
  }

  /**
   * The step that a call is where these pages are mapped: the one of all that come to the same which a search tries (ground.ts). Nothing if
   * the call is none of the language, or the frame cannot be laid over it and what is mapped. Contents are taken to be fresh.
   */
  step(call: Call, { from, end }: Mapped): number | undefined {
    const low = this.lowest(call);
    const isEmpty = from === end;
    const position = isEmpty ? 0 : Math.max(0, from - low);
    if (!isEmpty && position + end - from > this.#pages) return undefined;
    const letter = this.#numbers.get(this.#key(call, isEmpty ? low : from - position));
    return letter === undefined ? undefined : stepOf(letter, position, 0);
  }

  /** The first page that a call names. */
  lowest({ name, args }: Call): number {
    const addresses = addressesOf(name, args);
    let low = Number.POSITIVE_INFINITY;
    for (const i of addresses) low = Math.min(low, Number((args[i] ?? 0n) / this.#size));
    return low;
  }
}
