/**
 * What pages may be of which a log tells nothing. Where it starts in the middle: anything. From an `execve` on that it shows: free, or what a
 * program begins with (its segments, the heap, the stack, the kernel's own pages), as long as no call has been there that may have left
 * anything else.
 */
import type { Range } from '../../spec/index.ts';
import { VMFLAG } from '../../spec/index.ts';
import { ALL_FLAGS, type Known, OPEN } from './known.ts';

/** What is known of a mapping that nobody has told of. */
export type Blank = Pick<Known, 'prot' | 'shared' | 'object' | 'flags' | 'unsure' | 'uffd'>;

const { sl, ht, de, dd, dc, wf, rr, sr } = VMFLAG;

/**
 * Private memory or a private file, not sealed, no huge pages, no driver's: load_elf_binary() maps nothing else. A process may have asked
 * for locks, merging and huge pages of programs to come.
 */
const OF_PROGRAM: Blank = {
  ...{ prot: OPEN, shared: 0, object: OPEN, flags: 0, uffd: 0 },
  unsure: ALL_FLAGS & ~(sl | ht | de | dd | dc | wf | rr | sr),
};

/** Pages of 1 GiB: the kernel puts what it maps itself (vdso, interpreter) beside where the first mmap of a program comes to lie. */
const BESIDE = 2 ** 18;

/**
 * The lowest page that the kernel chooses while nothing has been seen of where: mmap_base() keeps a sixth of 47 bits of addresses free of the
 * stack, whatever its limit, and takes 44 bits of them for chance at most.
 */
const LOWEST_CHOSEN = Math.floor((2 ** 47 / 6 - 2 ** 44) / 4096);

/** Ranges that are told apart; where there are more, anything may be anywhere. */
const MOST = 1024;

export class Blanks {
  /** First page from which on the kernel's own pages may lie. 0: anything may be anywhere. */
  #kernel: number;
  #hasChosen = false;
  /** Where anything may be, ascending, apart. */
  #anything: Range[] = [];

  private constructor(kernel: number) {
    this.#kernel = kernel;
  }

  /** Of a space that existed before the log. */
  static ofAnything(): Blanks {
    return new Blanks(0);
  }

  /** Of a space that an execve has just made. */
  static ofProgram(): Blanks {
    return new Blanks(LOWEST_CHOSEN);
  }

  copy(): Blanks {
    const copy = new Blanks(this.#kernel);
    copy.#hasChosen = this.#hasChosen;
    copy.#anything = this.#anything.slice();
    return copy;
  }

  /** The kernel has chosen a place for a mapping. */
  chosen(page: number): void {
    if (this.#hasChosen || this.#kernel === 0) return;
    this.#hasChosen = true;
    this.#kernel = Math.max(1, page - BESIDE);
  }

  /** Anything may be anywhere. */
  forgetAll(): void {
    this.#kernel = 0;
    this.#anything = [];
  }

  /** Anything may be in a range. */
  forget({ start, end }: Range): void {
    if (this.#kernel === 0 || start >= end) return;
    const all = this.#anything;
    const from = this.#position(start);
    let to = from;
    while (to < all.length && (all[to] as Range).start <= end) to++;
    const first = all[from];
    const last = all[to - 1];
    const joined =
      to > from
        ? { start: Math.min(start, first?.start ?? start), end: Math.max(end, last?.end ?? end) }
        : { start, end };
    all.splice(from, to - from, joined);
    if (all.length > MOST) this.forgetAll();
  }

  /** Nothing is in a range: whatever was there before is gone. */
  clear({ start, end }: Range): void {
    const all = this.#anything;
    if (all.length === 0 || start >= end) return;
    const from = this.#position(start + 1);
    let to = from;
    while (to < all.length && (all[to] as Range).start < end) to++;
    if (to === from) return;
    const first = all[from] as Range;
    const last = all[to - 1] as Range;
    const left = [
      ...(first.start < start ? [{ start: first.start, end: start }] : []),
      ...(last.end > end ? [{ start: end, end: last.end }] : []),
    ];
    all.splice(from, to - from, ...left);
  }

  /** What a mapping in a range is at least, if there is one; `undefined` where it may be anything. */
  within({ start, end }: Range): Blank | undefined {
    if (end > this.#kernel) return undefined;
    const next = this.#anything[this.#position(start + 1)];
    return next !== undefined && next.start < end ? undefined : OF_PROGRAM;
  }

  /** Position of the first range that ends at a page or beyond it. */
  #position(page: number): number {
    const all = this.#anything;
    let low = 0;
    let high = all.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((all[middle] as Range).end < page) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
