import { describe, expect, it } from 'vitest';
import type { Result } from '../calls.ts';
import { FILE_CONTENT } from '../observation.ts';
import type { State } from '../state.ts';
import { call, drawn, endText, outcomesOf, profile } from '../testing.ts';

const value = (n: bigint): Result => ({ kind: 'value', value: n });

const run = (name: string, state: State, ...[call_, seen]: [ReturnType<typeof call>, Result?]) => {
  const all = outcomesOf(profile(name), state, call_, seen);
  const [outcome] = all;
  if (!outcome || all.length > 1) throw new Error('not one outcome');
  return { end: endText(outcome), state: outcome.state, rules: outcome.rules };
};

describe('openat', () => {
  const open = (state: State, file: number, flags: number, fd = 3n) =>
    run('linux-6.18', state, call('openat', file, flags), value(fd));

  it('opens the same file again, as it is now', () => {
    const first = open(drawn(''), 0, 2).state;
    const second = open(first, 0, 0, 4n).state;
    expect(second.objects.size).toBe(1);
    expect(second.descriptors.get(3)).toEqual({ ...second.descriptors.get(4), writable: true });
    const [file] = second.objects.values();
    expect(file).toMatchObject({ kind: 'file', size: 16, customPlacement: false });
    expect(file?.contents.get(2)).toBe(FILE_CONTENT + 2);
    const zero = open(second, 1, 2, 5n).state;
    expect([...zero.objects.values()].at(-1)).toMatchObject({
      kind: 'zero device',
      size: Infinity,
      customPlacement: true,
    });
  });

  it('knows what a descriptor may do', () => {
    const may = (flags: number) => {
      const d = open(drawn(''), 0, flags).state.descriptors.get(3);
      return [d?.readable, d?.writable];
    };
    expect([may(0), may(1), may(2), may(3)]).toEqual([
      [true, false],
      [false, true],
      [true, true],
      [false, false],
    ]);
  });

  it('gives a number that is free', () => {
    const state = open(drawn(''), 0, 2).state;
    expect(open(state, 0, 2, 3n).end).not.toBe('3');
    expect(open(state, 0, 2, 3n).state.descriptors.size).toBe(1);
    expect(run('linux-6.18', state, call('openat', 0, 2), { kind: 'error', errno: 'EMFILE' }).end).not.toBe('-1');
  });

  it('finds no other file, and does not follow other flags', () => {
    expect(open(drawn(''), 2, 0).end).toBe('ENOENT');
    expect(() => open(drawn(''), 0, 0o1000)).toThrow('flags');
  });
});

describe('memfd_create', () => {
  const create = (name: string, flags: bigint) => run(name, drawn(''), call('memfd_create', flags), value(3n));

  it('makes an empty object', () => {
    const { state, end } = create('linux-6.18', 1n);
    expect(end).toBe('3');
    expect([...state.objects.values()]).toEqual([
      { kind: 'memfd', size: 0, contents: new Map(), file: 0, customPlacement: false },
    ]);
  });

  it.each([
    ['linux-6.18', 32n, 'memfd_create/unknown-flag'],
    ['linux-6.18', 1n << 31n, 'memfd_create/unknown-flag'],
    ['linux-6.18', 24n, 'memfd_create/executable-and-not'],
    ['linux-6.1', 8n, 'memfd_create/unknown-flag-early'],
    ['documented', 6n, 'memfd_create/sealed-huge'],
  ])('%s: EINVAL for %s', (name, flags, rule) => {
    expect(create(name, flags)).toMatchObject({ end: 'EINVAL', rules: [rule] });
  });

  it('does not follow huge pages', () => {
    const { state } = create('linux-6.18', 4n | (21n << 26n));
    expect([...state.objects.values()][0]?.kind).toBe('unknown');
    const failed: Result = { kind: 'error', errno: 'ENODEV' };
    expect(() => outcomesOf(profile('linux-6.18'), drawn(''), call('memfd_create', 4n), failed)).toThrow('available');
  });
});

describe('close', () => {
  const descriptors = new Map([
    [3, { kind: 'object', id: 1, readable: true, writable: true } as const],
    [4, { kind: 'uffd', id: 1, readable: true, writable: false } as const],
  ]);

  it('leaves mappings', () => {
    const { state } = run('linux-6.18', drawn('MM', { descriptors }), call('close', 3));
    expect(state.mappings).toHaveLength(1);
    expect([...state.descriptors.keys()]).toEqual([4]);
  });

  it('of a userfaultfd unregisters', () => {
    const { state, rules } = run('linux-6.18', drawn('AU', { descriptors }), call('close', 4));
    expect(rules).toContain('close/userfaultfd');
    expect(state.mappings.every((m) => m.uffd === 0)).toBe(true);
  });

  it('needs a descriptor', () => {
    expect(run('linux-6.18', drawn('A'), call('close', 3)).end).toBe('EBADF');
    expect(run('linux-6.18', drawn('A', { descriptors }), call('close', (1n << 32n) + 3n)).end).toBe('0');
  });
});
