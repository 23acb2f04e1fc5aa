import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { assetsOf } from './bundle.ts';
import { environmentOf } from './data.ts';
import { type Assets, reportPage } from './report.ts';
import { BUG, check, FUZZ, finding, MUTANTS, REPORT } from './testing.ts';

const ASSETS: Assets = { script: 'void 0;', style: 'p{margin:0}' };
const page = (...answers: readonly Parameters<typeof reportPage>[0]['answers'][number][]): string =>
  reportPage({ answers }, ASSETS);
const text = (html: string): string => html.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');

test('the verdict stands at the top, and in the title', () => {
  expect(page(check([]))).toMatch(/<title>✓ mremap-check: check: nothing forbidden<\/title>/);
  expect(page(check([finding()]))).toMatch(/<title>✗ mremap-check: check: forbidden: 1 new kind of findings<\/title>/);
  const missing = page(
    check([], { exit: 3, missing: 'no Linux', machine: undefined, rules: undefined, verdicts: undefined }),
  );
  expect(missing).toMatch(/<title>\? mremap-check: check: nothing was run: no Linux<\/title>/);
  const broken = check([], { exit: 4, canary: { broken: 'the mutant was not found' } });
  expect(text(page(broken))).toContain('check the alarm is broken: the mutant was not found');
  expect(text(page(check([]), MUTANTS))).toContain('mutants 1 mutant found by nothing');
});

test('one of everything', () => {
  const all = text(reportPage(REPORT, ASSETS));
  for (const words of [
    ...['dontunmap fixed 1 new, 1 known', 'new mremap: flags lo value, allowed value', 'known a mremap: flags lo'],
    ...[
      'npx mremap-check shrink --seed 1 --program 17',
      'seen allowed',
      'Copy C reproducer',
      '2 calls before it, on the model',
    ],
    ...['1 of the 2 rules of linux-6.18 were reached', 'needs an inner step that fails', 'smallest: corpus/x.prog'],
    ...[
      'pure move 9 ok 7, EFAULT 2',
      'keeps-lock keeps the lock historical 12 –',
      '6.18.44, linux-6.18 mremap/moved ok 2 new',
    ],
    ...[
      'tests spec/ 99.00 % 90.00 %',
      'rules reached',
      '2026-01-12',
      '1 damaged lines were passed over trend.jsonl:2: is no JSON',
    ],
  ])
    expect(all).toContain(words);
});

test('rules of several runs: what they fired together, and the smallest of their examples', () => {
  const all = text(page(check([]), FUZZ));
  expect(all).toContain('2 of the 2 rules of linux-6.18 were reached');
  expect(all).toMatch(/mremap\/moved 12 .*smallest: corpus\/x\.prog.*munmap\/no-memory since 6\.17 1 /);
  expect(all).toContain('smallest: seed 1 mutant 9');
  expect(all).not.toContain('needs an inner step that fails');
  expect(text(page(FUZZ))).toContain('mremap/moved 5 ');
});

test('what deviates is outlined, in what was seen and in what would have been allowed', () => {
  const html = page(check([finding()]));
  const [figure = ''] = /<h4>Call 3[\s\S]*?<\/figure>/.exec(html) ?? [];
  expect(figure).toContain(
    'aria-label="before AAA......; seen BBB.....A, 3 pages differ; allowed ABA.....A, 3 pages differ"',
  );
  expect(figure.match(/class="differs"/g)).toHaveLength(2);
  expect(figure).toContain('url(#hatch-locked)');
});

test('the same answers make the same report', () => {
  expect(reportPage(REPORT, ASSETS)).toBe(reportPage(structuredClone(REPORT), ASSETS));
});

test('how to see it again', () => {
  const line = (more: Parameters<typeof finding>[0]): string =>
    /see it again: <code>([^<]*)</.exec(page(check([finding(more)])))?.[1] ?? '';
  expect(line({ origin: 'corpus/locks/a.prog' })).toBe('npx mremap-check replay corpus/locks/a.prog');
  expect(line({ origin: 'explored' })).toBe('npx mremap-check replay finding.prog');
  expect(line({ origin: 'corpus/$(reboot).prog' })).toBe('npx mremap-check replay finding.prog');
  expect(line({ machine: 'model' })).toBe('npx mremap-check shrink --seed 1 --program 17 --machine model');
});

test('a C reproducer for each finding that C can say', () => {
  const reproducers = (more: Parameters<typeof finding>[0]): string =>
    /<pre id="finding-0-c"[^>]*>([\s\S]*?)<\/pre>/.exec(page(check([finding(more)])))?.[1] ?? 'none';
  expect(reproducers({})).toContain('int main(');
  expect(reproducers({ program: BUG.replace('0x100000008000)', '0x100000008000) (fault 1)') })).toBe('none');
});

test('a finding that this version cannot read is shown as it is', () => {
  const html = page(check([finding({ program: 'mremap(no such thing)\n', call: '?', origin: 'x' })]));
  expect(html).toContain('<pre id="finding-0" tabindex="0">mremap(no such thing)</pre>');
  expect(text(html)).toContain('other 1 new');
});

describe('nothing can break out', () => {
  const HOSTILE = `</script><script>alert(1)</script><img src=x onerror=alert(1)>"'\`\u202e`;
  const hostile = page(
    check([finding({ program: `# ${HOSTILE}\n${BUG}`, origin: HOSTILE, signature: HOSTILE, c: HOSTILE })], {
      version: HOSTILE,
      machine: { name: HOSTILE, release: HOSTILE, profile: 'linux-6.18' },
    }),
  );
  test('of text or data', () => {
    // Counts, so that a failure does not print the page. The data of the model, and the script: nothing else opens or closes one.
    expect(hostile.match(/<script/g)).toHaveLength(2);
    expect(hostile.match(/<\/script/g)).toHaveLength(2);
    expect(hostile.includes('<img')).toBe(false);
    expect(hostile.includes('\u202e')).toBe(false);
    const [, data = ''] = /id="bench-data">(.*?)<\/script>/.exec(hostile) ?? [];
    expect((JSON.parse(data) as { program: string }).program).toContain(HOSTILE);
  });
  test('of a policy that lets nothing but the one script and the one style run', () => {
    const hash = (what: string): string => `'sha256-${createHash('sha256').update(what).digest('base64')}'`;
    const [, policy = ''] = /Content-Security-Policy" content="([^"]*)"/.exec(hostile) ?? [];
    expect(policy.replaceAll('&#39;', "'")).toBe(
      `default-src 'none'; script-src ${hash(ASSETS.script)}; style-src ${hash(ASSETS.style)}; base-uri 'none'; form-action 'none'`,
    );
    expect(/\sstyle="/.test(hostile)).toBe(false);
  });
});

test('the script has no files and no process in it, and loads nothing', async () => {
  const { script, style } = await assetsOf(join(import.meta.dirname, '../..'));
  // Not by `not.toMatch`, which would print it all.
  expect(script.match(/["']node:|\brequire\(|\bprocess\.|\bimport\(|<\/script/g)).toBeNull();
  expect(style.match(/url\(|@import|<\/style/g)).toBeNull();
  expect(script.length).toBeGreaterThan(100_000);
});

test('limits that are none come back from JSON', () => {
  const limits = { as: Infinity, data: 4096, memlock: Infinity };
  const data = JSON.parse(JSON.stringify({ release: '6.18', limits })) as Record<string, unknown>;
  expect(environmentOf(data)).toEqual({ release: '6.18', limits });
});
