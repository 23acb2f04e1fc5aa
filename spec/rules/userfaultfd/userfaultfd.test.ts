import { describe, expect, it } from 'vitest';
import { UFFDIO_REGISTER_MODE as MODE, UFFD_FEATURE } from '../../abi.ts';
import type { CallName } from '../../calls.ts';
import { decide } from '../../engine.ts';
import { VMFLAG } from '../../observation.ts';
import { type Context, performs, procedure, returns } from '../../rule.ts';
import { change, Unknown } from '../../space.ts';
import type { Descriptor, State } from '../../state.ts';
import { at, BASE, call, drawn, endText, outcomesOf, pages, profile } from '../../testing.ts';
import { type ClosingUffd, closeUffd } from '../userfaultfd.ts';

const { um, uw, ui, mw } = VMFLAG;

/** Descriptors 3 and 4 are userfaultfds 1 and 2, 5 is one that is not enabled, 6 a file. */
const world = (text: string, changes: Parameters<typeof drawn>[1] = {}): State => {
  const state = drawn(text, changes);
  const uffd = (id: number) => ({ kind: 'uffd', id, readable: true, writable: false }) as const;
  return change(state, {
    descriptors: new Map<number, Descriptor>([
      [3, uffd(1)],
      [4, uffd(2)],
      [5, uffd(3)],
      [6, { kind: 'object', id: 9, readable: true, writable: true }],
    ]),
    uffds: new Map(state.uffds).set(3, {
      enabled: false,
      features: 0n,
      eventRemap: false,
      sigbus: false,
      userModeOnly: false,
    }),
  });
};

const all = (name: string, state: State, ...[what, ...args]: [CallName, ...(bigint | number)[]]) =>
  outcomesOf(profile(name), state, call(what, ...args), { kind: 'value', value: 7n });

const one = (name: string, state: State, ...c: [CallName, ...(bigint | number)[]]) => {
  const found = all(name, state, ...c);
  expect(found.map(endText)).toHaveLength(1);
  return { end: endText(found[0]!), rule: found[0]!.rules.at(-1), state: found[0]!.state };
};

/** Modes of the first pages: `.` none, `m` missing, `w` write protect, `i` minor, joined as their number. */
const modes = (state: State): string =>
  Array.from({ length: 4 }, (_, i) => {
    const m = state.mappings.find((x) => x.start <= BASE + i && BASE + i < x.end);
    if (!m) return ' ';
    return m.uffd === 0 ? '.' : `${(m.flags & um ? 1 : 0) | (m.flags & uw ? 2 : 0) | (m.flags & ui ? 4 : 0)}`;
  }).join('');

describe('userfaultfd', () => {
  const state = world('A', { environment: { features: ['userfaultfd', 'userfaultfd_kernel_faults'] } });
  it('makes one that is not enabled', () => {
    const { end, state: after } = one('linux-6.18', state, 'userfaultfd', 0x80801);
    expect(end).toBe('7');
    expect(after.descriptors.get(7)).toMatchObject({ kind: 'uffd', id: 10 });
    expect(after.uffds.get(10)).toEqual({
      enabled: false,
      features: 0n,
      eventRemap: false,
      sigbus: false,
      userModeOnly: true,
    });
  });
  it('knows its flags, of 32 bits', () => {
    expect(one('linux-6.18', state, 'userfaultfd', 2).end).toBe('EINVAL');
    expect(one('linux-6.18', state, 'userfaultfd', 1n << 32n).end).toBe('7');
  });
  it('gives a number that is not open', () => {
    const taken = outcomesOf(profile('linux-6.18'), state, call('userfaultfd', 0), { kind: 'value', value: 3n });
    expect(taken.map(endText)).toEqual(['-1']);
  });
  it('may be refused where the machine says nothing', () => {
    expect(all('linux-6.18', world('A'), 'userfaultfd', 0).map(endText)).toEqual(['ENOSYS', 'EPERM', '7']);
    expect(all('linux-6.18', world('A'), 'userfaultfd', 1).map(endText)).toEqual(['ENOSYS', '7']);
  });
});

