/** KTAP, version 1 (Documentation/dev-tools/ktap.rst of the kernel): tests with subtests. */
import type { Outline, Test } from './outline.ts';

/** A description, or what stands behind a directive: one line without `#`. */
const plain = (text: string): string => text.replaceAll('#', '%23').replaceAll(/\s+/g, ' ').trim();

const DIRECTIVE = { passed: '', failed: '', skipped: 'SKIP', known: 'XFAIL', broken: 'ERROR' } as const;

function resultLine({ name, status, why }: Test, number: number): string {
  const good = status === 'failed' || status === 'broken' ? 'not ok' : 'ok';
  const more = [DIRECTIVE[status], why === undefined ? '' : plain(why)].filter((word) => word !== '').join(' ');
  return [good, number, plain(name), more === '' ? '' : `# ${more}`].filter((word) => word !== '').join(' ');
}

function* rows(tests: readonly Test[]): Generator<string> {
  yield 'KTAP version 1';
  yield `1..${tests.length}`;
  for (const [i, test] of tests.entries()) {
    for (const detail of test.details ?? [])
      for (const line of detail.split(/[\n\r\u2028\u2029]/)) yield `# ${line}`.trimEnd();
    if (test.tests !== undefined && test.tests.length > 0) for (const row of rows(test.tests)) yield `  ${row}`;
    yield resultLine(test, i + 1);
  }
}

/** Tests as KTAP. What is known to be wrong is `XFAIL`. */
export const ktapOf = ({ groups }: Outline): string => [...rows(groups)].map((row) => `${row}\n`).join('');
