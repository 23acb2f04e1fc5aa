/**
 * What programs of a scope are made of: calls whose addresses are pages of an arena. An arena is a frame of so many pages that is laid over the
 * address space somewhere; a call of the language, a letter, is the same call wherever the frame lies.
 */
import {
  type Call,
  type CallName,
  MADV,
  MAP,
  MREMAP,
  O,
  PROT,
  UFFD_FEATURE,
  UFFDIO_REGISTER_MODE,
} from '../../spec/index.ts';

/** What programs may do besides mapping private anonymous memory, unmapping it, and moving it as it is (MREMAP_FIXED, equal lengths). */
export const ATTRIBUTES = [
  'contents',
  'shrink',
  'grow',
  'place',
  'dontunmap',
  'duplicate',
  'protection',
  'locks',
  'seals',
  'registration',
  'shared',
  'file',
  'discard',
  'guards',
  'advice',
] as const;
export type Attribute = (typeof ATTRIBUTES)[number];

/** The part of a scope that says what can be called. */
export interface Dialect {
  /** Pages of the arena. */
  readonly pages: number;
  /** Pages that one call maps, moves or changes at most. */
  readonly longest: number;
  readonly attributes: readonly Attribute[];
  /** What pages of layouts can be besides those that a layout names. */
  readonly kinds: readonly Kind[];
  /** Layouts (layouts.ts) that programs begin with; `''` is nothing. */
  readonly layouts: readonly string[];
}

/** An address by its page in the frame, a number as it is, or a content that occurs nowhere else. */
export type Argument = bigint | { readonly page: number } | 'fresh';

/** One call, for every place of the frame. */
export interface Letter {
  readonly name: CallName;
  readonly args: readonly Argument[];
  /** The first page of the frame that it names; Infinity if it names none. */
  readonly low: number;
}

export interface Language {
  /** Calls that every program begins with: they open what letters refer to. */
  readonly preamble: readonly Call[];
  readonly open: Open;
  readonly letters: readonly Letter[];
}

/** What a page of a layout can be, by its letter; `.` is a hole. */
export const KINDS = {
  w: 'written',
  f: 'fresh: mapped and never written',
  r: 'written, then read-only',
  l: 'written and locked',
  s: 'written and sealed',
  u: 'written and registered with a userfaultfd',
  S: 'shared and written',
  F: 'private, of a file',
} as const;
export type Kind = keyof typeof KINDS;

const ANONYMOUS = 0xffff_ffff_ffff_ffffn;
const READ_WRITE = PROT.READ | PROT.WRITE;
const PRIVATE = MAP.PRIVATE | MAP.ANONYMOUS | MAP.FIXED;
const SHARED = MAP.SHARED | MAP.ANONYMOUS | MAP.FIXED;
const OF_FILE = MAP.PRIVATE | MAP.FIXED;
const MOVE = MREMAP.MAYMOVE | MREMAP.FIXED;

const page = (at: number): Argument => ({ page: at });

const letter = (name: CallName, ...args: readonly Argument[]): Letter => {
  let low = Number.POSITIVE_INFINITY;
  for (const arg of args) if (typeof arg === 'object') low = Math.min(low, arg.page);
  return { name, args, low };
};

/** The call that a letter is where the frame begins at page `frame`. `fresh` is a content that nothing holds. */
export const callOf = ({ name, args }: Letter, frame: number, pageSize: number, fresh: number): Call => ({
  name,
  args: args.map((arg) => {
    if (arg === 'fresh') return BigInt(fresh);
    return typeof arg === 'bigint' ? arg : BigInt(frame + arg.page) * BigInt(pageSize);
  }),
});

type Range = readonly [start: number, pages: number];

function* ranges({ pages, longest }: Dialect): Generator<Range> {
  for (let length = 1; length <= longest; length++)
    for (let start = 0; start + length <= pages; start++) yield [start, length];
}

const has = ({ attributes }: Dialect, attribute: Attribute): boolean => attributes.includes(attribute);

/** Descriptors that the preamble opens: they have the lowest free numbers, in its order. */
export interface Open {
  readonly file?: bigint;
  readonly uffd?: bigint;
}

/** Whether some layout has pages of a kind. */
const lays = ({ kinds, layouts }: Dialect, kind: Kind): boolean =>
  layouts.some((drawn) => drawn.includes(kind) || (drawn.includes('?') && kinds.includes(kind)));