describe('uffdio_api', () => {
  it('enables what was asked for', () => {
    const { end, state } = one(
      'linux-6.18',
      world('A'),
      'uffdio_api',
      5,
      UFFD_FEATURE.SIGBUS | UFFD_FEATURE.EVENT_REMAP,
    );
    expect(end).toBe('0');
    expect(state.uffds.get(3)).toEqual({
      enabled: true,
      features: 0x84n,
      eventRemap: true,
      sigbus: true,
      userModeOnly: false,
    });
  });
  it('needs a userfaultfd', () => {
    expect(one('linux-6.18', world('A'), 'uffdio_api', 9, 0).end).toBe('EBADF');
    expect(one('linux-6.18', world('A'), 'uffdio_api', 6, 0).end).toBe('ENOTTY');
  });
  it('knows features by release', () => {
    const until: [bigint, string, string][] = [
      [UFFD_FEATURE.WP_UNPOPULATED, 'linux-6.1', 'linux-6.12'],
      [UFFD_FEATURE.POISON | UFFD_FEATURE.WP_ASYNC, 'linux-6.1', 'linux-6.12'],
      [UFFD_FEATURE.MOVE, 'linux-6.1', 'linux-6.12'],
      [1n << 17n, 'linux-7.2', 'linux-7.3'],
    ];
    for (const [feature, without, first] of until) {
      expect(one(without, world('A'), 'uffdio_api', 5, feature).end).toBe('EINVAL');
      expect(one(first, world('A'), 'uffdio_api', 5, feature).end).toBe('0');
    }
    expect(one('linux-7.3', world('A'), 'uffdio_api', 5, 1n << 18n).rule).toBe('uffdio_api/rwp-async-alone');
    expect(one('linux-7.3', world('A'), 'uffdio_api', 5, 1n << 40n).rule).toBe('uffdio_api/unknown-feature-still');
  });
  it('knows features by machine', () => {
    const state = world('A', { environment: { features: ['UFFD_FEATURE_SIGBUS'] } });
    expect(one('linux-6.18', state, 'uffdio_api', 5, UFFD_FEATURE.SIGBUS).end).toBe('0');
    expect(one('linux-6.18', state, 'uffdio_api', 5, UFFD_FEATURE.MINOR_SHMEM).rule).toBe(
      'uffdio_api/feature-not-offered',
    );
  });
  it('may want a privilege for fork events', () => {
    expect(all('linux-6.18', world('A'), 'uffdio_api', 5, UFFD_FEATURE.EVENT_FORK).map(endText)).toEqual([
      'EPERM',
      '0',
    ]);
  });
  it('is done once; the manual allows a second time if the first asked for nothing', () => {
    const once = one('linux-6.18', world('A'), 'uffdio_api', 5, 0).state;
    expect(one('linux-6.18', once, 'uffdio_api', 5, 0x80).rule).toBe('uffdio_api/enabled-before');
    expect(one('documented', once, 'uffdio_api', 5, 0x80).end).toBe('0');
    expect(one('documented', world('A'), 'uffdio_api', 3, 0).rule).toBe('uffdio_api/features-enabled-before');
  });
});

