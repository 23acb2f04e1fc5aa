/** What a minimiser must leave alone. */
import { describe, expect, test } from 'vitest';
import { EXAMPLE } from '../example.ts';
import { programAt } from '../generate/index.ts';
import type { Program } from '../program/index.ts';
import { harmlessAfter } from './safe.ts';
import { shrink } from './shrink.ts';
import { parsed } from './testing.ts';

const allowed = (before: string, after: string): boolean => harmlessAfter(parsed(before), EXAMPLE)(parsed(after));

const ANYWHERE = 'r0 = mmap(NULL, 16384, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n';
const SMALLER = ANYWHERE.replace('16384', '4096');
const FIXED = 'r0 = mmap(0x100000000000, 16384, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS|MAP_FIXED, -1, 0)\n';

describe('mappings that are not the program’s', () => {
  test('what lies behind a mapping that the kernel placed is not unmapped', () => {
    expect(allowed(`${ANYWHERE}munmap(r0, 16384)\n`, `${SMALLER}munmap(r0, 4096)\n`)).toBe(true);
    expect(allowed(`${ANYWHERE}munmap(r0, 16384)\n`, `${SMALLER}munmap(r0, 16384)\n`)).toBe(false);
    expect(allowed(`${FIXED}munmap(r0, 16384)\n`, `${FIXED.replace('16384', '4096')}munmap(r0, 16384)\n`)).toBe(true);
  });
  test('an address outside the window is not written, unless the program always did', () => {
    const store = 'store(0x7ffff7000000, 1)\n';
    expect(allowed(`${FIXED}store(r0, 1)\n`, store)).toBe(false);
    expect(allowed(`${FIXED}${store}`, store)).toBe(true);
    expect(allowed(`${FIXED}${store}`, store.replace('7000000', '7001000'))).toBe(false);
  });
  test('a result may be 0: what stands behind it is then not known', () => {
    const unmap = (size: number): string => `${FIXED}munmap(r0+0x20000, ${size})\n`;
    expect(allowed(unmap(8192), unmap(8192))).toBe(true);
    expect(allowed(unmap(8192), unmap(4096))).toBe(false);
  });
});

describe('locks that would take hours', () => {
  const huge = (prot: string): string =>
    `mmap(0x100000000000, 70368744177664, ${prot}, MAP_PRIVATE|MAP_FIXED|MAP_ANONYMOUS|MAP_NORESERVE, -1, 0)\n`;
  const lock = 'mlockall(MCL_CURRENT)\n';
  const limit = 'setrlimit(RLIMIT_MEMLOCK, {rlim_cur=0, rlim_max=0})\n';

  test('nothing that a lock meets becomes accessible', () => {
    expect(allowed(huge('PROT_NONE') + lock, huge('PROT_READ') + lock)).toBe(false);
    expect(allowed(huge('PROT_NONE') + lock, huge('PROT_READ'))).toBe(true);
    expect(allowed(huge('PROT_NONE') + lock, huge('PROT_NONE') + lock)).toBe(true);
  });
  test('nothing that keeps a lock from happening goes', () => {
    expect(allowed(limit + huge('PROT_READ') + lock, huge('PROT_READ') + lock)).toBe(false);
    expect(allowed(limit + huge('PROT_READ') + lock, huge('PROT_READ'))).toBe(true);
    expect(allowed(huge('PROT_NONE') + huge('PROT_READ'), huge('PROT_READ') + lock)).toBe(false);
  });
  test('a call that failed may go, and must not change', () => {
    const [failing, other] = [70368744177664, 35184372088832].map((n) =>
      parsed(huge('PROT_READ').replace('70368744177664', `${n}`) + lock),
    );
    const rest = parsed(lock);
    const after = harmlessAfter(failing as Program, EXAMPLE, [undefined, 0n]);
    expect([after(rest), after(failing as Program), after(other as Program)]).toEqual([true, true, false]);
    const among = parsed(huge('PROT_NONE') + huge('PROT_READ') + lock);
    const without = parsed(huge('PROT_NONE') + lock);
    expect(harmlessAfter(among, EXAMPLE, [0x100000000000n, undefined, 0n])(without)).toBe(true);
    expect(harmlessAfter(among, EXAMPLE, [0x100000000000n, 0x100000000000n, 0n])(without)).toBe(false);
    expect(harmlessAfter(among, EXAMPLE)(without)).toBe(false);
  });
  test('other calls may go, and so may the locks', () => {
    expect(allowed(`munlock(NULL, 0)\n${lock}${huge('PROT_READ')}`, huge('PROT_READ'))).toBe(true);
    expect(allowed(`load(0x100000000000)\n${huge('PROT_NONE')}${lock}`, huge('PROT_NONE') + lock)).toBe(true);
  });
});

test('a search that is held to it ends with as few calls', async () => {
  for (let i = 0; i < 20; i++) {
    const program = programAt(3, i, EXAMPLE);
    const harmless = harmlessAfter(program, EXAMPLE);
    const moves = (p: Program): boolean => p.lines.some((l) => l.name === 'mremap');
    if (!moves(program)) continue;
    const small = await shrink(program, async (candidates) => candidates.map((c) => harmless(c) && moves(c)));
    expect(small.program.lines.length).toBeLessThan(4);
  }
});
