import { expect, test } from 'vitest';
import type { Difference, Profile, State, Step, Verdict } from '../../spec/index.ts';
import { explainedBy, readExplanations } from './known.ts';

const header = (...values: string[]) => values.map((value) => ({ key: 'explains', value }));
const at = (page: number): bigint => BigInt(page) * 4096n;
const before = { environment: { pageSize: 4096 } } as unknown as State;
/** Two pages from 10 to 20. */
const step: Step = {
  call: { name: 'mremap', args: [at(10), 8192n, 8192n, 3n, at(20)] },
  result: { kind: 'value', value: at(20) },
  seen: {},
};
const verdict = (...differences: Partial<Difference>[]): Verdict =>
  ({
    rules: ['mremap/left-mapped'],
    differences: differences.map((d) => ({ seen: '', allowed: '', ...d })),
  }) as unknown as Verdict;

const files = (lines: string[], version: number, ...differences: Partial<Difference>[]) =>
  explainedBy(readExplanations('f', header(...lines)).explanations, { name: 'p', version } as Profile, {
    before,
    step,
    verdict: verdict(...differences),
  });

const MORE = { aspect: 'vmLck', seen: '4 pages', allowed: '2 pages' };

test('every difference must be explained', () => {
  const lines = ['mremap vmLck more, flags lo lf elsewhere when mremap/left-mapped'];
  expect(files(lines, 6018, MORE)).toEqual(['f']);
  expect(files(lines, 6018, MORE, { aspect: 'flags lo', page: 9 })).toEqual(['f']);
  expect(files(lines, 6018, MORE, { aspect: 'content', page: 9 })).toBeUndefined();
  expect(files(lines, 6018)).toBeUndefined();
});

test('distance, flags, place, rule and call count', () => {
  expect(files(['mremap vmLck less when mremap/left-mapped'], 6018, MORE)).toBeUndefined();
  const wrapped = ['mremap vmLck wrapped when mremap/left-mapped'];
  expect(files(wrapped, 6018, MORE)).toBeUndefined();
  expect(files(wrapped, 6018, { aspect: 'vmLck', seen: '-2147483648 pages', allowed: '2147483648 pages' })).toEqual([
    'f',
  ]);
  expect(files(wrapped, 6018, { aspect: 'vmLck', seen: '5 pages', allowed: '4294967301 pages' })).toEqual(['f']);
  expect(files(['mremap vmLck when mremap/left-mapped'], 6018, MORE)).toEqual(['f']);
  const flags = ['mremap flags lo elsewhere when mremap/left-mapped'];
  expect(files(flags, 6018, { aspect: 'flags lo sl', page: 9 })).toBeUndefined();
  expect(files(flags, 6018, { aspect: 'flags lo', page: 11 })).toBeUndefined();
  expect(files(flags, 6018, { aspect: 'flags lo', page: 20 })).toBeUndefined();
  expect(files(['mremap flags lo source when mremap/left-mapped'], 6018, { aspect: 'flags lo', page: 11 })).toEqual([
    'f',
  ]);
  expect(
    files(['mremap flags lo destination when mremap/left-mapped'], 6018, { aspect: 'flags lo', page: 21 }),
  ).toEqual(['f']);
  expect(files(['mremap vmLck more when mremap/moved'], 6018, MORE)).toBeUndefined();
  expect(files(['munmap vmLck more when mremap/left-mapped'], 6018, MORE)).toBeUndefined();
  const failing = (lines: string[], errno: 'EFAULT' | 'EPERM', ...differences: Partial<Difference>[]) =>
    explainedBy(readExplanations('f', header(...lines)).explanations, { name: 'p', version: 6018 } as Profile, {
      before,
      step: { ...step, result: { kind: 'error', errno } },
      verdict: verdict(...differences),
    });
  const result = { aspect: 'result', seen: '-1 EFAULT' };
  expect(failing(['mremap result EFAULT when mremap/left-mapped'], 'EFAULT', result)).toEqual(['f']);
  expect(failing(['mremap result EPERM when mremap/left-mapped'], 'EFAULT', result)).toBeUndefined();
  // A bug that makes the call fail explains what is gone then, and nothing where it succeeds or fails otherwise.
  const gone = { aspect: 'mapping', page: 10 };
  const lost = ['mremap result EFAULT, mapping source when mremap/left-mapped'];
  expect(failing(lost, 'EFAULT', result, gone)).toEqual(['f']);
  expect(failing(lost, 'EFAULT', gone)).toEqual(['f']);
  expect(failing(lost, 'EPERM', gone)).toBeUndefined();
  expect(files(lost, 6018, gone)).toBeUndefined();
});

test('holds for the kernels that it names', () => {
  const { explanations } = readExplanations('f', header('mremap vmLck when mremap/left-mapped since 6.15 until 7.2'));
  const known = (version: number) =>
    explainedBy(explanations, { name: 'p', version } as Profile, { before, step, verdict: verdict(MORE) });
  expect([6014, 6015, 7001, 7002].map((v) => known(v) !== undefined)).toEqual([false, true, true, false]);
});

test('says what it cannot read', () => {
  expect(readExplanations('f', header('mremap vmLck')).wrong).toContain('"explains: mremap vmLck" is not of the form');
  expect(readExplanations('f', []).wrong).toContain('explains');
});
