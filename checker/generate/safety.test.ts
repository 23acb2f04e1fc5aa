import { describe, expect, it } from 'vitest';
import { PROT, RLIMIT, UFFD_FEATURE } from '../../spec/index.ts';
import { EXAMPLE } from '../example.ts';
import { seeded } from './choices.ts';
import { programs } from './generate.ts';
import { expectHarmless } from './harm.ts';
import { mapOne } from './map.ts';
import { boundsOf, isHarmless } from './safety.ts';
import { World } from './world.ts';
import { belowLowest } from './wrong.ts';

const sample = [...programs({ seed: 20, environment: EXAMPLE, count: 2000 })];
const lines = sample.flatMap((p) => p.lines);
const constants = (name: string, at: number): bigint[] =>
  lines.flatMap((l) => (l.name === name && l.operands[at]!.base === null ? [l.operands[at]!.offset] : []));

describe('safety', () => {
  it('nothing outside the window is changed', () => {
    for (const p of sample) expectHarmless(p);
    for (const p of programs({ seed: 4, environment: EXAMPLE, count: 100, calls: { min: 150, max: 150 } }))
      expectHarmless(p);
  });

  it('every userfaultfd that could register has the feature that keeps accesses from waiting', () => {
    for (const features of constants('uffdio_api', 1)) expect(features & UFFD_FEATURE.SIGBUS).toBe(UFFD_FEATURE.SIGBUS);
  });

  it('a protection is given to what grows down wherever the range first meets it', () => {
    const start = BigInt(EXAMPLE.arena) * 4096n;
    const protects = (length: bigint, prot: bigint) => isHarmless(boundsOf(EXAMPLE), 'mprotect', [start, length, prot]);
    expect(protects(8192n, PROT.GROWSDOWN)).toBe(true);
    expect(protects(1n << 47n, PROT.READ)).toBe(true);
    expect(protects(1n << 47n, PROT.GROWSDOWN | PROT.READ)).toBe(false);
  });

  it('no descriptor but those of the program is closed, mapped or cut', () => {
    const made = new Set(['memfd_create', 'openat', 'userfaultfd']);
    const fds: readonly [string, number][] = [
      ['close', 0],
      ['mmap', 4],
      ['ftruncate', 0],
      ['uffdio_register', 0],
      ['uffdio_api', 0],
    ];
    for (const p of sample)
      for (const [name, at] of fds)
        for (const l of p.lines.filter((line) => line.name === name)) {
          const { base, offset } = l.operands[at]!;
          if (typeof base === 'number') expect(made.has(p.lines[base]!.name) && offset === 0n).toBe(true);
          else expect(offset).toBe((1n << 64n) - 1n);
        }
  });

  it('no limit but those of the contract is set, and the file keeps its length', () => {
    const known: readonly bigint[] = [RLIMIT.AS, RLIMIT.DATA, RLIMIT.MEMLOCK, 99n];
    for (const resource of constants('setrlimit', 0)) expect(known).toContain(resource);
    const memory = new Set(['memfd_create', 'userfaultfd']);
    for (const p of sample)
      for (const l of p.lines.filter((line) => line.name === 'ftruncate')) {
        const { base } = l.operands[0]!;
        if (typeof base === 'number') expect(memory.has(p.lines[base]!.name)).toBe(true);
      }
  });

  it('fill_mappings, which is dear, is rare', () => {
    const filled = sample.filter((p) => p.lines.some((l) => l.name === 'fill_mappings')).length;
    expect(filled).toBeGreaterThan(0);
    expect(filled).toBeLessThan(sample.length / 150);
    for (const room of constants('fill_mappings', 0)) expect(room <= 8n).toBe(true);
  });

  it('a move that only a capability makes harmless does not hang on a result', () => {
    const w = new World(EXAMPLE);
    const c = seeded(1, 1);
    for (let i = 0; i < 40; i++) mapOne(w, c, { backing: 'private', pages: 1 + c.int(4) });
    expect(() => w.emitRefused('load', w.number(0))).toThrow('capability');
    w.taken.rawIo = true;
    const before = w.lines.length;
    for (let i = 0; i < 200; i++) belowLowest(w, c);
    const low = w.lines.slice(before).filter((l) => l.name === 'mremap' && l.operands[3]!.offset === 3n);
    expect(low.length).toBeGreaterThan(50);
    for (const l of low) expect(l.operands.every((o) => o.base === null)).toBe(true);
  });
});
