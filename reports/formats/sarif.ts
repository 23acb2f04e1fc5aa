/** SARIF 2.1.0 (OASIS): findings as results, known ones suppressed with their explanation. */
import type { AnswerData, DefectData, FindingData, ReplayData, TextErrorData } from './answers.ts';
import { differenceText, wrongOf } from './outline.ts';

const SCHEMA = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json';

const KINDS = {
  forbidden: 'The contract does not allow what was seen.',
  expectation: 'The program says something else than what was seen.',
  property: 'A property that needs no oracle does not hold.',
  misprediction: 'The model said something else than what was seen.',
} as const;
type Kind = keyof typeof KINDS;

interface Result {
  readonly kind: Kind;
  readonly text: string;
  readonly origin: string;
  readonly signature: string;
  readonly known?: readonly string[] | undefined;
  readonly properties: Readonly<Record<string, unknown>>;
}

/** A file, or where a random program comes from. */
const locationOf = (origin: string): object =>
  /^seed \d/.test(origin) || origin === 'stdin'
    ? { logicalLocations: [{ name: origin, kind: 'program' }] }
    : { physicalLocation: { artifactLocation: { uri: encodeURI(origin) } } };

const resultOf = ({ kind, text, origin, signature, known, properties }: Result): object => ({
  ruleId: kind,
  ruleIndex: Object.keys(KINDS).indexOf(kind),
  level: known === undefined ? 'error' : 'note',
  message: { text },
  locations: [locationOf(origin)],
  partialFingerprints: { 'signature/v1': signature },
  ...(known === undefined
    ? {}
    : { suppressions: [{ kind: 'external', status: 'accepted', justification: known.join(' and ') }] }),
  properties,
});

function ofFinding({
  kind,
  origin,
  signature,
  known,
  call,
  result,
  expected,
  differences,
  ...rest
}: FindingData): Result {
  const said = expected === undefined ? [] : [`the program says ${expected}`];
  const text = [`${call} = ${result}`, ...said, ...differences.map(differenceText)].join('\n');
  const { program, rules, allowed, count } = rest;
  return { kind, origin, signature, known, text, properties: { program, rules, allowed, count } };
}

function* ofReplay({ programs = [], predictions = [] }: ReplayData): Generator<Result> {
  for (const { file, machine, steps, known } of programs)
    for (const step of steps) {
      const wrong = wrongOf(step);
      if (wrong.length === 0) continue;
      const kind =
        step.verdict === 'forbidden' ? 'forbidden' : step.expected === undefined ? 'property' : 'expectation';
      const text = [`${step.call} = ${step.result}, on ${machine}`, ...wrong].join('\n');
      yield {
        kind,
        origin: file,
        signature: `${step.call}: ${wrong[0]}`,
        known,
        text,
        properties: { rules: step.rules },
      };
    }
  for (const { file, signature, mispredictions } of predictions) {
    if (signature === undefined) continue;
    const text = mispredictions.map(
      (m) => `call ${m.index + 1}: ${m.aspect}: seen ${m.seen}, predicted ${m.predicted}`,
    );
    yield { kind: 'misprediction', origin: file, signature, text: [signature, ...text].join('\n'), properties: {} };
  }
}

const resultsOf = (data: AnswerData): readonly Result[] =>
  data.command === 'replay' ? [...ofReplay(data)] : (data.findings ?? []).map(ofFinding);

const ofError = ({ file, line, column, message }: TextErrorData): object => ({
  level: 'error',
  message: { text: message },
  locations: [
    {
      physicalLocation: {
        artifactLocation: { uri: encodeURI(file) },
        region: { startLine: line, startColumn: column },
      },
    },
  ],
});
const ofDefect = ({ origin, reason }: DefectData): object => ({
  level: 'error',
  message: { text: `${origin}: ${reason}` },
});

/** An answer's findings as SARIF; texts that are no programs, and defects, are notifications of its one invocation. */
export function sarifOf(data: AnswerData): string {
  const defects = data.command === 'replay' ? [] : (data.defects ?? []);
  const early = data.error === undefined ? [] : [{ level: 'error', message: { text: data.error } }];
  const driver = {
    name: 'mremap-check',
    version: data.version,
    rules: Object.entries(KINDS).map(([id, text]) => ({ id, shortDescription: { text } })),
  };
  const invocation = {
    executionSuccessful: data.exit === 0 || data.exit === 1,
    exitCode: data.exit,
    toolExecutionNotifications: [...(data.errors ?? []).map(ofError), ...defects.map(ofDefect), ...early],
  };
  const run = { tool: { driver }, invocations: [invocation], results: resultsOf(data).map(resultOf) };
  return `${JSON.stringify({ $schema: SCHEMA, version: '2.1.0', runs: [run] }, null, 2)}\n`;
}
