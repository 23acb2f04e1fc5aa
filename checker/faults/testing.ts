/** A machine for the tests of this folder: two mappings that move to another place, one after the other, and inner steps that fail as a test wants. */
import type { Result, SeenMapping, Step } from '../../spec/index.ts';
import { EXAMPLE } from '../example.ts';
import type { Machine, Run } from '../machine.ts';
import { type Program, parseProgram } from '../program/index.ts';

export const FROM = 0x100000000;
export const TO = FROM + 16;

const TEXT = `
mmap(0x100000000000, 4096, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_FIXED, -1, 0)
mmap(0x100000001000, 4096, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS|MAP_FIXED, -1, 0)
mmap(0x100000010000, 8192, PROT_READ|PROT_WRITE, MAP_SHARED|MAP_ANONYMOUS|MAP_FIXED, -1, 0)
mremap(0x100000000000, 8192, 8192, MREMAP_MAYMOVE|MREMAP_FIXED, 0x100000010000) = 0x100000010000
load(0x100000010000)
`;
/** Position of the call that moves. */
export const MOVE = 3;

export function parsed(text: string): Program {
  const read = parseProgram(text, 'test');
  if (!read.ok) throw new Error(JSON.stringify(read));
  return read.program;
}

export const MOVING: Program = parsed(TEXT);

export const mapping = (start: number, end: number, how: Partial<SeenMapping> = {}): SeenMapping => ({
  ...{ start, end, prot: 3, shared: false, offset: 0, file: 0 },
  ...how,
});

const ENOMEM: Result = { kind: 'error', errno: 'ENOMEM' };
const OK: Result = { kind: 'value', value: 0n };

/** What is seen after the move when so many pieces have moved; `lost`: the destination of the next one is not there any more. */
function layout(moved: number, lost: boolean): SeenMapping[] {
  const pieces = [mapping(FROM, FROM + 1), mapping(FROM + 1, FROM + 2, { prot: 1 })];
  const at = (i: number): SeenMapping => {
    const piece = pieces[i]!;
    return i < moved ? { ...piece, start: piece.start + 16, end: piece.end + 16 } : piece;
  };
  const there = moved + (lost ? 1 : 0);
  const rest = there < 2 ? [mapping(TO + there, TO + 2, { shared: true, file: 7 })] : [];
  return [at(0), at(1), ...rest].sort((a, b) => a.start - b.start);
}

/** What the n-th inner step of the move comes to. */
export interface Failure {
  readonly moved: number;
  readonly lost: boolean;
  /** The call succeeds all the same. */
  readonly succeeds?: true;
}

export interface Toy {
  /** What inner steps 1, 2, … of the move come to. */
  readonly failures: readonly Failure[];
  /** How many the machine says that there are; it may be wrong. */
  readonly counted?: number;
  /** Names of what failed. */
  readonly names?: readonly string[];
}

/** All runs are noted in `ran`. */
export function toyMachine({ failures, counted = failures.length, names }: Toy, ran: Program[] = []): Machine {
  const stepOf = (program: Program, i: number, failure: Failure | undefined): Step => {
    const line = program.lines[i]!;
    const call = { name: line.name, args: line.operands.map((o) => o.offset) };
    const isMove = line.name === 'mremap';
    const before = [
      mapping(FROM, FROM + 1),
      mapping(FROM + 1, FROM + 2, { prot: 1 }),
      mapping(TO, TO + 2, { shared: true, file: 7 }),
    ];
    const { moved, lost } = failure ?? { moved: 2, lost: false };
    const mappings = i < MOVE ? before : layout(moved, lost);
    const result = isMove && failure !== undefined && failure.succeeds !== true ? ENOMEM : OK;
    return { call, result, seen: { mappings }, ...(isMove && failure !== undefined ? { scarce: true } : {}) };
  };
  const run = (program: Program): Run => {
    ran.push(program);
    const fault = program.lines.findLast((line) => line.fault !== undefined)?.fault ?? 0;
    const failure = failures[fault - 1];
    const steps = program.lines.map((_, i) => stepOf(program, i, i < MOVING.lines.length ? failure : undefined));
    const faultPoints = program.lines.map(({ name }) => (name === 'mremap' ? counted : 0));
    const failed = failure === undefined || names === undefined ? {} : { failed: names[fault - 1]! };
    return { steps, faultPoints, ...failed };
  };
  return {
    name: 'toy',
    environment: { ...EXAMPLE, features: [...EXAMPLE.features, 'faults'] },
    run: async (programs) => programs.map(run),
    close: async () => undefined,
  };
}
