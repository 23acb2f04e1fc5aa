/**
 * Programs inside of a small space: the same generator with the same weights, whose calls all belong to a given language and whose mappings never
 * spread over more pages than a frame has. What does not belong is not written down, and the action is tried again with other decisions.
 */
import type { Call, CallName } from '../../spec/index.ts';
import { MAP, PROT } from '../../spec/index.ts';
import type { Action } from './weights.ts';
import type { World } from './world.ts';

/** `[start, end)` in pages. */
interface Pages {
  readonly start: number;
  readonly end: number;
}

/** What programs are confined to. */
export interface Confinement {
  /** The page where the frame begins while nothing is mapped. */
  readonly base: number;
  /** Pages of the frame. */
  readonly pages: number;
  /** Calls that the program begins with: they open descriptors and make mappings, and do not fail. */
  readonly beginning: readonly Call[];
  /** Calls that the language has. */
  readonly names: ReadonlySet<CallName>;
  /** Whether a call belongs to it where these pages are mapped; absent: none. */
  admits(call: Call, mapped: Pages | undefined): boolean;
}

/** How often an action that wrote nothing is tried again. */
export const TRIES = 64;

/** Contents of programs are greater than those that beginnings store. */
export const FIRST_CONTENT = 0x100;

/** Actions that come down to one call: without it they can write nothing. */
const NEEDS: Partial<Record<Action, CallName>> = {
  load: 'load',
  store: 'store',
  unmap: 'munmap',
  protect: 'mprotect',
  lock: 'mlock',
  advise: 'madvise',
  seal: 'mseal',
  register: 'uffdio_register',
  limit: 'setrlimit',
  close: 'close',
};

/** Whether an action can write anything that belongs to the language. Calls with wrong arguments belong to none. */
export const isPossible = ({ names }: Confinement, action: Action): boolean => {
  const needs = NEEDS[action];
  return action !== 'wrong' && (needs === undefined || names.has(needs));
};

/** Writes the beginning down and tells the sketch. */
export const begin = (w: World, { beginning }: Confinement): void => {
  for (const { name, args } of beginning) {
    const line = w.write(name, args);
    const [at = 0n, length = 0n, third = 0n, flags = 0n] = args;
    const start = Number(at / w.pageBytes);
    const end = start + Number(length / w.pageBytes);
    if (name === 'openat') w.open(line, 'file');
    else if (name === 'userfaultfd') w.open(line, 'userfaultfd');
    else if (name === 'mmap') {
      const shared = (flags & MAP.SHARED) !== 0n;
      const own = shared ? 'shared' : 'private';
      const backing = (flags & MAP.ANONYMOUS) !== 0n ? own : 'file private';
      w.sketch.put({ start, end, backing, prot: third, locked: false, sealed: false, uffd: -1 });
    } else if (name === 'mprotect') w.sketch.change(start, end, { prot: third & ~PROT.GROWSDOWN });
    else if (name === 'mlock') w.sketch.change(start, end, { locked: true });
    else if (name === 'mseal') w.sketch.change(start, end, { sealed: true });
    else if (name === 'uffdio_register') {
      const from = Number(length / w.pageBytes);
      w.sketch.change(from, from + Number(third / w.pageBytes), { uffd: w.descriptors.at(-1)?.line ?? -1 });
    }
  }
};
