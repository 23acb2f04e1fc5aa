/** Scopes: how large the spaces are that are explored to the last call, and what programs in them do. */
import { type Attribute, type Dialect, KINDS } from './language.ts';
import { isKind } from './layouts.ts';

/** Pages from where a program begins to where it can wander: it stays inside of one page table. */
export const MOST_WANDERED = 128;
const KIND_LETTERS = Object.keys(KINDS).join(', ');

export interface Scope extends Dialect {
  readonly name: string;
  /** Calls after the layout. */
  readonly depth: number;
  /** One inner step of one call of a program may fail: every such failure is explored. */
  readonly faults: boolean;
}

const EVERYWHERE: readonly Attribute[] = ['contents', 'shrink', 'grow', 'dontunmap', 'locks', 'seals'];

/** Scopes by name. The counts of each stand in docs/exploration.md. */
export const PRESETS = {
  /** Seconds: part of `check` and of the tests. Moves of two mappings that touch. */
  tiny: {
    name: 'tiny',
    pages: 4,
    longest: 2,
    depth: 2,
    attributes: [...EVERYWHERE, 'place'],
    faults: true,
    layouts: ['', '??'],
    kinds: ['w', 's'],
  },
  /** Seconds: from nothing. Random programs are measured by it (docs/fuzzing.md). */
  bare: {
    name: 'bare',
    pages: 4,
    longest: 2,
    depth: 3,
    attributes: [...EVERYWHERE, 'place'],
    faults: true,
    layouts: [''],
    kinds: [],
  },
  /** Minutes: moves of three mappings with a gap, each of which may be one that cannot be moved. */
  small: {
    name: 'small',
    pages: 8,
    longest: 4,
    depth: 2,
    attributes: EVERYWHERE,
    faults: true,
    layouts: ['?.??', '??.?'],
    kinds: ['w', 's', 'u'],
  },
  /** Hours: all kinds of mappings, and what else can be done with them. */
  night: {
    name: 'night',
    pages: 8,
    longest: 4,
    depth: 2,
    attributes: [...EVERYWHERE, 'place', 'protection', 'registration', 'discard', 'guards'],
    faults: true,
    layouts: ['', '?.??', '??.?', '???', '?.?.?'],
    kinds: ['w', 'f', 'l', 's', 'u', 'r', 'S', 'F'],
  },
  /** To compare kernels: everything beside everything, in few pages; never written comes first because a program for it is shorter. */
  kernels: {
    name: 'kernels',
    pages: 5,
    longest: 3,
    depth: 2,
    attributes: [...EVERYWHERE, 'duplicate', 'protection', 'registration', 'shared', 'discard', 'guards', 'advice'],
    faults: false,
    layouts: ['', '?', '??', '?.?'],
    kinds: ['f', 'w', 'r', 'l', 's', 'u', 'S', 'F'],
  },
} as const satisfies Record<string, Scope>;
export type PresetName = keyof typeof PRESETS;

/** What is wrong with a scope, in one line that says what to do; nothing if it can be explored. */
export function scopeError({ pages, longest, depth, layouts, kinds }: Scope): string | undefined {
  if (pages * (depth + 1) > MOST_WANDERED)
    return `${pages} pages to depth ${depth} are too many: pages times depth + 1 must be ${MOST_WANDERED} at most`;
  if (longest > pages) return `ranges of ${longest} pages do not fit into ${pages}`;
  for (const drawn of layouts) {
    if (drawn.length > pages) return `the layout ${drawn} has more than ${pages} pages`;
    const wrong = [...drawn].find((letter) => letter !== '.' && letter !== '?' && !isKind(letter));
    if (wrong !== undefined) return `${wrong} in the layout ${drawn} is no kind of a page; there are ${KIND_LETTERS}`;
    if (drawn.includes('?') && kinds.length === 0) return `the layout ${drawn} has a ? and no kinds for it`;
  }
  return undefined;
}
