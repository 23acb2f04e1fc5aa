import type { CallName } from '../../spec/index.ts';
import type { Line, Operand } from '../program/index.ts';
import { requestOf } from './request.ts';
import { stepsDisagree } from './same.ts';
import { cut, seenBefore, type Trial, type Variant } from './variant.ts';

const KIND = 'rounded';

/** Positions of lengths among the arguments. */
const LENGTHS: Partial<Readonly<Record<CallName, readonly number[]>>> = {
  mremap: [1, 2],
  mmap: [1],
  munmap: [1],
  mprotect: [1],
  madvise: [1],
  mseal: [1],
};
/** Calls that take any address: the range is that of all pages which it touches. */
const ANYWHERE: ReadonlySet<CallName> = new Set(['mlock', 'mlock2', 'munlock']);

/** Lengths from here on may wrap when they are rounded, or reach the end of user space. */
const LARGE = 1n << 46n;

/**
 * Rounded: lengths count in whole pages, so a program in which each is a multiple of the page size does the same in every step; a
 * length of huge pages that change their number counts in whole huge pages.
 */
export function rounded(trial: Trial): readonly Variant[] {
  const { program, environment } = trial;
  const lines = program.lines.map((line, index) => roundedLine(trial, line, index));
  if (lines.every((line, index) => line === program.lines[index])) return [];
  const first = lines.findIndex((line, index) => line !== program.lines[index]);
  return [
    {
      kind: KIND,
      index: first,
      program: cut({ header: [], lines }, lines.length),
      compare: (variant, original) =>
        stepsDisagree(original, variant, { first, behind: 0, window: environment.window }),
    },
  ];
}

function roundedLine(trial: Trial, line: Line, index: number): Line {
  const page = BigInt(trial.environment.pageSize);
  if (ANYWHERE.has(line.name)) return outwards(line, page);
  const positions = LENGTHS[line.name];
  if (positions === undefined || positions.some((at) => !isPlain(line.operands[at]))) return line;
  const unit = line.name === 'mremap' ? unitAt(trial, index) : page;
  if (unit === undefined) return line;
  return withOperands(
    line,
    line.operands.map((o, at) => (positions.includes(at) ? { ...o, offset: up(o.offset, unit) } : o)),
  );
}

const up = (bytes: bigint, unit: bigint): bigint => ((bytes + unit - 1n) / unit) * unit;

const isPlain = (o: Operand | undefined): boolean => o !== undefined && o.base === null && o.offset < LARGE;

/** The line as it is if nothing has changed. */
const withOperands = (line: Line, operands: readonly Operand[]): Line =>
  operands.every(({ offset }, at) => offset === line.operands[at]?.offset) ? line : { ...line, operands };

function outwards(line: Line, page: bigint): Line {
  const [address, length, ...rest] = line.operands;
  if (address === undefined || length === undefined || !isPlain(length) || length.offset === 0n) return line;
  const beyond = address.offset % page;
  const start = { ...address, offset: address.offset - beyond };
  return withOperands(line, [start, { ...length, offset: up(length.offset + beyond, page) }, ...rest]);
}

/** What the lengths of an `mremap` are counted in; nothing where that cannot be told. */
function unitAt(trial: Trial, index: number): bigint | undefined {
  const { steps, environment, profile, kinds } = trial;
  const step = steps[index];
  const request = step && requestOf(step.call, environment.pageSize, environment.taskSize);
  const page = BigInt(environment.pageSize);
  if (request === undefined) return page;
  if (request.dontunmap && (profile.version ?? 0) < 6017) {
    trial.exclude(KIND, 'lengths as given');
    return undefined;
  }
  const isHuge = kinds.isHuge(seenBefore(steps, index).mappings ?? [], request.from);
  const whole = isHuge && !request.fixed && request.old !== request.new;
  return whole ? page * BigInt(environment.hugePage || 1) : page;
}
