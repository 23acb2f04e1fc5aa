import { describe, expect, it } from 'vitest';
import type { Result } from './calls.ts';
import { judge } from './judge.ts';
import { type Observation, type SeenMapping, type SeenPage, VMFLAG } from './observation.ts';
import type { State } from './state.ts';
import { sums } from './state.ts';
import { at, BASE, call, draw, drawn, pages, profile, shown } from './testing.ts';

const P = profile('linux-6.18');

const zero: Result = { kind: 'value', value: 0n };
const munmapLast = call('munmap', at(20), 4096);
const see = (state: State, seen: Observation, result: Result = zero) =>
  judge(P, state, { call: munmapLast, result, seen });
const aspects = (state: State, seen: Observation) => see(state, seen).differences.map((d) => d.aspect);

describe('boundaries', () => {
  const state = drawn('AABB');
  const [whole] = shown(drawn('AAAA')) as [SeenMapping];
  it('are free where attributes are equal, and are taken over', () => {
    const merged = see(state, { mappings: [whole] });
    expect(merged).toMatchObject({ kind: 'allowed' });
    expect(merged.next.mappings).toHaveLength(1);
    const split = see(drawn('AAAA'), {
      mappings: [1, 2, 3].map((n, i) => ({
        ...whole,
        start: whole.start + i,
        end: i === 2 ? whole.end : whole.start + n,
      })),
    });
    expect(split.kind).toBe('allowed');
    expect(split.next.mappings.map((m) => m.end - m.start)).toEqual([1, 1, 2]);
  });
  it('must stand where attributes differ, even those that were not looked at', () => {
    expect(aspects(drawn('AASS'), { mappings: [whole] })).toEqual(['boundary']);
    expect(aspects(drawn('AAUU'), { mappings: [whole] })).toEqual(['boundary']);
  });
  it('and what stands there is taken over, another backing with its offset', () => {
    const [m] = shown(drawn('MMMM')) as [SeenMapping];
    const seen = { mappings: [{ ...m, file: 77, offset: 3 }] };
    const wrong = see(drawn('AAAA'), seen);
    expect(wrong.kind).toBe('forbidden');
    // What follows is judged by what was seen.
    expect(see(wrong.next, seen).differences).toEqual([]);
  });
  it('leave open what holds where one is missing and nobody looked at the flags', () => {
    const merged = see(drawn('AASS'), { mappings: [whole] }).next;
    const next = { call: call('mlock', at(1), 4096), result: zero, seen: {} };
    expect(judge(P, merged, next)).toMatchObject({ kind: 'unknown' });
    const flags = VMFLAG.mw | VMFLAG.ac;
    const looked = see(drawn('AASS'), { mappings: [{ ...whole, flags }] }).next;
    expect(judge(P, looked, next)).toMatchObject({ kind: 'allowed' });
  });
  it('must stand where offsets do not continue', () => {
    const parted = drawn('MMMM');
    const [m] = parted.mappings;
    if (!m) throw new Error('no mapping');
    const state2: State = {
      ...parted,
      mappings: [
        { ...m, end: m.start + 2 },
        { ...m, start: m.start + 2, offset: 3 },
      ],
    };
    expect(aspects(state2, { mappings: [{ ...whole, shared: true, file: 1 }] })).toEqual(['offset', 'boundary']);
  });
});

describe('an error that nothing allows', () => {
  it('leaves open what it may have done and no look tells', () => {
    const guarded: State = { ...drawn('AA'), guards: new Set([BASE]) };
    const [whole] = shown(guarded) as [SeenMapping];
    const call = { name: 'munmap', args: [at(0), 4096n] } as const;
    // Has the call removed the page with its marker, or was it something else?
    const nothing = judge(P, guarded, { call, result: { kind: 'error', errno: 'EBUSY' }, seen: { mappings: [whole] } });
    const content = (page: SeenPage) =>
      judge(P, nothing.next, { call: munmapLast, result: zero, seen: { mappings: [whole], touched: [page] } })
        .differences;
    expect(content({ page: BASE, signal: 'SIGSEGV' })).toEqual([]);
    expect(content({ page: BASE, content: 0 })).toEqual([]);
  });
});

