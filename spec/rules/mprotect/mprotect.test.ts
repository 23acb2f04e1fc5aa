import { describe, expect, it } from 'vitest';
import { PROT } from '../../abi.ts';
import { VMFLAG } from '../../observation.ts';
import type { State } from '../../state.ts';
import { at, BASE, call, drawn, endText, outcomesOf, pages, profile } from '../../testing.ts';

const { READ, WRITE, EXEC, GROWSDOWN, GROWSUP } = PROT;
const RW = READ | WRITE;

/** Protections page by page: `-` none, `r`, `w` (writable), `.` unmapped. */
const shown = (state: State, length: number): string =>
  Array.from({ length }, (_, i) => {
    const m = state.mappings.find((x) => x.start <= BASE + i && BASE + i < x.end);
    return m ? ((m.prot & 2) !== 0 ? 'w' : (m.prot & 1) !== 0 ? 'r' : m.prot === 0 ? '-' : 'x') : '.';
  }).join('');

const all = (name: string, state: State, ...args: (bigint | number)[]) =>
  outcomesOf(profile(name), state, call('mprotect', ...args)).map((o) => ({
    end: endText(o),
    after: shown(o.state, 8),
    rule: o.rules.filter((r) => !r.startsWith('modify/')).at(-1),
    last: o.rules.at(-1),
    state: o.state,
  }));

const one = (state: State, ...args: (bigint | number)[]) => {
  const found = all('linux-6.18', state, ...args);
  expect(found.map((o) => o.end)).toHaveLength(1);
  return found[0] as NonNullable<(typeof found)[0]>;
};

describe('arguments', () => {
  const state = drawn('AAAA');
  const bad: [string, (bigint | number)[], string, string][] = [
    ['both directions', [at(0), 4096, READ | GROWSDOWN | GROWSUP], 'EINVAL', 'mprotect/grows-both-ways'],
    ['unaligned', [at(0) + 1n, 4096, READ], 'EINVAL', 'mprotect/unaligned'],
    ['length wraps when rounded', [at(0), -1, READ], 'ENOMEM', 'mprotect/wraps'],
    ['end wraps', [at(1), -4096, READ], 'ENOMEM', 'mprotect/wraps'],
    ['unknown bits', [at(0), 4096, 0x10], 'EINVAL', 'mprotect/unknown-protection'],
    ['a hole', [at(5), 4096, READ], 'ENOMEM', 'mprotect/starts-in-hole'],
    ['nothing grows up', [at(0), 4096, READ | GROWSUP], 'EINVAL', 'mprotect/does-not-grow-up'],
    ['plain memory does not grow down', [at(0), 4096, READ | GROWSDOWN], 'EINVAL', 'mprotect/does-not-grow-down'],
    ['nothing at all to grow down', [at(5), 4096, READ | GROWSDOWN], 'ENOMEM', 'mprotect/nothing-mapped'],
  ];
  it.each(bad)('%s', (_, args, end, rule) => {
    expect(one(state, ...args)).toMatchObject({ end, rule, after: 'wwww....' });
  });
  it('length 0 is right whatever the rest', () => {
    expect(one(state, at(9), 0, 0xfff0)).toMatchObject({ end: '0', rule: 'mprotect/empty' });
  });
  it('PROT_SEM is no access', () => {
    expect(one(state, at(0), 4096, PROT.SEM).after).toBe('-www....');
  });
});

describe('mapping by mapping', () => {
  it('a hole ends the call; what stood before it is changed', () => {
    expect(one(drawn('AAB.C'), at(1), pages(4), READ)).toMatchObject({
      end: 'ENOMEM',
      after: 'wrr.w...',
      rule: 'mprotect/hole',
    });
  });
  it('reaches into what is not known only if nothing ends it before', () => {
    expect(one(drawn('A'), at(0), 1n << 46n, READ)).toMatchObject({ end: 'ENOMEM', after: 'r.......' });
  });
  it('a sealed mapping ends it, even for the protection that it has; not before 6.10', () => {
    expect(one(drawn('ASB'), at(0), pages(3), READ)).toMatchObject({
      end: 'EPERM',
      after: 'rww.....',
      rule: 'mprotect/sealed',
    });
    expect(one(drawn('S'), at(0), 4096, RW).end).toBe('EPERM');
    expect(all('linux-6.1', drawn('ASB'), at(0), pages(3), READ)).toMatchObject([{ end: '0', after: 'rrr.....' }]);
  });
  it('what may not be written stays so', () => {
    const state = drawn('AM');
    const readOnly = { ...state, mappings: state.mappings.map((m) => (m.shared ? { ...m, prot: 1, flags: 0 } : m)) };
    expect(one(readOnly, at(0), pages(2), WRITE)).toMatchObject({
      end: 'EACCES',
      after: 'wr......',
      rule: 'mprotect/write-denied',
    });
    expect(one(readOnly, at(0), pages(2), 0)).toMatchObject({ end: '0', after: '--......' });
  });
  it('files may lie where nothing is executed', () => {
    expect(all('linux-6.18', drawn('F'), at(0), 4096, EXEC).map((o) => o.end)).toEqual(['EACCES', '0']);
    expect(all('linux-6.18', drawn('A'), at(0), 4096, EXEC).map((o) => o.end)).toEqual(['0']);
  });
  it('PROT_GROWSDOWN starts where the mapping does, also from a hole before it', () => {
    const state = drawn('..AAAA');
    const stack = { ...state, mappings: state.mappings.map((m) => ({ ...m, flags: m.flags | VMFLAG.gd })) };
    expect(one(stack, at(4), 4096, READ | GROWSDOWN)).toMatchObject({ end: '0', after: '..rrrw..' });
    expect(one(stack, at(1), pages(2), READ | GROWSDOWN)).toMatchObject({ end: '0', after: '..rwww..' });
    expect(one(stack, at(4), pages(3), READ | GROWSDOWN)).toMatchObject({ end: 'ENOMEM', after: '..rrrr..' });
  });
  it('huge pages are not cut', () => {
    const state = drawn('H'.repeat(1024));
    expect(one(state, at(0), 4096, READ)).toMatchObject({ end: 'EINVAL', last: 'modify/cut-inside-huge-page' });
    expect(one(state, at(0), pages(512), READ).end).toBe('0');
  });
});

