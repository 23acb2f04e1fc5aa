/**
 * JUnit's XML, as its commonly used schema has it (JUnit.xsd of windyroad/JUnit-Schema). The same run makes the same file: no times, and
 * a fixed date where the schema demands one.
 */
import type { Outline, Test } from './outline.ts';

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/** What XML 1.0 has no way to say. */
const FORBIDDEN = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu;

/** Text that XML 1.0 can hold: what it forbids becomes a question mark. */
const escaped = (text: string): string => text.replaceAll(FORBIDDEN, '?').replaceAll(/[&<>"']/g, (c) => ENTITIES[c]!);

const attribute = (text: string): string => escaped(text.replaceAll(/\s+/g, ' '));

/** All lines that a test has to say, its subtests' included. */
function* said({ why, details = [], tests = [] }: Test): Generator<string> {
  if (why !== undefined) yield why;
  yield* details;
  for (const test of tests) {
    if (test.status === 'passed') continue;
    yield `${test.name}:`;
    for (const line of said(test)) yield `  ${line}`;
  }
}

function outcome(test: Test): string {
  const { status, why = 'see below' } = test;
  if (status === 'passed') return '';
  if (status === 'skipped' || status === 'known') return '<skipped/>';
  const text = escaped([...said(test)].join('\n'));
  const [element, type] = status === 'failed' ? ['failure', 'deviation'] : ['error', 'defect'];
  return `<${element} message="${attribute(why)}" type="${type}">${text}</${element}>`;
}

const testcase = (suite: string, test: Test): string => {
  const inside = outcome(test);
  const head = `    <testcase name="${attribute(test.name)}" classname="mremap-check.${attribute(suite)}" time="0"`;
  return inside === '' ? `${head}/>` : `${head}>${inside}</testcase>`;
};

function testsuite(command: string, { name, tests = [] }: Test, id: number): string {
  const count = (...statuses: readonly Test['status'][]): number =>
    tests.filter((t) => statuses.includes(t.status)).length;
  const notes = tests
    .filter((t) => t.status === 'skipped' || t.status === 'known')
    .flatMap((t) => [`${t.name}:`, ...[...said(t)].map((l) => `  ${l}`)]);
  return [
    `  <testsuite id="${id}" name="${attribute(name)}" package="mremap-check.${attribute(command)}" timestamp="1970-01-01T00:00:00" hostname="localhost"` +
      ` tests="${tests.length}" failures="${count('failed')}" errors="${count('broken')}" skipped="${count('skipped', 'known')}" time="0">`,
    '    <properties/>',
    ...tests.map((test) => testcase(name, test)),
    `    <system-out>${escaped(notes.join('\n'))}</system-out>`,
    '    <system-err/>',
    '  </testsuite>',
  ].join('\n');
}

/** Tests as JUnit's XML. What is known to be wrong is skipped, and explained in the output of its suite. */
export const junitOf = ({ command, groups }: Outline): string =>
  [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<testsuites>',
    ...groups.map((g, id) => testsuite(command, g, id)),
    '</testsuites>',
    '',
  ].join('\n');
