/** Scopes: how large the spaces are that are explored to the last call, and what programs in them do. */
import type { Attribute, Dialect } from './language.ts';

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
  tiny: {
    name: 'tiny',
    pages: 4,
    longest: 2,
    depth: 3,
    attributes: [...EVERYWHERE, 'place'],
    faults: true,
    layouts: [''],
    kinds: [],
  },
  small: {
    name: 'small',
    pages: 8,
    longest: 4,
    depth: 2,
    attributes: EVERYWHERE,
    faults: true,
    layouts: ['?.??', '??.?'],
    kinds: ['w', 'l', 's'],
  },
  night: {
    name: 'night',
    pages: 8,
    longest: 4,
    depth: 3,
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
