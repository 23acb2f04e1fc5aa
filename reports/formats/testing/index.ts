/** What the published grammars and schemas say of each format, as strictly as the writers need it; for tests. */
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { z } from 'zod';

/** What is wrong with one level of KTAP (Documentation/dev-tools/ktap.rst, version 1), and with the levels in it. */
export function ktapErrors(text: string): readonly string[] {
  const errors: string[] = [];
  const lines = text.split('\n');
  if (lines.pop() !== '') errors.push('the last line has no end');
  const level = (depth: number): boolean => {
    const indent = '  '.repeat(depth);
    const next = (): string | undefined =>
      lines[0]?.startsWith(indent) ? lines.shift()!.slice(indent.length) : undefined;
    if (next() !== 'KTAP version 1') errors.push('no version line');
    const plan = /^1\.\.(\d+)$/.exec(next() ?? '');
    if (plan === null) errors.push('no plan');
    let good = true;
    for (let number = 1; number <= Number(plan?.[1] ?? 0); ) {
      const line = lines[0]?.slice(indent.length) ?? '';
      if (line.startsWith('  KTAP')) {
        const inside = level(depth + 1);
        const parent = lines[0] ?? '';
        if (!inside && /^\s*ok \d/.test(parent)) errors.push(`a failing subtest in what passed: ${parent}`);
        continue;
      }
      const row = next();
      if (row === undefined) {
        errors.push(`result ${number} is missing`);
        return good;
      }
      if (row.startsWith('#')) continue;
      const result = /^(ok|not ok) (\d+)(?: [^#]+?)?(?: # (?:(SKIP|XFAIL|ERROR|TODO|TIMEOUT)\b)?[^#]*)?$/.exec(row);
      if (result === null || Number(result[2]) !== number) errors.push(`no result ${number}: ${row}`);
      if (result?.[3] === 'ERROR' && result[1] === 'ok') errors.push(`ERROR must be not ok: ${row}`);
      good &&= result?.[1] === 'ok';
      number++;
    }
    return good;
  };
  level(0);
  if (lines.length > 0) errors.push(`behind the end: ${lines[0]}`);
  return errors;
}

const countText = z.string().regex(/^\d+$/);
const problem = z.union([
  z.string(),
  z.strictObject({ '#text': z.string().optional(), '@message': z.string(), '@type': z.string() }),
]);
const testcase = z.strictObject({
  '@name': z.string(),
  '@classname': z.string(),
  '@time': z.literal('0'),
  failure: problem.optional(),
  error: problem.optional(),
  skipped: z.literal('').optional(),
});
const testsuite = z.strictObject({
  '@id': countText,
  '@name': z.string().min(1),
  '@package': z.string(),
  '@timestamp': z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/),
  '@hostname': z.string().min(1),
  '@tests': countText,
  '@failures': countText,
  '@errors': countText,
  '@skipped': countText,
  '@time': z.literal('0'),
  properties: z.literal(''),
  testcase: z.array(testcase),
  'system-out': z.string(),
  'system-err': z.literal(''),
});
const junit = z.strictObject({
  '?xml': z.strictObject({ '@version': z.literal('1.0'), '@encoding': z.literal('UTF-8') }),
  testsuites: z.union([z.literal(''), z.strictObject({ testsuite: z.array(testsuite) })]),
});

/** The suites of a JUnit file (JUnit.xsd of windyroad/JUnit-Schema). @throws Error for what is none; its counts must be right. */
export function readJunit(text: string): readonly z.infer<typeof testsuite>[] {
  const valid = XMLValidator.validate(text);
  if (valid !== true) throw new Error(`no XML: ${valid.err.msg}`);
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: '@',
    parseTagValue: false,
    parseAttributeValue: false,
    isArray: (name) => name === 'testsuite' || name === 'testcase',
  });
  const { testsuites } = junit.parse(parser.parse(text));
  const suites = testsuites === '' ? [] : testsuites.testsuite;
  for (const suite of suites) {
    const { testcase: cases } = suite;
    const count = (key: 'failure' | 'error' | 'skipped'): number => cases.filter((c) => c[key] !== undefined).length;
    const counts = [cases.length, count('failure'), count('error'), count('skipped')].map(String);
    const said = [suite['@tests'], suite['@failures'], suite['@errors'], suite['@skipped']];
    if (counts.join() !== said.join()) throw new Error(`${suite['@name']} counts ${said}, but has ${counts}`);
  }
  return suites;
}

