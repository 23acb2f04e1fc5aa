import { describe, expect, it } from 'vitest';
import { call, drawn, endText, outcomesOf, profile } from '../testing.ts';

const P = profile('linux-6.18');
const SYS_PTRACE = 19;
const EVENT_FORK = 2;

const ends = (state: Parameters<typeof outcomesOf>[1], c: Parameters<typeof outcomesOf>[2]): readonly string[] =>
  outcomesOf(P, state, c).map(endText);

describe('drop_capability', () => {
  const privileged = drawn('A', { environment: { features: ['userfaultfd', 'userfaultfd_kernel_faults', 'mseal'] } });
  const [dropped] = outcomesOf(P, privileged, call('drop_capability', SYS_PTRACE));
  it('takes away the right to a userfaultfd that serves faults of the kernel', () => {
    expect(ends(privileged, call('userfaultfd', 0))).not.toContain('EPERM');
    expect(ends(dropped?.state ?? privileged, call('userfaultfd', 0))).toContain('EPERM');
    expect(ends(dropped?.state ?? privileged, call('userfaultfd', 1))).not.toContain('EPERM');
  });
  it('leaves all other features', () => {
    expect(dropped?.state.environment.features).toEqual(['userfaultfd', 'mseal']);
    const [other] = outcomesOf(P, privileged, call('drop_capability', 21));
    expect(other?.state).toEqual(privileged);
  });
  it('knows 64 capabilities', () => {
    expect(ends(privileged, call('drop_capability', 64))).toEqual(['EINVAL']);
    expect(ends(privileged, call('uffdio_api', 3, EVENT_FORK))).toEqual(['EBADF']);
  });
});

describe('fill_mappings', () => {
  const state = drawn('AA.A');
  const missing = state.environment.maxMapCount - state.outside.count - 2;
  const fill = (s: typeof state, room: number | bigint) => {
    const [outcome] = outcomesOf(P, s, call('fill_mappings', room));
    if (!outcome) throw new Error('no outcome');
    return { end: endText(outcome), outside: outcome.state.outside, state: outcome.state };
  };

  it('leaves room for as many as asked for', () => {
    const { end, outside } = fill(state, 3);
    expect(end).toBe(`${missing - 3}`);
    expect(outside).toMatchObject({
      count: state.outside.count + missing - 3,
      size: state.outside.size + missing - 3,
      locked: 0,
    });
    expect(fill(state, missing).end).toBe('0');
    expect(fill(state, 1n << 63n)).toMatchObject({ end: '0', outside: state.outside });
  });

  it('locks them after mlockall(MCL_FUTURE), and lets munlockall and mlockall know', () => {
    const able = { ...state, lockFuture: 4, capabilities: { ipcLock: true, rawIo: false } };
    const filled = fill(able, missing - 10).state;
    expect([filled.outside.locked, filled.ownLocked, filled.environment.own.lockable]).toEqual([10, 10, 100]);
    expect(
      fill(
        {
          ...able,
          capabilities: { ipcLock: false, rawIo: false },
          limits: { as: Infinity, data: Infinity, memlock: 4096 },
        },
        0,
      ).end,
    ).toBe('EAGAIN');
  });

  it('stays within the limit of the address space', () => {
    expect(fill({ ...state, limits: { as: 4096, data: 0, memlock: 0 } }, 0).end).toBe('ENOMEM');
    expect(fill({ ...state, limits: { as: Infinity, data: 0, memlock: 0 } }, 0).end).toBe(`${missing}`);
  });
});
