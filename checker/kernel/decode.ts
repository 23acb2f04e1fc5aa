/**
 * Answers to runs; the form is described in executor/worker.h. What did not change since the step before is the very same
 * object, down to the single mapping: consumers compare by identity first.
 */

import type { Call, Counters, Observation, Result, SeenMapping, SeenPage, Step } from '../../spec/index.ts';
import { errnoName } from '../../spec/index.ts';
import type { Run } from '../machine.ts';
import type { Line, Program } from '../program/index.ts';

const ABSENT = 0;
const NEW = 1;
const KIND = { VALUE: 0, ERROR: 1, SIGNAL: 2, DIED: 3 } as const;
const SHARED = 8;
const HAS_FLAGS = 16;
const STEP_SCARCE = 1;
const STEP_COUNTED = 2;
const MAX64 = 0xffffffffffffffffn;

const DEFECTS = [
  '',
  'executor: answer larger than its buffer',
  'executor: no process could be started for the program',
];

// Linux numbers them alike on x86-64 and arm64; os.constants would be those of the machine that only decodes.
const SIGNALS: Readonly<Record<number, string>> = {
  ...{ 1: 'SIGHUP', 2: 'SIGINT', 3: 'SIGQUIT', 4: 'SIGILL', 5: 'SIGTRAP', 6: 'SIGABRT', 7: 'SIGBUS', 8: 'SIGFPE' },
  ...{ 9: 'SIGKILL', 10: 'SIGUSR1', 11: 'SIGSEGV', 12: 'SIGUSR2', 13: 'SIGPIPE', 14: 'SIGALRM', 15: 'SIGTERM' },
  ...{ 24: 'SIGXCPU', 25: 'SIGXFSZ', 31: 'SIGSYS' },
};

const SIGSEGV: Result = { kind: 'signal', signal: 'SIGSEGV' };
const SIGBUS: Result = { kind: 'signal', signal: 'SIGBUS' };
const HUNG: Result = { kind: 'hung' };
const ZERO: Result = { kind: 'value', value: 0n };
const NOTHING: Observation = {};

const errors = new Map<number, Result>();
function errorResult(code: number): Result {
  let result = errors.get(code);
  if (result === undefined) {
    result = { kind: 'error', errno: errnoName(code) ?? `errno ${code}` };
    errors.set(code, result);
  }
  return result;
}

/** One frame of answers and what was last seen in the program that is being decoded. */
class Cursor {
  readonly words: Uint32Array;
  readonly doubles: Float64Array;
  readonly longs: BigUint64Array;
  /** In units of eight bytes. */
  at = 0;
  readonly end: number;
  mappings: readonly SeenMapping[] = [];
  present: readonly SeenPage[] = [];
  touched: readonly SeenPage[] = [];
  counters: Counters | undefined;
  seen: Observation = NOTHING;
  /** Which parts `seen` has; one bit of two each. */
  looked = 0;

  constructor(payload: Uint8Array<ArrayBuffer>) {
    const { buffer, byteOffset, byteLength } = payload;
    this.words = new Uint32Array(buffer, byteOffset, byteLength >> 2);
    this.doubles = new Float64Array(buffer, byteOffset, byteLength >> 3);
    this.longs = new BigUint64Array(buffer, byteOffset, byteLength >> 3);
    this.end = byteLength >> 3;
  }

  forget(): void {
    this.mappings = [];
    this.present = [];
    this.touched = [];
    this.counters = undefined;
    this.seen = NOTHING;
    this.looked = 0;
  }
}

function readMapping(c: Cursor): SeenMapping {
  const { doubles, words, at } = c;
  c.at += 5;
  const attributes = words[2 * at + 8]!;
  const [start, end, offset, file] = [doubles[at]!, doubles[at + 1]!, doubles[at + 2]!, doubles[at + 3]!];
  const [prot, shared] = [attributes & 7, (attributes & SHARED) !== 0];
  if ((attributes & HAS_FLAGS) === 0) return { start, end, prot, shared, offset, file };
  return { start, end, prot, shared, offset, file, flags: words[2 * at + 9]! };
}

/** CONTENT_UNREAD of executor/observe.h. */
const UNREAD = -1000;

function readPage(c: Cursor): SeenPage {
  const page = c.doubles[c.at]!;
  const content = c.doubles[c.at + 1]!;
  c.at += 2;
  if (content >= -1) return { page, content };
  if (content === UNREAD) return { page };
  return { page, signal: content === -7 ? 'SIGBUS' : 'SIGSEGV' };
}

/** A list that differs from the last one in its middle only. */
function readList<T>(c: Cursor, last: readonly T[], read: (c: Cursor) => T): readonly T[] {
  const head = c.words[2 * c.at]!;
  const added = c.words[2 * c.at + 1]!;
  const tail = c.words[2 * c.at + 2]!;
  c.at += 2;
  const list: T[] = [];
  for (let i = 0; i < head; i++) list.push(last[i]!);
  for (let i = 0; i < added; i++) list.push(read(c));
  for (let i = last.length - tail; i < last.length; i++) list.push(last[i]!);
  return list;
}