const message = z.strictObject({ text: z.string().min(1) });
/** RFC 3986: what a reference consists of. */
const uri = z.string().regex(/^[\w\-.~:/?[\]@!$&'()*+,;=%#]+$/);
const location = z.strictObject({
  physicalLocation: z
    .strictObject({
      artifactLocation: z.strictObject({ uri }),
      region: z.strictObject({ startLine: z.int().min(1), startColumn: z.int().min(1) }).optional(),
    })
    .optional(),
  logicalLocations: z.array(z.strictObject({ name: z.string(), kind: z.string() })).optional(),
});
const level = z.enum(['none', 'note', 'warning', 'error']);

/** The part of SARIF that is written: OASIS, sarif-schema-2.1.0.json, whose objects take no further properties. */
export const sarif = z.strictObject({
  $schema: z.url(),
  version: z.literal('2.1.0'),
  runs: z
    .array(
      z.strictObject({
        tool: z.strictObject({
          driver: z.strictObject({
            name: z.string(),
            version: z.string(),
            rules: z.array(z.strictObject({ id: z.string(), shortDescription: message })),
          }),
        }),
        invocations: z.array(
          z.strictObject({
            executionSuccessful: z.boolean(),
            exitCode: z.int(),
            toolExecutionNotifications: z.array(
              z.strictObject({ level, message, locations: z.array(location).optional() }),
            ),
          }),
        ),
        results: z.array(
          z.strictObject({
            ruleId: z.string(),
            ruleIndex: z.int().min(0),
            level,
            message,
            locations: z.array(location).min(1),
            partialFingerprints: z.record(z.string(), z.string()),
            suppressions: z
              .array(
                z.strictObject({
                  kind: z.enum(['inSource', 'external']),
                  status: z.enum(['accepted', 'underReview', 'rejected']),
                  justification: z.string(),
                }),
              )
              .optional(),
            properties: z.record(z.string(), z.unknown()),
          }),
        ),
      }),
    )
    .length(1),
});

type Expression = string | number | readonly Expression[] | { readonly [field: string]: Expression };
const expression: z.ZodType<Expression> = z.lazy(() =>
  z.union([
    z.string(),
    z.int(),
    z.array(expression),
    z.strictObject({ '#bigint': z.string().regex(/^-?\d+$/) }),
    z.strictObject({ '#tup': z.array(expression) }),
    z.strictObject({ '#set': z.array(expression) }),
    z.strictObject({ '#map': z.array(z.tuple([expression, expression])) }),
    z.record(z.string().regex(/^[^#]/), expression),
  ]),
);
const trace = z.strictObject({
  '#meta': z.record(z.string(), z.unknown()).optional(),
  params: z.array(z.string()).optional(),
  vars: z.array(z.string()).min(1),
  states: z.array(z.record(z.string(), z.unknown())).min(1),
  loop: z.int().min(0).optional(),
});

/** A trace (Apalache, ADR 015). @throws Error for what is none: every state has every variable and no other. */
export function readItf(text: string): z.infer<typeof trace> {
  const read = trace.parse(JSON.parse(text));
  for (const state of read.states) {
    const { '#meta': _, ...values } = state;
    if (Object.keys(values).sort().join() !== [...read.vars].sort().join())
      throw new Error(`a state has the variables ${Object.keys(values)}`);
    z.record(z.string(), expression).parse(values);
  }
  return read;
}
