import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { COLOUR } from '../../reports/index.ts';
import { command, FORBIDDEN, fakeContract, json } from './fake.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mremap-check-report-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** The page's script as a package has it: the world of a test has no sources. */
const files = {
  'dist/reports/html/page/page.js': 'void 0;',
  'dist/reports/html/page/page.css': 'p{margin:0}',
  'corpus/locks/a.prog': '# family: locks\n# source: none\nmunlockall()\n',
};
const at = (name: string): string => join(folder, name);
const CHECK = ['check', '--programs', '2'];
const complaining = fakeContract(() => FORBIDDEN);

test('a run leaves its answer and its report, and both can be made anew', async () => {
  const { data, exit } = await json([...CHECK, '--report', at('one')], { files });
  expect(JSON.parse(readFileSync(at('one/check.json'), 'utf8'))).toEqual(data);
  const page = readFileSync(at('one/index.html'), 'utf8');
  expect([exit, page.includes('<title>✓ mremap-check: check: nothing forbidden</title>')]).toEqual([0, true]);
  const anew = await json(['report', '--out', at('two'), at('one/check.json')], { files });
  expect(anew.data).toMatchObject({ exit: 0, file: at('two/index.html'), damaged: [] });
  expect(readFileSync(at('two/index.html'), 'utf8') === page).toBe(true);
});

test('what was found is in it, with the states around it', async () => {
  const { out, exit } = await command([...CHECK, '--report', at('found')], { files, contract: complaining });
  expect(exit).toBe(1);
  expect(out).toContain(`report: ${at('found/index.html')}`);
  const { findings } = JSON.parse(readFileSync(at('found/check.json'), 'utf8'));
  expect(Object.keys(findings[0].states)).toEqual(['before', 'seen']);
  expect(readFileSync(at('found/index.html'), 'utf8').includes('✗ mremap-check: check: forbidden')).toBe(true);
});

test('--no-report writes none; nor does a run that ended early', async () => {
  const usual = await command(CHECK, { files, reports: 'latest' });
  expect(usual.out).toMatch(/\nreport: .*\/latest\/index\.html\n$/);
  const none = await command([...CHECK, '--no-report'], { files, reports: 'latest' });
  expect([none.exit, none.out.includes('report:')]).toEqual([0, false]);
  const early = await command(['explore', 'no-scope', '--report', at('early')], { files });
  expect([early.exit, existsSync(at('early'))]).toEqual([2, false]);
});

test('several answers in one report, those of the last runs unless files are named', async () => {
  const into = (name: string, args: readonly string[]) => command([...args, '--report', at(name)], { files });
  await into('all', CHECK);
  await into('all', ['explore', 'tiny', '--corpus', at('new')]);
  const { exit, out } = await command(['report', '--out', at('all')], { files });
  expect([exit, out]).toEqual([0, `${at('all/index.html')}: 2 runs\n`]);
  const page = readFileSync(at('all/index.html'), 'utf8');
  expect(page.indexOf('<code>check</code> <span class="badge')).toBeGreaterThan(0);
  expect(page.indexOf('<code>explore</code> <span class="badge')).toBeGreaterThan(page.indexOf('<code>check</code>'));
});

test('that it could not be written changes no verdict', async () => {
  writeFileSync(at('file'), '');
  const plain = await command(CHECK, { files, contract: complaining });
  const { exit, out, err } = await command([...CHECK, '--report', at('file/x')], { files, contract: complaining });
  expect(exit).toBe(plain.exit);
  expect(err).toMatch(/^mremap-check: no report in .*\/file\/x: \S.*\n$/);
  expect(out.includes('report:')).toBe(false);
  const lost = await command([...CHECK, '--report', at('lost')], {
    files: { 'corpus/locks/a.prog': files['corpus/locks/a.prog'] },
  });
  expect([lost.exit, lost.err]).toEqual([0, expect.stringMatching(/no report in .*: the package lost the script/)]);
});