function readCounters(c: Cursor): Counters {
  const d = c.doubles;
  const at = c.at;
  c.at += 5;
  return { vmSize: d[at]!, vmLck: d[at + 1]!, vmData: d[at + 2]!, vmStk: d[at + 3]!, mapCount: d[at + 4]! };
}

/** The observation of a step; the one before if nothing is new and the same parts were looked at. */
function readSeen(c: Cursor, parts: number): Observation {
  if (parts === 0) {
    c.looked = 0;
    return NOTHING;
  }
  const mappings = parts & 3;
  const present = (parts >> 2) & 3;
  const touched = (parts >> 4) & 3;
  const counters = (parts >> 6) & 3;
  if (mappings === NEW) c.mappings = readList(c, c.mappings, readMapping);
  if (present === NEW) c.present = readList(c, c.present, readPage);
  if (touched === NEW) c.touched = readList(c, c.touched, readPage);
  if (counters === NEW) c.counters = readCounters(c);
  // Only "same" and "absent", and the same parts were absent before.
  const looked = (parts | (parts >> 1)) & 0x55;
  if ((parts & 0x55) === 0 && looked === c.looked) return c.seen;
  c.looked = looked;
  const seen: { -readonly [K in keyof Observation]: Observation[K] } = {};
  if (mappings !== ABSENT) seen.mappings = c.mappings;
  if (present !== ABSENT) seen.present = c.present;
  if (touched !== ABSENT) seen.touched = c.touched;
  if (counters !== ABSENT) seen.counters = c.counters!;
  return seen;
}

function readResult(c: Cursor, kind: number, code: number): Result {
  switch (kind) {
    case KIND.VALUE: {
      const at = 2 * c.at + 2;
      if (c.words[at] === 0 && c.words[at + 1] === 0) return ZERO;
      return { kind: 'value', value: c.longs[c.at + 1]! };
    }
    case KIND.ERROR:
      return errorResult(code);
    case KIND.SIGNAL:
      return code === 7 ? SIGBUS : SIGSEGV;
    case KIND.DIED:
      return { kind: 'died', signal: SIGNALS[code] ?? `signal ${code}` };
    default:
      return HUNG;
  }
}

/** The call as it was made: constant operands are those of the program, the others come from the executor's echo. */
function readCall(c: Cursor, line: Line, echoed: number): Call {
  const args: bigint[] = [];
  const from = c.at + 2;
  for (let i = 0; i < line.operands.length; i++) {
    const { base, offset } = line.operands[i]!;
    // A call that the process did not live to be made has no echo.
    if (i < echoed && (base !== null || offset < 0n || offset > MAX64)) args.push(c.longs[from + i]!);
    else args.push(BigInt.asUintN(64, offset));
  }
  return { name: line.name, args };
}

/** `points` takes how many allocations the call made, if they were counted. */
function readStep(c: Cursor, line: Line, points: number[]): Step {
  const word = c.words[2 * c.at]!;
  const echoed = (word >> 8) & 0xff;
  const parts = (word >>> 16) & 0xff;
  const flags = word >>> 24;
  const call = readCall(c, line, echoed);
  const result = readResult(c, word & 0xff, c.words[2 * c.at + 1]!);
  c.at += 2 + echoed;
  if ((flags & STEP_COUNTED) !== 0) points.push(c.words[2 * c.at++]!);
  const seen = readSeen(c, parts);
  c.seen = seen;
  return (flags & STEP_SCARCE) === 0 ? { call, result, seen } : { call, result, seen, scarce: true };
}

function readRun(c: Cursor, program: Program): Run {
  const count = c.words[2 * c.at + 1]!;
  const defect = c.words[2 * c.at + 2]!;
  c.at += 2;
  c.forget();
  const steps: Step[] = [];
  const points: number[] = [];
  for (let i = 0; i < count; i++) steps.push(readStep(c, program.lines[i]!, points));
  const run: Run = points.length === 0 ? { steps } : { steps, faultPoints: points };
  return defect === 0 ? run : { ...run, defect: DEFECTS[defect] ?? 'executor: unknown defect' };
}

/**
 * Decodes a frame of answers: calls `onRun` with the position of each program in its batch and its run.
 * @throws Error when the answers do not fit the programs.
 */
export function decodeAnswers(
  payload: Uint8Array<ArrayBuffer>,
  programs: readonly Program[],
  onRun: (position: number, run: Run) => void,
): void {
  const c = new Cursor(payload);
  while (c.at < c.end) {
    const position = c.words[2 * c.at]!;
    const program = programs[position];
    if (program === undefined || c.words[2 * c.at + 1]! > program.lines.length)
      throw new Error('executor: answer does not fit the program');
    onRun(position, readRun(c, program));
  }
}
