/** Whole runs, in threads, on machines that need no kernel. */
import { describe, expect, test } from 'vitest';
import { profileFor } from '../../spec/index.ts';
import { EXAMPLE } from '../example.ts';
import { type Fuzzed, type FuzzOptions, fuzz, type ShrunkReport } from './index.ts';

const bench = (wrong = ''): string => new URL(`./testing.ts${wrong}`, import.meta.url).href;

const run = (options: Partial<FuzzOptions>): Promise<Fuzzed> =>
  fuzz({
    ...{
      machine: 'model',
      environment: EXAMPLE,
      profile: profileFor('6.18'),
      faults: false,
      known: [],
      bench: bench(),
    },
    ...{ seed: 1, jobs: 1, programs: 320, isOver: () => false },
    ...options,
  });

/** All that a run says. */
const said = ({ findings, ...rest }: Fuzzed): unknown => ({ ...rest, findings: [...findings.groups] });

describe('one seed is one run', () => {
  test('on however many threads', async () => {
    const [one, two, three] = [
      await run({ bench: bench('?deviates'), jobs: 1 }),
      await run({ bench: bench('?deviates'), jobs: 2 }),
      await run({ bench: bench('?deviates'), jobs: 3 }),
    ];
    expect(one.programs).toBe(320);
    expect(one.findings.list('new').length).toBeGreaterThan(2);
    expect(said(two)).toEqual(said(one));
    expect(said(three)).toEqual(said(one));
  });
  test('and another seed is another one', async () => {
    const [one, two] = [await run({ seed: 1, programs: 200 }), await run({ seed: 2, programs: 200 })];
    expect(two.hash).not.toBe(one.hash);
    expect(two.keys).not.toBe(one.keys);
  });
  test('stopped anywhere, it is the run of just so many programs', async () => {
    for (const jobs of [1, 2]) {
      let asked = 0;
      const stopped = await run({ programs: 100_000, jobs, isOver: () => ++asked > 12 });
      expect(stopped.programs).toBeGreaterThan(300);
      expect(stopped.programs).toBeLessThan(1000);
      expect(said(await run({ programs: stopped.programs }))).toEqual(said(stopped));
    }
  });
});

test('workers start the kernel that is asked for', async () => {
  const of = (image?: string): Promise<Fuzzed> =>
    run({ machine: 'kernel', bench: bench('?images=here'), programs: 64, ...(image === undefined ? {} : { image }) });
  expect((await of('here')).defects).toEqual([]);
  expect((await of('there')).defects.map(({ reason }) => reason)).toContainEqual(expect.stringContaining('there'));
  expect((await of()).defects.length).toBeGreaterThan(0);
});

test('what reaches something new is kept, and leads on', async () => {
  const guided = await run({ programs: 500, freshPercent: 0 });
  const { pool, dropped, keys, calls, growth } = guided;
  expect(pool).toBeGreaterThan(100);
  expect(dropped).toBe(0);
  expect(growth.map((g) => g.programs)).toEqual([64, 192, 448, 500]);
  expect(growth.at(-1)).toMatchObject({ keys, pool, calls });
  const blind = await run({ programs: 500, freshPercent: 100 });
  expect(blind.growth[0]).toEqual(growth[0]);
  expect(blind.growth[1]!.calls).not.toBe(growth[1]!.calls);
  expect(blind.pool).toBeGreaterThan(100);
});

describe('findings', () => {
  test('the first of each kind is made simple, and told as soon as it is', async () => {
    const told: ShrunkReport[] = [];
    const { findings, fresh } = await run({ bench: bench('?deviates'), onFinding: (report) => void told.push(report) });
    expect(told.length).toBe(fresh);
    for (const { finding, from, record } of told) {
      expect(finding.program.lines.length).toBeLessThanOrEqual(2);
      expect(from).toBeGreaterThanOrEqual(1);
      expect(record).toMatchObject({ machine: 'fake 6.18.0', profile: 'linux-6.18', reproduced: 20, runs: 20 });
      expect(record.program).toEqual(finding.program);
    }
    const groups = findings.list('new');
    expect(groups.every((g) => g.example.program.lines.length <= 2)).toBe(true);
    expect(groups.map((g) => g.signature).sort()).toEqual(told.map((t) => t.finding.signature).sort());
  });
  test('what cannot be written is a defect, and the run goes on', async () => {
    const full = (): never => {
      throw new Error('no space left on device');
    };
    const { programs, defects, fresh } = await run({ bench: bench('?deviates'), onFinding: full });
    expect(programs).toBe(320);
    expect(defects.map((d) => d.reason)).toEqual(Array(fresh).fill('minimiser: no space left on device'));
  });
});

describe('a worker that dies', () => {
  test('costs its task, and the rest goes on, the same on however many threads', async () => {
    const [one, two] = [
      await run({ bench: bench('?dies=100'), jobs: 1 }),
      await run({ bench: bench('?dies=100'), jobs: 2 }),
    ];
    expect(one.programs).toBe(320);
    expect(one.defects).toMatchObject([{ origin: 'programs 64 to 127', reason: 'worker: worker exited with code: 7' }]);
    expect(two.hash).toBe(one.hash);
    expect(two.defects.map((d) => d.origin)).toEqual(one.defects.map((d) => d.origin));
  });
  test('a machine that cannot be made is a defect of every task', async () => {
    const { programs, calls, defects } = await run({ bench: 'file:///nowhere.ts', programs: 128 });
    expect([programs, calls]).toEqual([128, 0]);
    expect(defects.map((d) => d.origin)).toEqual(['programs 0 to 63', 'programs 64 to 127']);
    expect(defects[0]?.reason).toMatch(/^worker: Cannot find module/);
  });
});