describe('limits', () => {
  const size = (as: number, data: number) => ({ as: as * 4096, data: data * 4096, memlock: 0 });
  it('data: pages that become writable count; asked only where the old kind would fit', () => {
    expect(one(drawn('RRRR', { limits: size(Infinity, 13) }), at(0), pages(4), RW)).toMatchObject({
      end: 'ENOMEM',
      rule: 'mprotect/data-limit',
      after: 'rrrr....',
    });
    expect(one(drawn('RRRR', { limits: size(Infinity, 14) }), at(0), pages(4), RW).end).toBe('0');
    expect(one(drawn('AAAA', { limits: size(Infinity, 0) }), at(0), pages(4), WRITE).end).toBe('0');
    expect(one(drawn('RRRR', { limits: size(104, 13) }), at(0), pages(4), RW).end).toBe('0');
  });
  it('commit: what is not charged yet', () => {
    const small = { environment: { memory: 3 } };
    expect(one(drawn('RRRR', small), at(0), pages(4), RW)).toMatchObject({
      end: 'ENOMEM',
      rule: 'mprotect/commit-limit',
    });
    expect(one(drawn('RRR', small), at(0), pages(3), RW).state.mappings[0]).toMatchObject({
      flags: VMFLAG.mw | VMFLAG.ac,
      unsure: 0,
    });
    const unsure = drawn('RRRR', small);
    const perhaps = { ...unsure, mappings: unsure.mappings.map((m) => ({ ...m, unsure: VMFLAG.ac })) };
    expect(all('linux-6.18', perhaps, at(0), pages(4), RW).map((o) => o.end)).toEqual(['ENOMEM', '0']);
    const free = { ...unsure, mappings: unsure.mappings.map((m) => ({ ...m, flags: VMFLAG.mw | VMFLAG.nr })) };
    expect(one(free, at(0), pages(4), RW).state.mappings[0]).toMatchObject({ flags: VMFLAG.mw | VMFLAG.nr });
  });
  it('the charge of what becomes read-only: kept where it was written, else not sure; always kept before 6.12', () => {
    const [written] = [one(drawn('AA'), at(0), pages(2), READ)];
    expect(written.state.mappings[0]).toMatchObject({ flags: VMFLAG.mw | VMFLAG.ac, unsure: 0 });
    const fresh = drawn('AA', { pages: new Map() });
    expect(one(fresh, at(0), pages(2), READ).state.mappings[0]).toMatchObject({ unsure: VMFLAG.ac });
    expect(all('linux-6.1', fresh, at(0), pages(2), READ)[0]?.state.mappings[0]).toMatchObject({ unsure: 0 });
    expect(one(drawn('FF', { pages: new Map() }), at(0), pages(2), READ).state.mappings[0]).toMatchObject({
      unsure: 0,
    });
  });
  // Ten mappings are the machine's own.
  it.each([
    ['no room for one cut', 'AAA', 11, 0, 1, ['ENOMEM www.....']],
    ['room for one cut', 'AAA', 12, 0, 1, ['0 rww.....']],
    ['room for the first cut of two', 'AAA', 12, 1, 1, ['ENOMEM www.....']],
    ['the whole mapping needs no cut', 'AAA', 11, 0, 3, ['0 rrr.....']],
    ['it may merge with what it touches', 'RAA', 12, 1, 1, ['ENOMEM rww.....', '0 rrw.....']],
    ['mappings changed before may have merged', 'RABB', 13, 1, 2, ['ENOMEM rrww....', '0 rrrw....']],
  ] as const)('mappings: %s', (_, text, maxMapCount, from, length, expected) => {
    const state = drawn(text, { environment: { maxMapCount }, pages: new Map() });
    const found = all('linux-6.18', state, at(from), pages(length), READ);
    expect(found.map((o) => `${o.end} ${o.after}`)).toEqual(expected);
  });
});

it('locked private memory that becomes writable gets its own copies', () => {
  const state = drawn('FF');
  const locked = { ...state, mappings: state.mappings.map((m) => ({ ...m, prot: 1, flags: m.flags | VMFLAG.lo })) };
  expect([...one(locked, at(0), 4096, RW).state.pages.keys()]).toEqual([BASE]);
});

it('in the manual a hole is an error without effect', () => {
  expect(all('documented', drawn('A.B'), at(0), pages(3), READ)).toMatchObject([{ end: 'ENOMEM', after: 'w.w.....' }]);
});