describe('mappings', () => {
  const state = drawn('AA.BB');
  const [a, b] = shown(state) as [SeenMapping, SeenMapping];
  it.each([
    ['missing at the end', [a], ['mapping']],
    ['missing at the start', [b], ['mapping']],
    ['too short', [{ ...a, end: a.end - 1 }, b], ['mapping']],
    ['starts late', [{ ...a, start: a.start + 1 }, b], ['mapping']],
    ['too long', [{ ...a, end: a.end + 1 }, b], ['mapping']],
    ['over the hole', [{ ...a, end: b.end }], ['mapping']],
    ['one too many', [a, b, { ...b, start: b.end + 2, end: b.end + 3 }], ['mapping']],
    ['protection', [{ ...a, prot: 1 }, b], ['protection']],
    ['sharing', [{ ...a, shared: true }, b], ['sharing']],
    ['another backing', [{ ...a, file: 77 }, b], ['backing']],
    ['a flag', [{ ...a, flags: VMFLAG.mw | VMFLAG.ac | VMFLAG.lo }, b], ['flags lo']],
    ['as predicted', [a, { ...b, flags: VMFLAG.mw | VMFLAG.ac }], []],
  ])('%s', (_, mappings, expected) => {
    expect(aspects(state, { mappings })).toEqual(expected);
  });
  it('goes on from what was seen', () => {
    for (const mappings of [[a], [b], [{ ...a, end: b.end }], [a, b, { ...b, start: b.end + 2, end: b.end + 3 }]]) {
      const { next } = see(state, { mappings });
      expect(shown(next)).toEqual(mappings);
      expect(see(next, { mappings }).kind).toBe('allowed');
    }
  });
  it('learns how an object is shown, once', () => {
    const fresh: State = {
      ...drawn('MM'),
      objects: new Map([[1, { kind: 'memfd', size: 2, contents: new Map(), file: 0, customPlacement: false }]]),
    };
    const [m] = shown(fresh) as [SeenMapping];
    const first = see(fresh, { mappings: [{ ...m, file: 9 }] });
    expect(first.kind).toBe('allowed');
    expect(see(first.next, { mappings: [{ ...m, file: 9 }] }).kind).toBe('allowed');
    expect(see(first.next, { mappings: [{ ...m, file: 8 }] }).differences[0]?.aspect).toBe('backing');
  });
  it('takes over flags of which it was not sure', () => {
    const [m] = drawn('RR').mappings;
    if (!m) throw new Error('no mapping');
    const unsure: State = { ...drawn('RR'), mappings: [{ ...m, unsure: VMFLAG.ac }] };
    const [s] = shown(unsure) as [SeenMapping];
    const after = see(unsure, { mappings: [{ ...s, flags: VMFLAG.mw | VMFLAG.ac }] });
    expect(after.kind).toBe('allowed');
    expect(after.next.mappings[0]).toMatchObject({ flags: VMFLAG.mw | VMFLAG.ac, unsure: 0 });
    expect(see(after.next, { mappings: [{ ...s, flags: VMFLAG.mw }] }).differences[0]?.aspect).toBe('flags ac');
  });
});

describe('contents', () => {
  const state = drawn('AZM.');
  it('are compared page by page; what was not looked at is not judged', () => {
    expect(
      aspects(state, {
        present: [
          { page: BASE, content: 65 },
          { page: BASE + 1, content: 90 },
          { page: BASE + 2, content: 77 },
        ],
      }),
    ).toEqual([]);
    expect(aspects(state, { present: [{ page: BASE, content: 66 }] })).toEqual(['content']);
    expect(aspects(state, { present: [{ page: BASE, content: -1 }] })).toEqual(['content']);
    expect(aspects(state, { present: [{ page: BASE }] })).toEqual([]);
    expect(aspects(state, { touched: [{ page: BASE, signal: 'SIGBUS' }] })).toEqual(['content']);
    expect(aspects(state, {})).toEqual([]);
  });
  it('goes on from what was seen', () => {
    const { next } = see(state, { present: [{ page: BASE, content: 66 }] });
    expect(draw(next, 4)).toBe('BZM.');
  });
});

