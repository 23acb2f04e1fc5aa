/**
 * What a minimiser must not do to a program, because it would harm the machine and not the contract. A change is measured against
 * the program that it began with: what that program does already is its author's business.
 *
 * - No call may newly reach mappings of the process that carries the calls out. A result that is used counts as the place where its
 *   line was told to put something, as some place of which only the length is known, and as 0, because the line may fail.
 * - Where a lock meets sizes that no memory can hold, nothing may change that could decide whether pages are faulted in: that would
 *   take hours, and the machine's memory.
 */
import { type Environment, MADV, MAP, MREMAP } from '../../spec/index.ts';
import { type Bounds, boundsOf, isHarmless } from '../generate/index.ts';
import type { Line, Program } from '../program/index.ts';
import { isDescriptor, type Values } from './edit.ts';
import { knownValues, sizesOf } from './ranges.ts';

/** What no lock should meet: 1 GiB. */
const BIG = 1n << 30n;
/** Where places that are not known stand in, far from everything that a program names. */
const SOMEWHERE = 0x20000000000n;
const APART = 0x100000000n;

const locks = ({ name, operands }: Line): boolean => {
  if (name === 'mmap') return ((operands[3]?.offset ?? 0n) & (MAP.LOCKED | MAP.POPULATE)) !== 0n;
  const advice = operands[2]?.offset;
  return (
    name.startsWith('mlock') ||
    (name === 'madvise' && (advice === MADV.POPULATE_READ || advice === MADV.POPULATE_WRITE))
  );
};
/** Sizes beyond user space are refused. */
const isBig = (line: Line, task: bigint): boolean =>
  sizesOf(line).some((at) => line.operands[at]!.offset >= BIG && line.operands[at]!.offset <= task);
const isHeavy = (lines: readonly Line[], task: bigint): boolean =>
  lines.some(locks) && lines.some((line) => isBig(line, task));

/** Calls that may keep a lock from happening. */
const GUARDS = new Set<Line['name']>(['setrlimit', 'drop_capability', 'munlockall', 'mseal']);
/** Calls of which fewer do less. */
const LOCKS = new Set<Line['name']>(['mlock', 'mlock2', 'mlockall']);

/** A line with the results it uses in place, where the text or the run says them. */
const resolved = (line: Line, values: Values): string =>
  `${line.name} ${line.operands.map(({ base, offset }) => (typeof base === 'number' ? (values[base] ?? 0n) + offset : `${base ?? ''}${offset}`))}`;

interface Weights {
  /** In order, what may neither go nor change. */
  readonly fixed: string;
  /** What may go and must not change: locks, and calls that failed. */
  readonly loose: ReadonlySet<string>;
}

/** `failed`: calls that made nothing in the first run, which may go as well. */
function weightsOf(lines: readonly Line[], task: bigint, failed: ReadonlySet<string>): Weights {
  const values = knownValues(lines, []);
  const stays = (l: Line): boolean => GUARDS.has(l.name) || (isBig(l, task) && !failed.has(resolved(l, values)));
  const fixed = lines.filter((l) => !LOCKS.has(l.name) && stays(l));
  const loose = lines.filter((l) => isBig(l, task) || l.name === 'mlockall');
  return {
    fixed: fixed.map((l) => resolved(l, values)).join('\n'),
    loose: new Set(loose.map((l) => resolved(l, values))),
  };
}

/** The length of what a line maps, where it maps something. */
const lengthOf = ({ name, operands }: Line): bigint =>
  name === 'mmap' ? operands[1]!.offset : name === 'mremap' ? operands[2]!.offset : 0n;

/** Whether the kernel chooses the place; `mremap` without a place may also stay where it is. */
const placedByKernel = ({ name, operands }: Line): boolean =>
  name === 'mmap'
    ? (operands[3]!.offset & (MAP.FIXED | MAP.FIXED_NOREPLACE)) === 0n
    : name === 'mremap' && (operands[3]!.offset & MREMAP.FIXED) === 0n;

/** The arguments of a line as a machine could see them, and what it then owns besides the window. */
function* possible(lines: readonly Line[], line: Line, values: Values): Generator<[bigint[], Map<bigint, bigint>]> {
  const bases = new Set<number>();
  line.operands.forEach((o, at) => {
    if (typeof o.base === 'number' && !isDescriptor(line, at)) bases.add(o.base);
  });
  const list = [...bases];
  for (let failed = 0; failed < 1 << list.length; failed++) {
    const own = new Map<bigint, bigint>();
    const at = new Map<number, bigint>();
    list.forEach((base, i) => {
      const from = lines[base] as Line;
      if ((failed & (1 << i)) !== 0) at.set(base, 0n);
      else if (values[base] !== undefined && !placedByKernel(from)) at.set(base, values[base]);
      else {
        const place = SOMEWHERE + BigInt(i) * APART;
        own.set(place, lengthOf(from));
        at.set(base, place);
      }
    });
    const args = line.operands.map(({ base, offset }) =>
      BigInt.asUintN(64, (typeof base === 'number' ? (at.get(base) ?? 0n) : 0n) + offset),
    );
    yield [args, own];
  }
}

/** Every call that could do harm, by name and arguments. */
function harms(bounds: Bounds, lines: readonly Line[]): Set<string> {
  const values = knownValues(lines, []);
  const found = new Set<string>();
  for (const line of lines)
    for (const [args, own] of possible(lines, line, values)) {
      const owns = (start: bigint, end: bigint): boolean =>
        bounds.owns(start, end) || [...own].some(([from, length]) => start >= from && end <= from + up(bounds, length));
      if (!isHarmless({ ...bounds, owns }, line.name, args)) found.add(`${line.name} ${args}`);
    }
  return found;
}

const up = ({ page }: Bounds, length: bigint): bigint => ((length + page - 1n) / page) * page;

/** The calls of a program that made nothing big when it ran; none where it was not run. */
function failedOf({ lines }: Program, values: Values): Set<string> {
  const known = knownValues(lines, []);
  const failed = lines.filter((l, i) => values.length > i && values[i] === undefined && isMaker(l));
  return new Set(failed.map((l) => resolved(l, known)));
}

/** Whether a call could map something; one that failed has not. */
const isMaker = ({ name }: Line): boolean => name === 'mmap' || name === 'mremap';

/** Whether a candidate does no more harm than the program that it comes from, whose lines returned `values` when it ran. */
export function harmlessAfter(
  original: Program,
  environment: Environment,
  values: Values = [],
): (candidate: Program) => boolean {
  const bounds = boundsOf(environment);
  const before = harms(bounds, original.lines);
  const failed = failedOf(original, values);
  const weights = weightsOf(original.lines, bounds.task, failed);
  return ({ lines }) => {
    for (const harm of harms(bounds, lines)) if (!before.has(harm)) return false;
    if (!isHeavy(lines, bounds.task)) return true;
    const now = weightsOf(lines, bounds.task, failed);
    return now.fixed === weights.fixed && [...now.loose].every((line) => weights.loose.has(line));
  };
}
