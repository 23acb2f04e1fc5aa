/** The search as a whole: what it counts does not depend on who counts, and it never says more than it did. */
import { beforeAll, expect, test } from 'vitest';
import { printProgram } from '../program/index.ts';
import { PRESETS } from './scope.ts';
import { explore, type Progress, type Saved, type Search } from './search.ts';
import { OPTIONS, rowsOf } from './testing.ts';

/** All that a search tells, without what it takes. */
const told = (search: Search) => {
  const { levels, total, rules, findings, open, end } = search;
  return {
    end,
    levels,
    total,
    rules: [...rules].sort(),
    open: [...open],
    findings: findings
      .list('new')
      .map(({ signature, count, example }) => [signature, count, printProgram(example.program)]),
    states: rowsOf(search),
  };
};

let whole: Search;
beforeAll(async () => {
  whole = await explore({ ...OPTIONS, jobs: 0 });
});

test('how far it is, asked after the last task: all of it', async () => {
  let last: Progress | undefined;
  const search = await explore({ ...OPTIONS, jobs: 0, onProgress: (progress) => (last = progress()) });
  const { reached, states, total, levels, bytes } = search;
  expect(last).toEqual({
    states: reached,
    unique: states.count,
    depth: levels.length - 1,
    transitions: total.transitions,
    expanded: levels.at(-1)?.states,
    waiting: levels.at(-1)?.states,
    bytes,
    findings: search.findings.list('new').length,
  });
});

test('one thread, two, or none of its own: the same to the last bit', async () => {
  const [one, two] = [1, 2].map((jobs) => explore({ ...OPTIONS, jobs }));
  const expected = told(whole);
  expect(told(await one!)).toEqual(expected);
  expect(told(await two!)).toEqual(expected);
  expect(expected.total.transitions).toBe(54_453);
  expect(expected.states).toHaveLength(4 * 7004);
  // Bugs that 6.18 has: without the corpus they are new.
  expect(expected.findings.map(([signature]) => signature)).toContain('mremap: vmLck value, allowed value');
});

test('without being judged, the same states and transitions', async () => {
  const counted = await explore({ ...OPTIONS, judged: false });
  // Only what is judged looks at the states of the last level once more.
  const last = { ...whole.levels.at(-1)!, expanded: 0 };
  expect(counted.levels).toEqual([...whole.levels.slice(0, -1), last]);
  expect(rowsOf(counted)).toEqual(rowsOf(whole));
  expect(counted.rules.size).toBe(0);
});

test('what is found first is a shortest program', async () => {
  const scope = { ...PRESETS.tiny, layouts: [''], depth: 3, faults: false };
  const { findings } = await explore({ ...OPTIONS, scope });
  const { example } = findings.list('new').find(({ signature }) => signature.includes('vmLck'))!;
  // A mapping, a lock, and the move that counts it twice: nothing shorter can show it.
  expect(example.program.lines.map(({ name }) => name)).toEqual(['mmap', 'mlock', 'mremap']);
});

test('full memory: it says how far it came, and that is the beginning of the whole', async () => {
  const cut = await explore({ ...OPTIONS, mostBytes: 100_000 });
  expect(cut.end).toBe('memory');
  const [, level] = cut.levels;
  expect(level?.expanded).toBeLessThan(level?.states ?? 0);
  expect(level?.expanded).toBeGreaterThan(0);
  expect(rowsOf(cut)).toEqual(rowsOf(whole).slice(0, 4 * cut.states.count));
  expect(cut.bytes).toBeLessThanOrEqual(100_000);
});

test('stopped and gone on with, again and again: as if it had never been stopped', async () => {
  let saved: Saved | undefined;
  let runs = 0;
  for (let end = 'interrupted'; end === 'interrupted'; runs++) {
    let tasks = 0;
    const isOver = (): boolean => ++tasks >= 40;
    const search = await explore({ ...OPTIONS, jobs: 0, isOver, ...(saved === undefined ? {} : { from: saved }) });
    ({ end } = search);
    const { levels, rules, findings, open, states } = search;
    saved = structuredClone({ levels, rules: [...rules], groups: findings.groups, open, states: states.rows(0) });
  }
  expect(runs).toBeGreaterThan(3);
  const { levels, states, rules, groups } = saved!;
  expect(levels).toEqual(whole.levels);
  expect([...states]).toEqual(rowsOf(whole));
  expect([...rules].sort()).toEqual([...whole.rules].sort());
  expect([...groups.values()].map(({ signature, count }) => [signature, count])).toEqual(
    [...whole.findings.groups.values()].map(({ signature, count }) => [signature, count]),
  );
});
