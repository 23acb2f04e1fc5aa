import { describe, expect, it } from 'vitest';
import type { Result } from '../../calls.ts';
import { VMFLAG } from '../../observation.ts';
import { ANY_CONTENT } from '../../space.ts';
import type { Mapping, State } from '../../state.ts';
import { at, BASE, call, draw, drawn, endText, outcomesOf, profile } from '../../testing.ts';

const { gd, lo, ui, nr, ht } = VMFLAG;

const loads = (state: State, page: number | bigint, name = 'linux-6.18', seen?: Result) =>
  outcomesOf(profile(name), state, call('load', typeof page === 'bigint' ? page : at(page)), seen).map(
    (o) => `${endText(o)} ${o.rules.at(-1)}`,
  );
const ends = (state: State, page: number | bigint, name?: string) =>
  loads(state, page, name).map((s) => s.split(' ')[0]);

const stores = (state: State, page: number, content = 0x78) => {
  const found = outcomesOf(profile('linux-6.18'), state, call('store', at(page), content));
  expect(found).toHaveLength(1);
  const [o] = found;
  if (!o) throw new Error('no outcome');
  return { end: endText(o), after: draw(o.state, 8), state: o.state };
};

const each = (state: State, to: (m: Mapping) => Mapping): State => ({ ...state, mappings: state.mappings.map(to) });

describe('protection', () => {
  it('of a load: any access implies reading, but for what may only be executed', () => {
    const state = drawn('A');
    expect(
      ends(
        each(state, (m) => ({ ...m, prot: 0 })),
        0,
      ),
    ).toEqual(['SIGSEGV']);
    expect(
      ends(
        each(state, (m) => ({ ...m, prot: 2 })),
        0,
      ),
    ).toEqual(['65']);
    expect(
      ends(
        each(state, (m) => ({ ...m, prot: 4 })),
        0,
      ),
    ).toEqual(['SIGSEGV', '65']);
    expect(
      ends(
        each(state, (m) => ({ ...m, prot: 2 })),
        0,
        'documented',
      ),
    ).toEqual(['SIGSEGV', '65']);
  });
  it('of a store', () => {
    expect(stores(drawn('R'), 0)).toMatchObject({ end: 'SIGSEGV', after: 'R.......' });
    expect(
      stores(
        each(drawn('A'), (m) => ({ ...m, prot: 2 })),
        0,
      ).after,
    ).toBe('x.......');
  });
  it('nothing is beyond user space', () => {
    expect(loads(drawn('A'), 1n << 63n)).toEqual(['SIGSEGV access/beyond-user-space']);
    expect(loads(drawn('A'), 1n << 47n)).toEqual(['SIGSEGV access/beyond-user-space']);
    expect(loads(drawn('A'), 0n)).toEqual(['SIGSEGV access/below-minimum']);
    expect(() => loads(drawn('A'), 4096n)).toThrow('nothing is known');
  });
});

describe('contents', () => {
  it('a store makes a private copy, or changes the object for everybody', () => {
    expect(stores(drawn('AA'), 1).after).toBe('Ax......');
    expect(stores(drawn('FF'), 0).after).toBe('xF......');
    const state = drawn('MM');
    const [m] = state.mappings;
    const twice: State = {
      ...state,
      mappings: [...state.mappings, { ...(m as Mapping), start: BASE + 4, end: BASE + 6, shared: false }],
    };
    expect(stores(twice, 1).after).toBe('Mx..Mx..');
    expect(stores(stores(twice, 5).state, 1, 0x79).after).toBe('My..Mx..');
  });
  it('beyond the object there is none, whoever asks; a private copy is its own', () => {
    const state = each(drawn('FM'), (m) => ({ ...m, offset: 1 }));
    expect(loads(state, 0)).toEqual(['SIGBUS access/beyond-object']);
    expect(stores(state, 1).end).toBe('SIGBUS');
    expect(ends({ ...state, pages: new Map([[BASE, 7]]) }, 0)).toEqual(['7']);
  });
  it('a guard marker is in the way of both', () => {
    const state = drawn('AM', { guards: new Set([BASE, BASE + 1]) });
    expect(loads(state, 0)).toEqual(['SIGSEGV access/guard']);
    expect(stores(state, 1).end).toBe('SIGSEGV');
  });
  it('huge pages come from the pool', () => {
    const empty = drawn('H'.repeat(512));
    expect(loads(empty, 0)).toEqual(['SIGBUS access/no-huge-page']);
    expect(stores(empty, 0).end).toBe('SIGBUS');
    const some = { environment: { hugePool: 4 } };
    expect(ends(drawn('H'.repeat(512), some), 0)).toEqual(['SIGBUS', '0']);
    expect(
      ends(
        each(drawn('H'.repeat(512), some), (m) => ({ ...m, flags: (m.flags & ~nr & ~0) | ht })),
        0,
      ),
    ).toEqual(['0']);
  });
  it('of what nothing is known, anything may be found', () => {
    const state = drawn('M');
    const unknown: State = {
      ...state,
      objects: new Map([[1, { kind: 'unknown', size: 0, contents: new Map(), file: 1, customPlacement: false }]]),
    };
    expect(loads(unknown, 0, 'linux-6.18', { kind: 'value', value: 12345n })[0]).toBe('12345 access/loaded');
    expect(loads(unknown, 0, 'linux-6.18', { kind: 'hung' })[0]).toBe('0 access/loaded');
  });
});