describe('uffdio_register', () => {
  const register = (
    name: string,
    state: State,
    fd: number,
    start: bigint,
    length: bigint | number,
    mode: bigint | number,
  ) => one(name, state, 'uffdio_register', fd, start, length, mode);
  const bad: [string, [number, bigint, bigint | number, bigint | number], string, string][] = [
    ['not open', [9, at(0), 4096, 1], 'EBADF', 'not-open'],
    ['a file', [6, at(0), 4096, 1], 'ENOTTY', 'not-a-userfaultfd'],
    ['not enabled', [5, at(0), 4096, 1], 'EINVAL', 'not-enabled'],
    ['no mode', [3, at(0), 4096, 0], 'EINVAL', 'no-mode'],
    ['unknown mode', [3, at(0), 4096, 16], 'EINVAL', 'unknown-mode'],
    ['start unaligned', [3, at(0) + 1n, 4096, 1], 'EINVAL', 'unaligned'],
    ['length unaligned', [3, at(0), 4097, 1], 'EINVAL', 'unaligned'],
    ['empty', [3, at(0), 0, 1], 'EINVAL', 'empty'],
    ['beyond user space', [3, (1n << 47n) - 4096n, 8192, 1], 'EINVAL', 'beyond-user-space'],
    ['a hole', [3, at(2), 4096, 1], 'EINVAL', 'unmapped'],
  ];
  it.each(bad)('%s', (_, args, end, rule) => {
    expect(register('linux-6.18', world('AA'), ...args)).toMatchObject({ end, rule: `uffdio_register/${rule}` });
  });

  it('registers over holes', () => {
    const { end, state } = register('linux-6.18', world('A.BB'), 3, at(0), pages(4), 3);
    expect([end, modes(state)]).toEqual(['0', '3 33']);
    expect(state.mappings.map((m) => m.uffd)).toEqual([1, 1]);
  });
  it('replaces modes, unless all that is asked for is there', () => {
    const first = register('linux-6.18', world('AAAA'), 3, at(0), pages(4), MODE.WP).state;
    const both = register('linux-6.18', first, 3, at(1), 4096, 3).state;
    expect(modes(both)).toBe('2322');
    const again = register('linux-6.18', both, 3, at(0), pages(2), MODE.MISSING);
    expect([again.end, modes(again.state)]).toEqual(['0', '1322']);
    expect(register('linux-7.3', both, 3, at(0), pages(2), MODE.MISSING)).toMatchObject({
      end: 'EBUSY',
      rule: 'uffdio_register/drops-write-protection',
    });
  });
  it('changes nothing if one mapping cannot be registered', () => {
    const table: [string, bigint, string, string][] = [
      ['AF', MODE.MISSING, 'EINVAL', '..'],
      ['AM', MODE.MINOR, 'EINVAL', '..'],
      ['AV', MODE.MISSING, 'EBUSY', '.1'],
    ];
    for (const [text, mode, end, after] of table) {
      const found = register('linux-6.18', world(text), 3, at(0), pages(2), mode);
      expect([found.end, modes(found.state)]).toEqual([end, `${after}  `]);
    }
  });
  it('knows kinds of memory', () => {
    for (const kind of 'AZM') expect(register('linux-6.18', world(kind), 3, at(0), 4096, 3).end).toBe('0');
    expect(register('linux-6.18', world('M'), 3, at(0), 4096, MODE.MINOR).end).toBe('0');
    expect(register('linux-6.18', world('Z'), 3, at(0), 4096, MODE.MINOR).end).toBe('EINVAL');
    const z = world('Z');
    const zeroes = change(z, { mappings: z.mappings.map((m) => ({ ...m, prot: 1, shared: true, flags: 0 })) });
    expect(register('linux-6.18', zeroes, 3, at(0), 4096, MODE.MINOR).end).toBe('EINVAL');
    expect(register('linux-6.18', zeroes, 3, at(0), 4096, MODE.MISSING).end).toBe('EPERM');
    const state = world('F');
    const onTmpfs = change(state, { environment: { ...state.environment, fileInSharedMemory: true } });
    expect(register('linux-6.18', state, 3, at(0), 4096, MODE.MISSING).end).toBe('EINVAL');
    expect(register('linux-6.18', onTmpfs, 3, at(0), 4096, MODE.MISSING).end).toBe('0');
    const wpAsync = {
      enabled: true,
      features: UFFD_FEATURE.WP_ASYNC,
      eventRemap: false,
      sigbus: false,
      userModeOnly: false,
    };
    const everyKind = change(state, { uffds: new Map([[1, wpAsync]]) });
    expect(register('linux-6.18', everyKind, 3, at(0), 4096, MODE.WP).end).toBe('0');
    expect(register('linux-6.18', everyKind, 3, at(0), 4096, 3).end).toBe('EINVAL');
    const readOnly = change(everyKind, { mappings: everyKind.mappings.map((m) => ({ ...m, flags: m.flags & ~mw })) });
    expect(register('linux-6.18', readOnly, 3, at(0), 4096, MODE.WP)).toMatchObject({ end: 'EPERM' });
    const special = change(state, {
      mappings: state.mappings.map((m) => ({ ...m, object: 0, flags: m.flags | VMFLAG.de })),
    });
    expect(register('linux-6.18', special, 3, at(0), 4096, 1).end).toBe('EINVAL');
  });
  it('wants whole huge pages', () => {
    const state = world('H'.repeat(1024));
    expect(register('linux-6.18', state, 3, at(0), pages(512), 1).end).toBe('0');
    expect(register('linux-6.18', state, 3, at(1), pages(511), 1).rule).toBe('uffdio_register/starts-inside-huge-page');
    expect(register('linux-6.18', state, 3, at(0), pages(513), 1).rule).toBe('uffdio_register/ends-inside-huge-page');
  });
  it('needs room for its cuts', () => {
    const state = world('AAAA', { environment: { maxMapCount: 12 } });
    expect(register('linux-6.18', state, 3, at(1), 4096, 1)).toMatchObject({
      end: 'ENOMEM',
      rule: 'modify/cut-at-limit',
    });
  });
  it('knows the new mode of 7.3 only as far as it is refused', () => {
    for (const name of ['documented', 'linux-7.2']) {
      expect(register(name, world('A'), 3, at(0), 4096, 8).rule).toBe('uffdio_register/unknown-mode');
    }
    expect(register('linux-7.3', world('A'), 3, at(0), 4096, 16).rule).toBe('uffdio_register/unknown-mode-still');
    expect(register('linux-7.3', world('A'), 3, at(0), 4096, 8).rule).toBe('uffdio_register/rwp-not-enabled');
    const state = one('linux-7.3', world('A'), 'uffdio_api', 5, 1n << 17n).state;
    expect(register('linux-7.3', state, 5, at(0), 4096, 10).rule).toBe('uffdio_register/rwp-not-enabled');
    expect(() => register('linux-7.3', state, 5, at(0), 4096, 8)).toThrow(Unknown);
  });
  it('says nothing where nobody knows', () => {
    const state = world('M');
    const object = { ...state.objects.get(1)!, kind: 'unknown' as const };
    expect(() => register('linux-6.18', change(state, { objects: new Map([[1, object]]) }), 3, at(0), 4096, 1)).toThrow(
      Unknown,
    );
    const held = change(state, { mappings: state.mappings.map((m) => ({ ...m, uffd: -1 })) });
    expect(() => register('linux-6.18', held, 3, at(0), 4096, 1)).toThrow(Unknown);
  });
});

