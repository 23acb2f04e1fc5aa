/**
 * What a minimiser must not do to a program, because it would harm the machine and not the contract. A change is measured against
 * the program that it began with: what that program does already is its author's business.
 *
 * - No call may newly reach mappings of the process that carries the calls out, whichever of the lines whose results it uses fail.
 * - Where a lock meets sizes that no memory can hold, nothing may change that could decide whether pages are faulted in: that would
 *   take hours, and the machine's memory.
 */
import { type Environment, MADV, MAP } from '../../spec/index.ts';
import { type Bounds, boundsOf, harmfulArguments, type Results } from '../generate/index.ts';
import type { Line, Program } from '../program/index.ts';
import { isDescriptor, type Values } from './edit.ts';
import { knownValues, sizesOf } from './ranges.ts';

/** What no lock should meet: 1 GiB. */
const BIG = 1n << 30n;

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

/** Every call that could do harm, by name and arguments. */
function harms(bounds: Bounds, lines: readonly Line[]): Set<string> {
  const values = knownValues(lines, []);
  const found = new Set<string>();
  for (const line of lines) {
    const results: Results = {
      line: (base) => lines[base] as Line,
      place: (base) => values[base],
      mayFail: () => true,
      isDescriptor: (at) => isDescriptor(line, at),
    };
    for (const args of harmfulArguments(bounds, line, results)) found.add(`${line.name} ${args}`);
  }
  return found;
}

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
