/**
 * Situations for tests of the model, drawn as text with one character a page and made by calls:
 *
 *     'AAA..bb.LL'
 *
 * `.` is a hole. What a letter is stands in `KINDS`; every other letter is private anonymous memory. Pages of capital letters hold their
 * letter, pages of small ones were never touched. Neighbours that can be one mapping are one, as on a kernel, whatever their letters.
 */
import { MADV, MAP, MLOCK, O, PROT, UFFD_FEATURE, UFFDIO_REGISTER_MODE } from '../spec/abi.ts';
import type { CallName } from '../spec/calls.ts';
import { type Counters, type Environment, VMFLAG } from '../spec/observation.ts';
import { at, BASE, Machine } from './testing.ts';

export { at } from './testing.ts';

/** What situations have that not every machine has. */
const FEATURES: readonly string[] = [
  'userfaultfd',
  'userfaultfd_kernel_faults',
  'MADV_HUGEPAGE',
  'MADV_MERGEABLE',
  ...Object.keys(UFFD_FEATURE).map((name) => `UFFD_FEATURE_${name}`),
];

/** Pages in bytes. */
export const pages = (n: number): bigint => BigInt(n) * 4096n;

export const RW = PROT.READ | PROT.WRITE;
export const PRIVATE = MAP.PRIVATE | MAP.ANONYMOUS;

/** All kernels, oldest first. */
export const KERNELS = ['6.1', '6.12', '6.16', '6.17', '6.18', '7.0', '7.1', '7.2', '7.3'];

/** What a letter is mapped with; `after` is done to it afterwards. */
interface Kind {
  readonly how?: bigint;
  readonly file?: 'memfd' | 'file' | 'zero';
  readonly after?: (s: Situation, page: number, n: number) => void;
}

const KINDS: Readonly<Record<string, Kind>> = {
  N: { how: PRIVATE | MAP.NORESERVE },
  G: { how: PRIVATE | MAP.GROWSDOWN },
  T: { how: MAP.SHARED | MAP.ANONYMOUS },
  M: { how: MAP.SHARED, file: 'memfd' },
  F: { how: MAP.PRIVATE, file: 'file' },
  Z: { how: MAP.PRIVATE, file: 'zero' },
  R: { after: (s, page, n) => s.does('mprotect', at(page), pages(n), PROT.READ) },
  P: { after: (s, page, n) => s.does('mprotect', at(page), pages(n), 0n) },
  D: { after: (s, page, n) => s.does('madvise', at(page), pages(n), MADV.DONTDUMP) },
  L: { after: (s, page, n) => s.does('mlock2', at(page), pages(n), MLOCK.ONFAULT) },
  S: { after: (s, page, n) => s.does('mseal', at(page), pages(n), 0n) },
  U: { after: (s, page, n) => s.register(page, n, UFFD_FEATURE.SIGBUS) },
  V: { after: (s, page, n) => s.register(page, n, UFFD_FEATURE.SIGBUS | UFFD_FEATURE.EVENT_REMAP) },
};

export class Situation extends Machine {
  readonly #start: Counters;

  constructor(drawing: string, version = '6.18', environment: Partial<Environment> = {}) {
    super(version, { maxMapCount: 65530, features: FEATURES, ...environment });
    for (const found of drawing.matchAll(/([^.])\1*/g)) this.#make(found[1] as string, found.index, found[0].length);
    this.#start = this.#counters();
  }

  /** A call and what comes of it, as text: `@page` of the drawing, `EINVAL`, `SIGBUS`, a number. `fault`: the inner step that fails. */
  tries(fault: number, name: CallName, ...args: readonly (bigint | number)[]): string {
    const result = this.fault(fault, name, ...args);
    if (typeof result === 'string' || result < at(0)) return `${result}`;
    const page = Number(result / 4096n) - BASE;
    return page < 1 << 20 ? `@${page}` : `${result}`;
  }

  does(name: CallName, ...args: readonly (bigint | number)[]): string {
    return this.tries(0, name, ...args);
  }

  /** mremap in pages of the drawing. */
  mremap(from: number, old: number, length: number, flags: bigint | number, to = 0, fault = 0): string {
    return this.tries(fault, 'mremap', at(from), pages(old), pages(length), flags, at(to));
  }

  /** mmap of private anonymous memory at a page of the drawing, or otherwise. */
  mmap(page: number, n: number, how: bigint = PRIVATE, prot: bigint = RW, fd = -1, offset = 0): string {
    return this.does('mmap', at(page), pages(n), prot, how | MAP.FIXED, fd, pages(offset));
  }