describe('userfaultfd', () => {
  const U = drawn('UU', { pages: new Map([[BASE, 7]]) });
  const present = (...list: number[]) => list.map((page) => ({ page: BASE + page, content: 0 }));
  it('a private copy is there; what nobody looked at may be; what the last look did not find is missing', () => {
    expect(ends({ ...U, present: [] }, 0)).toEqual(['7']);
    expect(loads(U, 1)).toEqual(['SIGBUS access/may-be-missing', '0 access/loaded']);
    expect(loads({ ...U, present: present(0) }, 1)).toEqual(['SIGBUS access/missing']);
    expect(ends({ ...U, present: present(0, 1) }, 1)).toEqual(['0']);
    expect(ends({ ...U, pages: new Map([[BASE, ANY_CONTENT]]) }, 0)).toContain('SIGBUS');
  });
  it('an object may have the page although this mapping never touched it', () => {
    const shared = each(drawn('MM', { present: [] }), (m) => ({ ...m, flags: m.flags | VMFLAG.um, uffd: 1 }));
    expect(ends(shared, 0)).toEqual(['77']);
    const blank = {
      ...shared,
      objects: new Map([...shared.objects].map(([k, o]) => [k, { ...o, contents: new Map() }])),
    };
    expect(ends(blank, 0)).toEqual(['SIGBUS', '0']);
    const minor = each(shared, (m) => ({ ...m, flags: VMFLAG.mw | ui }));
    expect(ends(minor, 0)).toEqual(['SIGBUS', '77']);
    expect(ends({ ...minor, present: present(0) }, 0)).toEqual(['77']);
  });
  it('without signals the access waits for nobody; if it came back, the page was there', () => {
    const waiting: State = {
      ...U,
      uffds: new Map([[1, { enabled: true, features: 0n, eventRemap: false, sigbus: false, userModeOnly: true }]]),
    };
    expect(ends(waiting, 0)).toEqual(['7']);
    expect(ends(waiting, 1)).toEqual(['0']);
    expect(() => loads(waiting, 1, 'linux-6.18', { kind: 'hung' })).toThrow('wait for a handler');
    expect(() => loads({ ...waiting, present: [] }, 1)).toThrow('wait for a handler');
  });
  it('write-protect registration alone changes nothing', () => {
    const wp = each(U, (m) => ({ ...m, flags: m.flags ^ VMFLAG.um ^ VMFLAG.uw }));
    expect(ends({ ...wp, present: [] }, 1)).toEqual(['0']);
    expect(stores(wp, 1).end).toBe('0');
  });
});

describe('stacks', () => {
  const down = (text: string, changes = {}) =>
    each(drawn(text, changes), (m) => (text[m.start - BASE] === 'G' ? { ...m, flags: m.flags | gd } : m));
  const small = { environment: { stackGap: 2, stackLimit: 6 } };
  it('grow down to the page that is touched', () => {
    expect(stores(down('....GG', small), 2).after).toBe('..x0GG..');
    expect(ends(down('....GG', small), 2)).toEqual(['0']);
    expect(ends(down('....AA', small), 3)).toEqual(['SIGSEGV']);
    expect(ends(down('....AAGG', small), 3)).toEqual(['SIGSEGV']);
  });
  it('keep a distance from what can be accessed', () => {
    expect(loads(down('A...GG', small), 2)).toEqual(['SIGSEGV access/stack-guard-gap']);
    expect(ends(down('A...GG', small), 3)).toEqual(['0']);
    expect(
      ends(
        each(down('A...GG', small), (m) => (m.start === BASE ? { ...m, prot: 0 } : m)),
        1,
      ),
    ).toEqual(['0']);
    expect(ends(down('G...G', small), 1)).toEqual(['0']);
  });
  it('as the manual has it: one page at a time, one page of distance', () => {
    expect(ends(down('A...GG', small), 3, 'documented')).toEqual(['0']);
    expect(ends(down('A...GG', small), 2, 'documented')).toEqual(['SIGSEGV', '0']);
    expect(ends(down('A.GG', small), 1, 'documented')).toEqual(['SIGSEGV']);
  });
  it('stop at limits', () => {
    const limits = { as: 104 * 4096, data: 0, memlock: Infinity };
    expect(loads(down('....GG', { ...small, limits }), 1)).toEqual(['SIGSEGV access/stack-size-limit']);
    expect(ends(down('....GG', { ...small, limits }), 2)).toEqual(['0']);
    expect(loads(down('.......GG', small), 2)).toEqual(['SIGSEGV access/stack-limit']);
    expect(ends(down('.......GG', small), 3)).toEqual(['0']);
    expect(loads(down('..........GG', small), 2)).toEqual(['SIGSEGV access/unmapped']);
    const merged = down('....GGGG', small);
    const [m] = merged.mappings as [Mapping];
    const apart = {
      ...merged,
      mappings: [
        { ...m, end: BASE + 6 },
        { ...m, start: BASE + 6 },
      ],
    };
    expect(loads(apart, 1)).toEqual(['SIGSEGV access/stack-may-be-beyond-limit', '0 access/loaded']);
    const locked = (memlock: number) =>
      each(down('....GG', { ...small, limits: { as: Infinity, data: 0, memlock } }), (x) => ({
        ...x,
        flags: x.flags | lo,
      }));
    expect(loads(locked(3 * 4096), 2)).toEqual(['SIGSEGV access/stack-memlock-limit']);
    expect(ends(locked(4 * 4096), 2)).toEqual(['0']);
    expect(loads(down('....GG', { environment: { ...small.environment, memory: 1 } }), 2)).toEqual([
      'SIGSEGV access/stack-commit-limit',
    ]);
  });
  it('grow before the access is found to be forbidden', () => {
    const readOnly = each(down('....GG', small), (m) => ({ ...m, prot: 1 }));
    expect(stores(readOnly, 2)).toMatchObject({ end: 'SIGSEGV', after: '..00GG..' });
  });
});