function opened(dialect: Dialect): { readonly preamble: readonly Call[]; readonly open: Open } {
  const preamble: Call[] = [];
  let next = 0n;
  let open: Open = {};
  if (has(dialect, 'file') || lays(dialect, 'F')) {
    preamble.push({ name: 'openat', args: [0n, O.RDWR | O.CLOEXEC] });
    open = { ...open, file: next++ };
  }
  if (has(dialect, 'registration') || lays(dialect, 'u')) {
    // An access to a missing page raises SIGBUS: nobody is there to wait for.
    preamble.push({ name: 'userfaultfd', args: [O.CLOEXEC | O.NONBLOCK] });
    preamble.push({ name: 'uffdio_api', args: [next, UFFD_FEATURE.SIGBUS] });
    open = { ...open, uffd: next++ };
  }
  return { preamble, open };
}

function* maps(dialect: Dialect, size: bigint, open: Open): Generator<Letter> {
  for (const [start, pages] of ranges(dialect)) {
    const length = BigInt(pages) * size;
    yield letter('mmap', page(start), length, READ_WRITE, PRIVATE, ANONYMOUS, 0n);
    if (has(dialect, 'shared')) yield letter('mmap', page(start), length, READ_WRITE, SHARED, ANONYMOUS, 0n);
    if (has(dialect, 'file') && open.file !== undefined)
      yield letter('mmap', page(start), length, READ_WRITE, OF_FILE, open.file, 0n);
    yield letter('munmap', page(start), length);
  }
}

/** Pairs of lengths that mremap may be given, as far as the attributes have them; equal ones are pure moves. */
const changes = (dialect: Dialect, old: number, length: number): boolean =>
  length === old || (length < old ? has(dialect, 'shrink') : has(dialect, 'grow'));

function* moves(dialect: Dialect, size: bigint): Generator<Letter> {
  const { pages, longest } = dialect;
  const least = has(dialect, 'duplicate') ? 0 : 1;
  for (let old = least; old <= longest; old++)
    for (let length = 1; length <= longest; length++) {
      if (old > 0 && !changes(dialect, old, length)) continue;
      for (let from = 0; from + Math.max(old, 1) <= pages; from++) {
        const sizes = [BigInt(old) * size, BigInt(length) * size] as const;
        if (old !== 0 && old !== length && from + length <= pages) yield letter('mremap', page(from), ...sizes, 0n, 0n);
        // What grows where it is must not grow out of the arena.
        if (has(dialect, 'place') && length >= old && from + length <= pages)
          yield letter('mremap', page(from), ...sizes, MREMAP.MAYMOVE, 0n);
        for (let to = 0; to + length <= pages; to++) {
          yield letter('mremap', page(from), ...sizes, MOVE, page(to));
          if (has(dialect, 'dontunmap') && old === length)
            yield letter('mremap', page(from), ...sizes, MOVE | MREMAP.DONTUNMAP, page(to));
        }
        if (has(dialect, 'dontunmap') && has(dialect, 'place') && old === length)
          yield letter('mremap', page(from), ...sizes, MREMAP.MAYMOVE | MREMAP.DONTUNMAP, 0n);
      }
    }
}

function* alterations(dialect: Dialect, size: bigint, { uffd }: Open): Generator<Letter> {
  if (has(dialect, 'contents')) for (let at = 0; at < dialect.pages; at++) yield letter('store', page(at), 'fresh');
  for (const [start, pages] of ranges(dialect)) {
    const range = [page(start), BigInt(pages) * size] as const;
    if (has(dialect, 'protection')) {
      yield letter('mprotect', ...range, PROT.READ);
      yield letter('mprotect', ...range, READ_WRITE);
    }
    if (has(dialect, 'locks')) {
      yield letter('mlock', ...range);
      yield letter('munlock', ...range);
    }
    if (has(dialect, 'seals')) yield letter('mseal', ...range, 0n);
    if (has(dialect, 'registration') && uffd !== undefined) {
      yield letter('uffdio_register', uffd, ...range, UFFDIO_REGISTER_MODE.MISSING);
      yield letter('uffdio_unregister', uffd, ...range);
    }
    for (const advice of advices(dialect)) yield letter('madvise', ...range, advice);
  }
}

const advices = (dialect: Dialect): readonly bigint[] => [
  ...(has(dialect, 'discard') ? [MADV.DONTNEED] : []),
  ...(has(dialect, 'guards') ? [MADV.GUARD_INSTALL, MADV.GUARD_REMOVE] : []),
  ...(has(dialect, 'advice') ? [MADV.DONTFORK, MADV.DOFORK] : []),
];

/** All calls that a dialect has. Bytes in calls, pages in the dialect. */
export function languageOf(dialect: Dialect, pageSize: number): Language {
  const size = BigInt(pageSize);
  const { preamble, open } = opened(dialect);
  const letters = [...maps(dialect, size, open), ...moves(dialect, size), ...alterations(dialect, size, open)];
  return { preamble, open, letters };
}