describe('residency', () => {
  const state = drawn('AAA', { capabilities: { ipcLock: true, rawIo: false } });
  const after = (name: 'mlock' | 'mlock2' | 'madvise', last: bigint | number, present: number[]) =>
    judge(P, state, {
      call: call(name, at(0), pages(2), ...(name === 'mlock' ? [] : [last])),
      result: zero,
      seen: { present: present.map((n) => ({ page: BASE + n, content: 65 })) },
    });
  it.each([
    ['mlock', 0],
    ['madvise', 22],
  ] as const)('%s promises it of the whole range', (name, last) => {
    expect(after(name, last, [0, 1]).kind).toBe('allowed');
    expect(after(name, last, [0, 2])).toMatchObject({
      kind: 'forbidden',
      differences: [{ aspect: 'residency', page: BASE + 1, seen: 'not in memory' }],
    });
    expect(after(name, last, [0, 1]).next.resident).toEqual([]);
  });
  it('locking on fault promises nothing', () => {
    expect(after('mlock2', 1, []).kind).toBe('allowed');
  });
});

describe('counters', () => {
  const state = drawn('AALL');
  const right = { vmSize: 104, vmLck: 2, vmData: 14, vmStk: 33, mapCount: 12 };
  it('are the sum of the mappings', () => {
    expect(sums(state)).toEqual({ size: 104, locked: 2, data: 14, stack: 33, count: 12 });
    expect(aspects(state, { counters: right })).toEqual([]);
    expect(aspects(state, { counters: { ...right, vmLck: 3, vmSize: 103 } })).toEqual(['vmSize', 'vmLck']);
  });
  it('once off, are judged by what changes them', () => {
    const { next } = see(state, { counters: { ...right, vmLck: 3 } });
    expect(see(next, { counters: { ...right, vmLck: 3 } }).kind).toBe('allowed');
    expect(see(next, { counters: right }).kind).toBe('forbidden');
  });
});

describe('results', () => {
  it('shows seen against allowed', () => {
    const state = drawn('AA');
    const verdict = judge(P, state, {
      call: call('mremap', at(0), 4096, 4096, 3, at(0)),
      result: zero,
      seen: { mappings: shown(state) },
    });
    expect(verdict).toMatchObject({
      kind: 'forbidden',
      allowed: ['-1 EINVAL'],
      differences: [{ aspect: 'result', seen: '0', allowed: '-1 EINVAL' }],
    });
    expect(verdict.rules).toEqual(['mremap/overlap']);
  });
  it('an unfixed place must be free, aligned and within user space', () => {
    const state = drawn('AB');
    const grow = (value: bigint, mappings: SeenMapping[]) =>
      judge(P, state, {
        call: call('mremap', at(0), 4096, 8192, 1),
        result: { kind: 'value', value },
        seen: { mappings },
      });
    const [, b] = shown(state) as [SeenMapping, SeenMapping];
    expect(grow(at(5), [b, { ...b, start: BASE + 5, end: BASE + 7 }]).kind).toBe('allowed');
    expect(grow(at(0), [{ ...b, start: BASE, end: BASE + 2 }]).kind).toBe('forbidden');
    expect(grow(at(5) + 1n, [b, { ...b, start: BASE + 5, end: BASE + 7 }]).kind).toBe('forbidden');
  });
  it('after an error that nothing allows, goes on from what was, if that is what is seen', () => {
    const state = { ...drawn('AA'), guards: new Set([BASE + 1]) };
    const verdict = judge(P, state, {
      call: call('mremap', at(0), pages(2), pages(2), 3, at(8)),
      result: { kind: 'error', errno: 'ENOMEM' },
      seen: { mappings: shown(state) },
    });
    expect(verdict).toMatchObject({ kind: 'forbidden', rules: expect.arrayContaining(['mremap/moved']) });
    expect([...verdict.next.guards]).toEqual([BASE + 1]);
  });
  it('a call that killed the process or hung is forbidden', () => {
    expect(see(drawn('A'), {}, { kind: 'died', signal: 'SIGKILL' })).toMatchObject({
      kind: 'forbidden',
      differences: [{ seen: 'killed by SIGKILL' }],
    });
    expect(see(drawn('A'), {}, { kind: 'hung' })).toMatchObject({
      kind: 'forbidden',
      differences: [{ seen: 'did not come back' }],
    });
    expect(see(drawn('A'), {}, { kind: 'signal', signal: 'SIGBUS' }).kind).toBe('forbidden');
  });
  it('is unknown where nothing is known', () => {
    const state: State = { ...drawn('A'), unknown: [{ start: BASE + 10, end: BASE + 30 }] };
    const verdict = see(state, { mappings: shown(state) });
    expect(verdict).toMatchObject({ kind: 'unknown', differences: [] });
    expect(verdict.reason).toContain('nothing is known of page');
    expect(
      judge(P, state, {
        call: call('munmap', at(20) + 1n, pages(1)),
        result: { kind: 'error', errno: 'EINVAL' },
        seen: {},
      }).kind,
    ).toBe('allowed');
  });
});

