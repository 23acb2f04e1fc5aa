import { expect, it } from 'vitest';
import type { CallName, Result } from '../../spec/index.ts';
import type { Run } from '../machine.ts';
import type { Program } from '../program/index.ts';
import { distribution, distributionTable, flagsName } from './distribution.ts';

const n = (offset: bigint) => ({ base: null, offset });
const program = (...calls: readonly [CallName, ...bigint[]][]): Program => ({
  header: [],
  lines: calls.map(([name, ...args]) => ({ name, operands: args.map(n) })),
});
const run = (p: Program, ...results: Result[]): Run => ({
  steps: results.map((result, i) => ({
    call: { name: p.lines[i]!.name, args: p.lines[i]!.operands.map((o) => o.offset) },
    result,
    seen: {},
  })),
});

const one = program(['mremap', 0x1000n, 4096n, 4096n, 3n, 0x8000n], ['load', 0n]);
const two = program(['mremap', 0x1000n, 4096n, 4096n, 3n, 0x8000n], ['mremap', 0x1000n, 4096n, 0n, 0n, 0n]);

it('counts calls, families and flags', () => {
  const d = distribution([one, two]);
  expect(d.programs).toBe(2);
  expect(d.calls.mremap!.calls).toBe(3);
  expect(d.families['pure move'].calls).toBe(2);
  expect(d.families['bad sizes'].calls).toBe(1);
  expect(d.flags['MAYMOVE|FIXED']!.calls).toBe(2);
  expect(d.flags['0']!.calls).toBe(1);
  expect(d.calls.mremap!.outcomes).toEqual({});
});

it('counts outcomes where there are runs, also of a run that ended early', () => {
  const runs = [
    run(one, { kind: 'value', value: 0x8000n }, { kind: 'signal', signal: 'SIGSEGV' }),
    run(two, { kind: 'error', errno: 'EFAULT' }),
  ];
  const d = distribution([one, two], runs);
  expect(d.families['pure move'].outcomes).toEqual({ ok: 1, EFAULT: 1 });
  expect(d.calls.load!.outcomes).toEqual({ SIGSEGV: 1 });
  expect(d.families['bad sizes'].outcomes).toEqual({});
});

it('prints a table with what succeeded first', () => {
  const d = distribution(
    [one, two],
    [run(one, { kind: 'value', value: 0n }, { kind: 'hung' }), run(two, { kind: 'error', errno: 'EFAULT' })],
  );
  expect(distributionTable(d.calls)).toBe(
    ['        calls  ok  EFAULT  hung', 'mremap      3   1       1', 'load        1                 1'].join('\n'),
  );
});

it('names flags as strace does', () => {
  expect([0n, 1n, 7n, 8n].map(flagsName)).toEqual(['0', 'MAYMOVE', 'MAYMOVE|FIXED|DONTUNMAP', 'unknown']);
});
