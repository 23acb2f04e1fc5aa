import { describe, expect, it } from 'vitest';
import type { CallName } from '../../calls.ts';
import { VMFLAG } from '../../observation.ts';
import { contentAt } from '../../space.ts';
import type { State } from '../../state.ts';
import { at, BASE, call, drawn, endText, outcomesOf, pages, profile } from '../../testing.ts';

const { lo, lf } = VMFLAG;

/** Locks page by page: `l` locked, `f` locked on fault, `-` mapped, `.` not. */
const shown = (state: State, length: number): string =>
  Array.from({ length }, (_, i) => {
    const m = state.mappings.find((x) => x.start <= BASE + i && BASE + i < x.end);
    return m ? ((m.flags & lf) !== 0 ? 'f' : (m.flags & lo) !== 0 ? 'l' : '-') : '.';
  }).join('');

const all = (name: string, state: State, what: CallName, ...args: (bigint | number)[]) =>
  outcomesOf(profile(name), state, call(what, ...args)).map((o) => ({
    end: endText(o),
    after: shown(o.state, 6),
    rule: o.rules.at(-1),
    state: o.state,
  }));

const one = (state: State, what: CallName, ...args: (bigint | number)[]) => {
  const found = all('linux-6.18', state, what, ...args);
  expect(found.map((o) => o.end)).toHaveLength(1);
  return found[0] as NonNullable<(typeof found)[0]>;
};

const limited = (memlock: number, as = Infinity) => ({ limits: { as, data: Infinity, memlock } });
const rich = limited(Infinity);

describe('a range', () => {
  it('is rounded outwards', () => {
    expect(one(drawn('AAAA', rich), 'mlock', at(1) + 1n, 4096).after).toBe('-ll-..');
    expect(one(drawn('LLLL', rich), 'munlock', at(1) + 1n, 4095).after).toBe('l-ll..');
  });
  it('may be empty, also where rounding up wraps; the manual disagrees', () => {
    for (const name of ['mlock', 'munlock'] as const) {
      expect(one(drawn('A', rich), name, at(3), 0)).toMatchObject({ end: '0', rule: 'mlock/empty' });
      expect(one(drawn('A', rich), name, at(0), -1)).toMatchObject({ end: '0', rule: 'mlock/empty' });
      expect(one(drawn('A', rich), name, at(1), -4096)).toMatchObject({ end: 'EINVAL', rule: 'mlock/wraps' });
      expect(all('documented', drawn('A', rich), name, at(0), -1)).toMatchObject([{ rule: 'mlock/wraps-to-nothing' }]);
    }
  });
  it('ends at a hole; what stood before it stays changed, but is not faulted in', () => {
    expect(one(drawn('AA.A', rich), 'mlock', at(0), pages(4))).toMatchObject({
      end: 'ENOMEM',
      after: 'll.-..',
      rule: 'mlock/hole',
    });
    expect(one(drawn('LL.L', rich), 'munlock', at(1), pages(3))).toMatchObject({ end: 'ENOMEM', after: 'l-.l..' });
    expect(one(drawn('.A', rich), 'mlock', at(0), pages(2)).after).toBe('.-....');
    expect(one(drawn('F.', rich), 'mlock', at(0), pages(2)).state.pages.size).toBe(0);
  });
  it('is not judged where a mapping was seen without its flags', () => {
    const state = { ...drawn('AA', rich), unknown: [{ start: BASE, end: BASE + 2 }] };
    expect(() => one(state, 'mlock2', at(1), 4096, 1)).toThrow('nothing is known');
    expect(one({ ...state, unknown: [{ start: BASE + 2, end: BASE + 4 }] }, 'mlock', at(1), 4096).end).toBe('0');
  });
  it('the kind of lock follows the last call', () => {
    expect(one(drawn('LAA', rich), 'mlock2', at(0), pages(2), 1).after).toBe('ff-...');
    expect(one(one(drawn('LA', rich), 'mlock2', at(0), pages(2), 1).state, 'mlock', at(0), 4096).after).toBe('lf....');
    expect(one(drawn('A', rich), 'mlock2', at(0), 4096, 2)).toMatchObject({
      end: 'EINVAL',
      rule: 'mlock2/unknown-flag',
    });
    expect(one(drawn('A', rich), 'mlock2', at(0), 4096, 1n << 32n).after).toBe('l.....');
  });
  it('needs mappings for its cuts', () => {
    expect(one(drawn('AAA', { ...rich, environment: { maxMapCount: 11 } }), 'mlock', at(0), 4096).rule).toBe(
      'modify/cut-at-limit',
    );
  });
});

describe('limits', () => {
  it('of 0 is no right to lock at all, of less than a page no room', () => {
    expect(one(drawn('A', limited(0)), 'mlock', at(9), 0)).toMatchObject({
      end: 'EPERM',
      rule: 'mlock/needs-capability',
    });
    expect(one(drawn('A', limited(1)), 'mlock', at(0), 1)).toMatchObject({ end: 'ENOMEM', rule: 'mlock/limit' });
    expect(one(drawn('A', limited(1)), 'mlock', at(0), 0).end).toBe('0');
    expect(one(drawn('L', limited(0)), 'munlock', at(0), 1).after).toBe('-.....');
    const capable = { ...limited(0), capabilities: { ipcLock: true, rawIo: false } };
    expect(one(drawn('A', capable), 'mlock', at(0), 1).after).toBe('l.....');
  });
  it('what is locked already counts once', () => {
    expect(one(drawn('LLAA', limited(3 * 4096)), 'mlock', at(0), pages(3)).after).toBe('lll-..');
    expect(one(drawn('LLAA', limited(3 * 4096)), 'mlock', at(1), pages(3)).rule).toBe('mlock/limit');
    expect(one(drawn('LLAA', limited(3 * 4096)), 'mlock', at(0), 1n << 46n).rule).toBe('mlock/limit');
  });
});