test.each([
  ['', /^mremap-check: .*bad\.json:1:1: \S.*; make it anew with --json\n$/],
  ['{\n  "schema": ,\n', /bad\.json:2:13: Unexpected token ','; make it anew/],
  [`{"a": [1, 2${' '.repeat(99)}}\n`, /bad\.json:1:111: \S.*make it anew/],
  ['{"a": 1', /bad\.json:1:8: Expected .*; make it anew/],
  ['{}', /bad\.json: no answer of this version \(.*\); make it anew with check --json\n$/],
  ['[1]', /bad\.json: no answer of this version/],
  ['null', /bad\.json: no answer of this version/],
])('%j is no answer: 2, one line', async (text, expected) => {
  writeFileSync(at('bad.json'), text);
  const { exit, err } = await command(['report', '--out', at('bad'), at('bad.json')], { files });
  expect([exit, err]).toEqual([2, expect.stringMatching(expected)]);
  expect(existsSync(at('bad'))).toBe(false);
});

test('answers that a report does not show, and files that are not there: 2', async () => {
  const { out } = await command(['corpus', 'list', '--json'], { files });
  writeFileSync(at('list.json'), out);
  const other = await command(['report', at('list.json')], { files });
  expect([other.exit, other.err]).toEqual([
    2,
    expect.stringContaining('shows answers of check, fuzz, explore, mutants, matrix, not of corpus list'),
  ]);
  const none = await command(['report', at('nowhere.json')], { files });
  expect([none.exit, none.err]).toEqual([2, expect.stringMatching(/nowhere\.json: no such file\n$/)]);
  const empty = await command(['report', '--out', at('empty')], { files });
  expect([empty.exit, empty.err]).toEqual([2, expect.stringContaining('there is no answer in')]);
});

test('a trend: a damaged line is passed over and named', async () => {
  const run = {
    command: 'check',
    version: '0',
    seed: 1,
    kernel: '6.18',
    profile: 'linux-6.18',
    exit: 0,
    findings: 0,
    known: 3,
  };
  writeFileSync(
    at('trend.jsonl'),
    `${JSON.stringify(run)}\n{"command":"check"\n${JSON.stringify({ ...run, seed: -1 })}\n`,
  );
  const { data, err } = await json(
    ['report', '--out', at('trend'), '--trend', at('trend.jsonl'), at('one/check.json')],
    { files },
  );
  const damaged = [`${at('trend.jsonl')}:2: is no JSON`, `${at('trend.jsonl')}:3: seed is no number from 0 on`];
  expect(data).toMatchObject({ damaged });
  expect(err).toBe(damaged.map((line) => `mremap-check: ${line}; the line is passed over\n`).join(''));
  expect(readFileSync(at('trend/index.html'), 'utf8').includes('2 damaged lines were passed over')).toBe(true);
});

test('coverage by room', async () => {
  const counts = (covered: number) => ({ lines: { total: 10, covered }, branches: { total: 4, covered: 4 } });
  const summary = { total: counts(1), 'spec/a.ts': counts(10), 'spec/b.ts': counts(7), 'model/a.ts': counts(5) };
  writeFileSync(at('fuzz-coverage-summary.json'), JSON.stringify(summary));
  const args = ['report', '--out', at('covered'), at('one/check.json'), '--coverage', at('fuzz-coverage-summary.json')];
  expect((await command(args, { files })).exit).toBe(0);
  const text = readFileSync(at('covered/index.html'), 'utf8')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ');
  expect(/fuzz spec\/ 85\.00 % 100\.00 % fuzz model\/ 50\.00 % 100\.00 %/.test(text)).toBe(true);
  writeFileSync(at('other.json'), '{"a":1}');
  const bad = await command(['report', at('one/check.json'), '--coverage', at('other.json')], { files });
  expect([bad.exit, bad.err]).toEqual([2, expect.stringContaining("not what c8's reporter")]);
});

test('colour only where it is asked for', async () => {
  writeFileSync(at('a.prog'), 'munlockall()\n');
  const plain = await command(['replay', at('a.prog')], { contract: complaining });
  const coloured = await command(['replay', at('a.prog')], { contract: complaining, ink: COLOUR });
  expect(plain.out).not.toContain('\u001b[');
  expect(coloured.out).toContain('\u001b[1m\u001b[31mFORBIDDEN');
  const { out } = await command(['replay', at('a.prog'), '--json'], { contract: complaining, ink: COLOUR });
  expect(out).not.toContain('\\u001b');
});
