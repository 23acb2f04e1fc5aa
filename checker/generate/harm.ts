/**
 * For tests: which pages a call could change or look at if it succeeded, worked out from the arguments in a way of its own, so that
 * what decides in the generator is checked by something that it does not share a line with.
 */
import type { CallName } from '../../spec/index.ts';

/** `[start, end)` in bytes. */
export type Touched = readonly [bigint, bigint];

const P = 4096n;
const TASK = 0x7ffffffff000n;
const WRAP = 1n << 64n;
const up = (n: bigint): bigint => (((n + P - 1n) / P) * P) % WRAP;
const down = (n: bigint): bigint => n - (n % P);

const touchedByMremap = (a: bigint, o: bigint, s: bigint, flags: bigint, n: bigint): Touched[] => {
  const old = up(o);
  const size = up(s);
  const [may, fixed, keep] = [flags % 2n === 1n, (flags / 2n) % 2n === 1n, (flags / 4n) % 2n === 1n];
  if (flags >= 8n || a % P !== 0n || size === 0n || size > TASK) return [];
  if (!fixed && !keep) {
    // The tail of a shrink is given back; in any other case nothing but the mapping at `a` is concerned.
    if (old > size) return a + old > TASK ? [] : [[a, a + old]];
    return [[a, old === 0n ? a + P : a + P]];
  }
  if (!may || n % P !== 0n || n + size > TASK || (keep && old !== size)) return [];
  const meet = a < n + size && n < a + old;
  if (meet) return [];
  const source: Touched = [a, a + (old > size ? old : size)];
  return fixed || n !== 0n ? [source, [n, n + size]] : [source];
};

const touchedByMmap = (a: bigint, l: bigint, flags: bigint, offset: bigint): Touched[] => {
  const size = up(l);
  if (size === 0n || size > TASK || offset % P !== 0n) return [];
  const fixed = (flags & 0x100010n) !== 0n;
  if (fixed && (a % P !== 0n || a + size > TASK)) return [];
  if (!fixed && (a === 0n || a + size > TASK)) return [];
  return [[a, a + size]];
};

/** What a call could touch; empty for calls that the kernel refuses by their arguments. */
export const touchedBy = (name: CallName, args: readonly bigint[]): Touched[] => {
  const [a = 0n, b = 0n, c = 0n, d = 0n, e = 0n, f = 0n] = args;
  if (name === 'mremap') return touchedByMremap(a, b, c, d, e);
  if (name === 'mmap') return touchedByMmap(a, b, d, f);
  if (name === 'load' || name === 'store') return a >= TASK ? [] : [[down(a), down(a) + P]];
  if (name === 'munmap') return a % P !== 0n || b === 0n || a + b > TASK ? [] : [[a, a + up(b)]];
  if (name === 'madvise') return a % P !== 0n || a + up(b) >= WRAP || c > 103n ? [] : [[a, a + up(b)]];
  // These stop at the first hole, and there is one behind the arena: only where they start matters.
  if (name === 'mprotect' || name === 'mseal') return a % P !== 0n || b === 0n ? [] : [[a, a + P]];
  if (b === 0n && a % P === 0n && name.includes('lock')) return [];
  if (name === 'mlock' || name === 'mlock2' || name === 'munlock') return [[down(a), down(a) + P]];
  if (name === 'uffdio_register' || name === 'uffdio_unregister')
    return b % P !== 0n || c % P !== 0n || c === 0n || b + c > TASK ? [] : [[b, b + c]];
  return [];
};