  /** Writes the letters of a drawing into the pages where they stand. */
  store(drawing: string): this {
    for (const [page, letter] of [...drawing].entries())
      if (letter !== '.') this.#expect('0', this.does('store', at(page), letter.charCodeAt(0)));
    return this;
  }

  /** Registers for missing pages with a new userfaultfd; returns its descriptor. */
  register(page: number, n: number, features: bigint, mode: bigint = UFFDIO_REGISTER_MODE.MISSING): number {
    const fd = Number(this.does('userfaultfd', O.CLOEXEC | O.NONBLOCK));
    this.#expect('0', this.does('uffdio_api', fd, features));
    this.#expect('0', this.does('uffdio_register', fd, at(page), pages(n), mode));
    return fd;
  }

  /** What reads of the first pages return: their letters, `0` for zeros, `!` for a signal, `.` for a hole. Nothing changes. */
  drawing(width = 8): string {
    const { model } = this;
    const seen = model.observe({ mappings: true }).mappings ?? [];
    const isMapped = (page: number): boolean => seen.some((m) => m.start <= page && page < m.end);
    model.mark();
    const text = Array.from({ length: width }, (_, i) => (isMapped(BASE + i) ? this.#read(i) : '.')).join('');
    model.rollback();
    model.unmark();
    return text;
  }

  /** Pages that are in memory: their letters, `0` for zeros, `-` for those that are not, without a difference between those and holes. */
  resident(width = 8): string {
    const present = new Map(this.model.observe({ contents: true }).present?.map((p) => [p.page - BASE, p.content]));
    return Array.from({ length: width }, (_, i) => letterOf(present.get(i))).join('');
  }

  /** Where mappings begin and end, with names of those flags that are asked for: `0-2 2-4lo`; those that lie outside by their addresses. */
  extents(...flags: readonly (keyof typeof VMFLAG)[]): string {
    const all = this.model.observe({ mappings: true, flags: true }).mappings ?? [];
    const named = (has = 0): string => flags.filter((name) => (has & VMFLAG[name]) !== 0).join(',');
    return all.map((m) => `${m.start - BASE}-${m.end - BASE}${named(m.flags)}`).join(' ');
  }

  /** Protections of the mappings: 1 read, 2 write, 4 execute. */
  protections(): string {
    const all = this.model.observe({ mappings: true }).mappings ?? [];
    return all.map((m) => `${m.start - BASE}-${m.end - BASE}:${m.prot}`).join(' ');
  }

  /** By how much the counters that kernels have, too, have changed since the situation was there; pages, and mappings. */
  changes(): Partial<Counters> {
    const { committed, ...now } = this.#counters();
    const changed = Object.entries(now).map(
      ([name, n]) => [name, n - (this.#start[name as keyof Counters] ?? 0)] as const,
    );
    return Object.fromEntries(changed.filter(([, by]) => by !== 0));
  }

  /** Everything that can be seen, pages that are not there not touched. */
  everything(): string {
    return JSON.stringify(this.model.observe({ mappings: true, flags: true, contents: true, counters: true }));
  }

  #make(letter: string, page: number, n: number): void {
    const { how = PRIVATE, file, after } = KINDS[letter.toUpperCase()] ?? {};
    const fd = file === undefined ? -1 : this.#open(file, n);
    this.#expect(`@${page}`, this.mmap(page, n, how, RW, fd));
    const isWritten = letter !== letter.toLowerCase();
    if (isWritten) this.store(`${'.'.repeat(page)}${letter.repeat(n)}`);
    after?.(this, page, n);
  }

  #open(file: 'memfd' | 'file' | 'zero', n: number): number {
    if (file !== 'memfd') return Number(this.does('openat', file === 'file' ? 0 : 1, O.RDWR));
    const fd = Number(this.does('memfd_create', 1));
    this.#expect('0', this.does('ftruncate', fd, pages(n)));
    return fd;
  }

  #counters(): Counters {
    const { counters } = this.model.observe({ counters: true });
    if (counters === undefined) throw new Error('no counters');
    return counters;
  }

  #read(page: number): string {
    const result = this.does('load', at(page));
    return /^\d+$/.test(result) ? letterOf(Number(result)) : '!';
  }

  #expect(wanted: string, came: string): void {
    if (wanted !== came) throw new Error(`${came} instead of ${wanted}`);
  }
}

const letterOf = (content: number | undefined): string =>
  content === undefined ? '-' : content === 0 ? '0' : String.fromCharCode(content);

export const situation = (drawing: string, version?: string, environment?: Partial<Environment>): Situation =>
  new Situation(drawing, version, environment);
