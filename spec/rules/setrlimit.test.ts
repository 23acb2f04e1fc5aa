import { describe, expect, it } from 'vitest';
import { RLIM_INFINITY, RLIMIT } from '../abi.ts';
import type { State } from '../state.ts';
import { call, drawn, endText, outcomesOf, profile } from '../testing.ts';

const run = (state: State, resource: bigint, cur: bigint, max: bigint, name = 'linux-6.18') => {
  const all = outcomesOf(profile(name), state, call('setrlimit', resource, cur, max));
  const [outcome] = all;
  if (!outcome) throw new Error('no outcome');
  return { ends: all.map(endText), state: outcome.state };
};

const able = (sysResource: boolean): State =>
  drawn('A', { capabilities: { ipcLock: false, rawIo: false, sysResource } });

describe('setrlimit', () => {
  it('sets soft and hard limits in bytes', () => {
    const { state } = run(able(false), RLIMIT.AS, 5000n, 9000n);
    expect([state.limits.as, state.hardLimits.as]).toEqual([5000, 9000]);
    expect(run(state, RLIMIT.AS, 1n, 9000n).ends).toEqual(['0']);
    expect(run(state, RLIMIT.AS, 1n, RLIM_INFINITY).ends).toEqual(['EPERM']);
    expect(
      run({ ...state, capabilities: able(true).capabilities }, RLIMIT.AS, 1n, RLIM_INFINITY).state.hardLimits.as,
    ).toBe(Infinity);
    expect(() => run({ ...state, capabilities: drawn('').capabilities }, RLIMIT.AS, 1n, RLIM_INFINITY)).toThrow(
      'CAP_SYS_RESOURCE',
    );
  });

  it('rejects what is no limit', () => {
    expect(run(able(false), 16n, 1n, 1n).ends).toEqual(['EINVAL']);
    expect(run(able(false), RLIMIT.DATA, 2n, 1n).ends).toEqual(['EINVAL']);
    expect(() => run(able(false), 7n, 1n, 1n)).toThrow('limit 7');
  });

  it('takes no data at all for all that the hard limit allows, unlike the manual', () => {
    expect(run(able(false), RLIMIT.DATA, 0n, 8192n).state.limits.data).toBe(8192);
    expect(run(able(false), RLIMIT.DATA, 0n, 8192n, 'documented').state.limits.data).toBe(0);
    expect(run(able(false), RLIMIT.DATA, 1n, 8192n).state.limits.data).toBe(1);
    expect(run(able(false), RLIMIT.MEMLOCK, 0n, 8192n).state.limits.memlock).toBe(0);
  });

  it('bounds stacks', () => {
    const { state, ends } = run(able(true), RLIMIT.STACK, 9000n, RLIM_INFINITY);
    expect(ends).toEqual(['0']);
    expect(state.environment.stackLimit).toBe(2);
    expect(run(able(true), RLIMIT.STACK, RLIM_INFINITY, RLIM_INFINITY).state.environment.stackLimit).toBe(Infinity);
    expect(run(able(false), RLIMIT.STACK, 9000n, RLIM_INFINITY).ends).toEqual(['EPERM', '0']);
  });
});
