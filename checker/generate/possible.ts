/**
 * Which arguments a call may have when a program runs, as far as safety is concerned. A result that is used counts as the place where its
 * line was told to put something, as some place of which only the length is known, and as 0, because the line may fail.
 */
import { MAP, MREMAP } from '../../spec/index.ts';
import type { Line } from '../program/index.ts';
import { type Bounds, isHarmless } from './safety.ts';

/** Where places that are not known stand in, far from everything that a program names. */
const SOMEWHERE = 0x20000000000n;
const APART = 0x100000000n;

/** What is known of the results that a line uses. */
export interface Results {
  /** The line that result comes from. */
  readonly line: (base: number) => Line;
  /** Where that line puts what it maps, if it says so. */
  readonly place: (base: number) => bigint | undefined;
  /** Whether it may fail; then its result counts as 0. */
  readonly mayFail: (base: number) => boolean;
  /** Whether operand `at` of the line in question is a descriptor: those are not looked at. */
  readonly isDescriptor: (at: number) => boolean;
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
function* possible(line: Line, results: Results): Generator<[bigint[], Map<bigint, bigint>]> {
  const bases = new Set<number>();
  line.operands.forEach((o, at) => {
    if (typeof o.base === 'number' && !results.isDescriptor(at)) bases.add(o.base);
  });
  const list = [...bases];
  for (let failed = 0; failed < 1 << list.length; failed++) {
    if (list.some((base, i) => (failed & (1 << i)) !== 0 && !results.mayFail(base))) continue;
    const own = new Map<bigint, bigint>();
    const at = new Map<number, bigint>();
    list.forEach((base, i) => {
      const from = results.line(base);
      const place = placedByKernel(from) ? undefined : results.place(base);
      if ((failed & (1 << i)) !== 0) at.set(base, 0n);
      else if (place !== undefined) at.set(base, place);
      else {
        const somewhere = SOMEWHERE + BigInt(i) * APART;
        own.set(somewhere, lengthOf(from));
        at.set(base, somewhere);
      }
    });
    const args = line.operands.map(({ base, offset }) =>
      BigInt.asUintN(64, (typeof base === 'number' ? (at.get(base) ?? 0n) : 0n) + offset),
    );
    yield [args, own];
  }
}

const up = ({ page }: Bounds, length: bigint): bigint => ((length + page - 1n) / page) * page;

/** The arguments of a line that uses no results but descriptors; nothing for other lines. Most are such, and need no more than one look. */
function fixedArguments({ operands }: Line, { isDescriptor }: Results): bigint[] | undefined {
  const args: bigint[] = [];
  for (let at = 0; at < operands.length; at++) {
    const { base, offset } = operands[at]!;
    if (typeof base === 'number' && !isDescriptor(at)) return undefined;
    args.push(offset);
  }
  return args;
}

/** The arguments with which a line could harm the machine. */
export function* harmfulArguments(bounds: Bounds, line: Line, results: Results): Generator<readonly bigint[]> {
  const fixed = fixedArguments(line, results);
  if (fixed !== undefined) {
    if (!isHarmless(bounds, line.name, fixed)) yield fixed;
    return;
  }
  for (const [args, own] of possible(line, results)) {
    const owns = (start: bigint, end: bigint): boolean =>
      bounds.owns(start, end) || [...own].some(([from, length]) => start >= from && end <= from + up(bounds, length));
    if (!isHarmless({ ...bounds, owns }, line.name, args)) yield args;
  }
}
