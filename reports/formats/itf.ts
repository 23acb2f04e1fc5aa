/** Informal Trace Format (Apalache's ADR 015, read by Quint): the states of one program's run, one for each call, and one before. */
import { printCall, printResult } from '../../checker/program/index.ts';
import { flagNames, type Observation, protection, type Step } from '../../spec/index.ts';

/** A run to be shown. */
export interface Trace {
  /** What was run, e.g. a file. */
  readonly title: string;
  /** On which machine, and its release. */
  readonly machine: string;
  readonly steps: readonly Step[];
}

const VARS = ['call', 'result', 'mappings', 'contents', 'counters'] as const;

/** Integers beyond what JSON keeps exactly have a form of their own. */
const int = (n: number): number | object => (Number.isSafeInteger(n) ? n : { '#bigint': BigInt(n).toString() });

const mappings = ({ mappings: seen = [] }: Observation): object[] =>
  seen.map(({ start, end, prot, shared, offset, file, flags }) => ({
    start: int(start),
    end: int(end),
    protection: protection(prot),
    sharing: shared ? 'shared' : 'private',
    offset: int(offset),
    backing: file === 0 ? 'none' : 'file',
    flags: { '#set': flags === undefined || flags === 0 ? [] : flagNames(flags).split(' ') },
  }));

const contents = ({ present = [] }: Observation): object => ({
  '#map': present.flatMap(({ page, content, signal }) =>
    signal === undefined && content === undefined ? [] : [[int(page), signal ?? `0x${(content ?? 0).toString(16)}`]],
  ),
});

/** Of the process; -1 where nobody looked. */
const counters = ({ counters: seen }: Observation): object =>
  Object.fromEntries(
    (['vmSize', 'vmLck', 'vmData', 'vmStk', 'mapCount'] as const).map((name) => [name, int(seen?.[name] ?? -1)]),
  );

const state = (index: number, call: string, result: string, seen: Observation): object => ({
  '#meta': { index },
  call,
  result,
  mappings: mappings(seen),
  contents: contents(seen),
  counters: counters(seen),
});

/** A run as a trace; addresses, lengths and offsets are page numbers. */
export function itfOf({ title, machine, steps }: Trace): string {
  const meta = {
    format: 'ITF',
    'format-description': 'https://apalache-mc.org/docs/adr/015adr-trace.html',
    source: title,
    description: `the run of a program on ${machine}; pages`,
  };
  const states = [
    state(0, '', '', {}),
    ...steps.map(({ call, result, seen }, i) => state(i + 1, printCall(call), printResult(call.name, result), seen)),
  ];
  return `${JSON.stringify({ '#meta': meta, vars: VARS, states }, null, 2)}\n`;
}