describe('flags that a kernel does not show', () => {
  const { mw, ac, lo, lf } = VMFLAG;
  const on = (release: string) => {
    const state = drawn('A', { environment: { release } });
    const [m] = state.mappings;
    if (!m) throw new Error('no mapping');
    return { ...state, mappings: [{ ...m, flags: mw | ac | lo | lf }] };
  };
  const unshown = (state: State) => {
    const [m] = shown(state);
    if (!m) throw new Error('no mapping');
    return { mappings: [{ ...m, flags: mw | ac | lo }] };
  };
  it('are not missed where they are predicted, and stay', () => {
    const old = on('6.1.192');
    expect(see(old, unshown(old))).toMatchObject({
      kind: 'allowed',
      next: { mappings: [{ flags: mw | ac | lo | lf }] },
    });
    expect(aspects(on('6.12.117'), unshown(old))).toEqual(['flags lf']);
  });
  it('stay through a deviation in others, and are not known of a mapping that nothing predicted', () => {
    const old = on('6.1.192');
    const [m] = shown(old);
    if (!m) throw new Error('no mapping');
    const deviating = see(old, { mappings: [{ ...m, flags: mw | lo }] });
    expect(deviating.differences.map((d) => d.aspect)).toEqual(['flags ac']);
    expect(deviating.next.mappings[0]).toMatchObject({ flags: mw | lo | lf, unsure: 0 });
    const added = see(old, {
      mappings: [
        { ...m, flags: mw | ac | lo },
        { ...m, start: m.end + 1, end: m.end + 2, flags: mw },
      ],
    });
    expect(added.next.mappings[1]).toMatchObject({ flags: mw, unsure: lf });
  });
});

describe('the number of mappings', () => {
  const own = { vmSize: 105, vmLck: 0, vmData: 15, vmStk: 33 };
  const state = drawn('AA.BBB');
  const counted = (mapCount: number, more: Observation = { mappings: shown(state) }) =>
    see(state, { ...more, counters: { ...own, mapCount } });
  it('is that of the mappings that are seen', () => {
    expect(counted(12).kind).toBe('allowed');
    expect(counted(13).differences).toEqual([{ aspect: 'mapCount', seen: '13 mappings', allowed: '12 mappings' }]);
    expect(counted(13).next.outside.count).toBe(11);
  });
  it('is free where nobody looks at them', () => expect(counted(13, {}).kind).toBe('allowed'));
});

describe('of several outcomes', () => {
  const { lo, mw, ac } = VMFLAG;
  // Page 1 has moved, the next piece has failed; the kernel has taken the lock from page 0, too.
  const seen = (start: number, end: number, flags: number): SeenMapping => {
    return { start: BASE + start, end: BASE + end, prot: 3, shared: false, offset: 0, file: 0, flags };
  };
  const step = {
    call: call('mremap', at(1), pages(2), pages(2), 7n, at(8)),
    result: { kind: 'error', errno: 'ENOMEM' } as const,
    seen: { mappings: [seen(0, 2, mw | ac), seen(2, 3, mw | ac), seen(8, 9, mw | ac | lo)] },
    scarce: true as const,
  };
  it('the one that has the same pages mapped is meant', () => {
    const verdict = judge(P, drawn('LLA'), step);
    expect(verdict.rules).toContain('mremap/left-mapped');
    expect(verdict.differences.map((d) => d.aspect).sort()).toEqual(['boundary', 'flags lo']);
  });
});
