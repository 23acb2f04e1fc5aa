/** The report as people use it: opened from the disk in Debian's Chromium, with nothing to load from anywhere. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { assetsOf } from './bundle.ts';
import { reportPage } from './report.ts';
import { BUG, CHROMIUM, check, finding, noChromium, REPORT } from './testing.ts';

const ARGUMENTS = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
];
/** Milliseconds that a browser may take to start where much else runs. */
const SLOW = 120_000;
const { source: AXE } = createRequire(import.meta.url)('axe-core') as { readonly source: string };

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly target: readonly string[] }[];
}

describe.skipIf(noChromium !== undefined)(
  `in a browser${noChromium === undefined ? '' : ` (skipped: ${noChromium})`}`,
  () => {
    let browser: Browser;
    let folder = '';
    let file = '';
    let hostile = '';
    const opened: Page[] = [];
    /** What a page said or asked for that it should not have. */
    let complaints: string[] = [];

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'mremap-check-page-'));
      const assets = await assetsOf(join(import.meta.dirname, '../..'));
      file = join(folder, 'index.html');
      writeFileSync(file, reportPage(REPORT, assets));
      hostile = join(folder, 'hostile.html');
      const text = `</script><script>document.title = 'owned'</script><img src="x:y" onerror="document.title = 'owned'">"'`;
      const one = finding({ program: `# ${text}\n${BUG}`, origin: text, signature: text, c: text });
      writeFileSync(hostile, reportPage({ answers: [check([one], { version: text })] }, assets));
      browser = await chromium.launch({ executablePath: CHROMIUM, args: ARGUMENTS });
    }, SLOW);
    afterEach(async () => {
      for (const page of opened.splice(0)) await page.context().close();
      expect(complaints).toEqual([]);
      complaints = [];
    });
    afterAll(async () => {
      await browser?.close();
      rmSync(folder, { recursive: true, force: true });
    });

    async function open(path: string, options: { width?: number; dark?: boolean } = {}): Promise<Page> {
      const context = await browser.newContext({
        viewport: { width: options.width ?? 1400, height: 900 },
        colorScheme: options.dark ? 'dark' : 'light',
        permissions: ['clipboard-read', 'clipboard-write'],
      });
      const page = await context.newPage();
      const url = pathToFileURL(path).href;
      page.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`));
      page.on('pageerror', (error) => complaints.push(error.message));
      page.on('request', (request) => {
        if (request.url() !== url) complaints.push(`asks for ${request.url()}`);
      });
      await page.goto(url);
      opened.push(page);
      return page;
    }

    const place = (page: Page) => page.locator('#bench-place');
    const strips = (page: Page) => page.locator('#bench-step svg[role=img]');
    const clipboard = (page: Page) => page.evaluate('navigator.clipboard.readText()');

    test('steps through a program, with buttons and keys', async () => {
      const page = await open(file);
      expect(await place(page).textContent()).toBe('call 3 of 3');
      expect(await strips(page).getAttribute('aria-label')).toMatch(
        /^before AAA\.{6}; seen BBB\.{5}A, 3 pages differ; allowed ABA/,
      );
      await page.getByRole('button', { name: 'Back' }).click();
      expect(await place(page).textContent()).toBe('call 2 of 3');
      await page.locator('#bench-calls').focus();
      await page.keyboard.press('Home');
      expect(await place(page).textContent()).toBe('call 1 of 3');
      expect(await strips(page).getAttribute('aria-label')).toBe('before ...; after AAA');
      expect(await page.getByRole('button', { name: 'Back' }).isDisabled()).toBe(true);
      await page.keyboard.press('ArrowDown');
      expect(await page.locator('#bench-calls li[aria-selected=true]').textContent()).toContain(
        'store(0x100000000000, 7)',
      );
    });

    test('an edited call moves the strips', async () => {
      const page = await open(file);
      const field = page.getByLabel('Program', { exact: true });
      await field.fill(BUG.replace('0x100000008000)', '0x100000005000)'));
      expect(await strips(page).getAttribute('aria-label')).toMatch(/^before AAA\.{3}; seen BBB\.{2}A/);
      // A kernel without the bug.
      await page.getByLabel('Model of').selectOption('linux-7.2');
      expect(await page.getByLabel('Judged by').inputValue()).toBe('linux-7.2');
      expect(await page.locator('#bench-step .badge').first().textContent()).toBe('✓ allowed');
      expect(await strips(page).getAttribute('aria-label')).toBe('before AAA...; after ABA..A');
    });

    test('what is wrong with a text is shown with line and caret, and forgotten when it is right again', async () => {
      const page = await open(file);
      const field = page.getByLabel('Program', { exact: true });
      await field.fill(`${BUG}mremap(r0, ?)\n`);
      const errors = page.locator('#bench-errors');
      expect(await errors.isVisible()).toBe(true);
      expect(await errors.textContent()).toMatch(/^program:5:12: .*\n {2}mremap\(r0, \?\)\n {13}\^/);
      expect(await field.getAttribute('aria-invalid')).toBe('true');
      await field.fill(BUG);
      expect(await errors.isHidden()).toBe(true);
      expect(await field.getAttribute('aria-invalid')).toBe('false');
    });

    test('copies programs and C reproducers', async () => {
      const page = await open(file);
      const one = page.locator('details.finding').first();
      await one.getByRole('button', { name: 'Copy program' }).click();
      await expect.poll(() => clipboard(page)).toBe(BUG);
      await one.getByRole('button', { name: 'Copied' }).waitFor();
      await one.getByRole('button', { name: 'Copy C reproducer' }).click();
      await expect.poll(() => clipboard(page)).toBe('int main(void) { return 0; }\n');
    });

    test('any program of the report can be stepped through', async () => {
      const page = await open(file);
      await page.getByLabel('Program', { exact: true }).fill('munlockall()\n');
      expect(await place(page).textContent()).toBe('call 1 of 1');
      await page.locator('#rules summary').first().click();
      await page.locator('#rules').getByRole('button', { name: 'Step through' }).click();
      expect(await place(page).textContent()).toBe('call 3 of 3');
      expect(await page.evaluate('document.activeElement.id')).toBe('bench-calls');
    });

    test('rules can be searched', async () => {
      const page = await open(file);
      const rows = page.locator('#rules-table tbody tr:visible');
      expect(await rows.count()).toBe(2);
      await page.getByLabel('not reached alone').check();
      expect(await rows.allTextContents()).toEqual([expect.stringContaining('munmap/no-memory')]);
      await page.getByLabel('not reached alone').uncheck();
      await page.getByLabel('Search').fill('MREMAP/ moved');
      expect(await rows.allTextContents()).toEqual([expect.stringContaining('mremap/moved')]);
    });

    test('hostile text is text', async () => {
      const page = await open(hostile);
      await page.locator('details.finding').getByRole('button', { name: 'Step through' }).click();
      expect(await page.title()).toContain('mremap-check: check: forbidden');
      expect(await page.locator('img').count()).toBe(0);
      await page.getByLabel('Program', { exact: true }).fill('# <img src=x onerror=alert(1)>\nmunmap(<b>, 1)\n');
      expect(await page.locator('#bench-errors').textContent()).toContain('munmap(<b>, 1)');
      expect(await page.locator('img, #bench-errors *').count()).toBe(0);
    });

    test.each([
      { width: 1400, dark: false },
      { width: 1400, dark: true },
      { width: 400, dark: false },
      { width: 400, dark: true },
    ])('everybody can read it, and it is never wider than the screen: $width, dark $dark', async (options) => {
      const page = await open(file, options);
      await page.evaluate('for (const d of document.querySelectorAll("details")) d.open = true');
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(options.width);
      await page.evaluate(`${AXE}; 0`);
      const { violations } = (await page.evaluate('axe.run()')) as { readonly violations: readonly Violation[] };
      expect(
        violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`),
      ).toEqual([]);
    });

    test('by keys alone: to the report, into a table that scrolls, to the model', async () => {
      const page = await open(file, { width: 400 });
      await page.keyboard.press('Tab');
      expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to the report');
      expect(await page.evaluate('document.activeElement.getBoundingClientRect().left')).toBeGreaterThanOrEqual(0);
      await page.keyboard.press('Enter');
      expect(await page.evaluate('document.activeElement.id')).toBe('main');
      const seen = new Set<unknown>();
      for (let i = 0; i < 60; i++) {
        await page.keyboard.press('Tab');
        seen.add(await page.evaluate('document.activeElement.id || document.activeElement.className'));
      }
      for (const id of ['scroll', 'bench-text', 'bench-kernel', 'bench-calls']) expect([...seen]).toContain(id);
    });
  },
);