describe('uffdio_unregister and close', () => {
  const unregister = (name: string, state: State, fd: number, start: bigint, length: bigint | number) =>
    one(name, state, 'uffdio_unregister', fd, start, length);

  it('takes registrations back, and asks for none', () => {
    const { end, state } = unregister('linux-6.18', world('UA.U'), 3, at(0), pages(4));
    expect([end, modes(state)]).toEqual(['0', '.. .']);
  });
  it('refuses those of another since 6.17', () => {
    for (const name of ['linux-6.17', 'linux-7.3']) {
      const found = unregister(name, world('UV'), 3, at(0), pages(2));
      expect([found.end, modes(found.state)]).toEqual(['EINVAL', '11  ']);
    }
    for (const name of ['linux-6.1', 'linux-6.12', 'linux-6.16']) {
      expect(modes(unregister(name, world('UV'), 3, at(0), pages(2)).state)).toBe('..  ');
    }
  });
  it('refuses what could not be registered', () => {
    expect(unregister('linux-6.18', world('UF'), 3, at(0), pages(2)).end).toBe('EINVAL');
    expect(unregister('linux-6.18', world('AA'), 5, at(0), 4096).rule).toBe('uffdio_unregister/not-enabled');
    expect(unregister('linux-6.18', world('A'), 3, at(1), 4096).rule).toBe('uffdio_unregister/unmapped');
  });
  it('finds an end inside a huge page when the mappings before are done', () => {
    const huge = world('H'.repeat(1024));
    const [m] = huge.mappings;
    const halves = [512, 1024].map((end, i) => ({
      ...m!,
      start: BASE + end - 512,
      end: BASE + end,
      uffd: 1,
      flags: m!.flags | (i ? ui : um),
    }));
    const found = unregister('linux-6.18', change(huge, { mappings: halves }), 3, at(0), pages(513));
    expect(found).toMatchObject({ end: 'EINVAL', rule: 'modify/cut-inside-huge-page' });
    expect(found.state.mappings.map((x) => x.uffd)).toEqual([0, 1]);
  });
  it('closing unregisters everything of its own', () => {
    const closing = procedure<Context>('close', [
      {
        id: 'test/close',
        kernel: 'here',
        when: () => true,
        then: performs(closeUffd, (c): ClosingUffd => ({ ...c, id: 1 })),
      },
      { id: 'test/done', kernel: 'here', when: () => true, then: returns(() => 0n) },
    ]);
    const c = {
      profile: profile('linux-6.18'),
      state: world('UV.U'),
      call: call('close', 3),
      seen: { kind: 'value', value: 0n },
      scarce: false,
    } as const;
    const [outcome] = decide(closing, c);
    expect(modes(outcome!.state)).toBe('.1 .');
    expect(outcome!.state.uffds.has(1)).toBe(false);
  });
});