describe('faulting in', () => {
  it('stops where there is nothing to be had: no access, a guard, beyond the object, no huge page', () => {
    const none = drawn('AA', rich);
    const closed = { ...none, mappings: none.mappings.map((m) => ({ ...m, prot: 0 })) };
    const guarded = drawn('AA', { ...rich, guards: new Set([BASE + 1]) });
    const short = drawn('MM', rich);
    const beyond = { ...short, mappings: short.mappings.map((m) => ({ ...m, offset: 1 })) };
    for (const state of [closed, guarded, beyond]) {
      expect(one(state, 'mlock', at(0), pages(2))).toMatchObject({
        end: 'ENOMEM',
        rule: 'mlock/stops',
        after: 'll....',
      });
      expect(all('documented', state, 'mlock', at(0), pages(2))).toMatchObject([{ end: 'EAGAIN', after: '--....' }]);
      expect(one(state, 'mlock2', at(0), pages(2), 1)).toMatchObject({ end: '0', after: 'ff....' });
    }
    expect(one(guarded, 'mlock', at(0), 4096).end).toBe('0');
    expect(one(drawn('H'.repeat(512), rich), 'mlock2', at(0), pages(512), 1)).toMatchObject({
      end: 'ENOMEM',
      after: '------',
    });
  });
  it('gives private mappings copies of their object, as far as it goes', () => {
    const state = drawn('FFFF', rich);
    const short = { ...state, objects: new Map([...state.objects].map(([key, o]) => [key, { ...o, size: 3 }])) };
    const { state: after, end } = one(short, 'mlock', at(1), pages(3));
    expect(end).toBe('ENOMEM');
    expect([...after.pages]).toEqual([
      [BASE + 1, 70],
      [BASE + 2, 70],
    ]);
    const readOnly = { ...state, mappings: state.mappings.map((m) => ({ ...m, prot: 1 })) };
    expect(one(readOnly, 'mlock', at(0), pages(4)).state.pages.size).toBe(0);
  });
  it('asks a userfaultfd about what is missing', () => {
    const looked = drawn('UU', { ...rich, pages: new Map([[BASE, 1]]), present: [] });
    expect(one(looked, 'mlock', at(0), 4096).end).toBe('0');
    expect(one(looked, 'mlock', at(0), 8192).rule).toBe('mlock/stops');
    expect(all('linux-6.18', { ...looked, present: undefined }, 'mlock', at(0), 8192).map((o) => o.end)).toEqual([
      'ENOMEM',
      '0',
    ]);
    const uffds = (userModeOnly: boolean) =>
      new Map([[1, { enabled: true, features: 0n, eventRemap: false, sigbus: false, userModeOnly }]]);
    expect(() => one({ ...looked, uffds: uffds(false) }, 'mlock', at(0), 8192)).toThrow('wait for a handler');
    expect(one({ ...looked, uffds: uffds(true) }, 'mlock', at(0), 8192).end).toBe('ENOMEM');
  });
});

describe('everything', () => {
  it.each([0, 4, 8])('mlockall(%i) is no request', (flags) => {
    expect(one(drawn('A', rich), 'mlockall', flags)).toMatchObject({ end: 'EINVAL', rule: 'mlockall/bad-flags' });
  });
  it('locks the machine’s own mappings too, and gives back what it locked; what cannot be locked is passed over', () => {
    const locked = one(drawn(`A${'.'.repeat(511)}H`, rich), 'mlockall', 1).state;
    expect(locked).toMatchObject({ outside: { locked: 90 }, ownLocked: 90, lockFuture: 0 });
    expect(shown(locked, 1)).toBe('l');
    expect(locked.mappings[1]?.flags).toBe(VMFLAG.mw | VMFLAG.nr | VMFLAG.ht | VMFLAG.de);
    const drifted = { ...locked, outside: { ...locked.outside, locked: 93 } };
    expect(one(drifted, 'munlockall').state).toMatchObject({ outside: { locked: 3 }, ownLocked: 0 });
    expect(one(one(drifted, 'mlockall', 1).state, 'munlockall').state.outside.locked).toBe(3);
  });
  it('remembers what the future shall be, and forgets what an earlier call said', () => {
    const future = one(drawn('A', rich), 'mlockall', 6).state;
    expect(future.lockFuture).toBe(lo | lf);
    expect(shown(future, 1)).toBe('-');
    expect(one(future, 'mlockall', 1).state.lockFuture).toBe(0);
    expect(one(future, 'mlockall', 7).after).toBe('f.....');
    expect(one(future, 'munlockall').state.lockFuture).toBe(0);
  });
  it('is bound by the size of everything, where it concerns the present', () => {
    expect(one(drawn('A', limited(100 * 4096)), 'mlockall', 1)).toMatchObject({
      end: 'ENOMEM',
      rule: 'mlockall/limit',
    });
    expect(one(drawn('A', limited(101 * 4096)), 'mlockall', 1).end).toBe('0');
    expect(one(drawn('A', limited(4096)), 'mlockall', 2).end).toBe('0');
    expect(one(drawn('A', limited(0)), 'mlockall', 2).end).toBe('EPERM');
  });
  it('makes private copies', () => {
    const { state } = one(drawn('FF', rich), 'mlockall', 1);
    expect(contentAt(state, state.mappings[0] as NonNullable<(typeof state.mappings)[0]>, BASE + 1)).toBe(70);
    expect(state.pages.size).toBe(2);
  });
});
