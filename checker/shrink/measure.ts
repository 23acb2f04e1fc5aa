/**
 * When a program is simpler than another. Every accepted change makes the program simpler by this order, which has no infinite
 * descents: that is why the search ends, whatever the predicate says.
 */
import { MAP, PROT } from '../../spec/index.ts';
import type { Line, Operand, Program } from '../program/index.ts';
import { PAGE, placesOf, sizesOf } from './ranges.ts';

/**
 * Compared from left to right: calls, calls in which an inner step fails, text beside the calls, uses of results, attributes, sizes,
 * contents, numbers of the failing steps, distances.
 */
export type Measure = readonly bigint[];

/** What a mapping is made towards. */
export const PLAIN = { prot: PROT.READ | PROT.WRITE, flags: MAP.PRIVATE | MAP.ANONYMOUS | MAP.FIXED } as const;

const bits = (value: bigint): bigint => {
  let n = 0n;
  for (let rest = value; rest !== 0n; rest &= rest - 1n) n++;
  return n;
};

/** Whole pages are simpler than parts of them, and one is as simple as none. */
const sizeCost = (size: bigint): bigint =>
  size === 0n ? 2n : 2n * ((size + PAGE - 1n) / PAGE) + (size % PAGE === 0n ? 0n : 1n);

/** A number is simpler than what a counter says, and that simpler than so much more or less. */
const limitCost = (limit: Operand | undefined): bigint =>
  typeof limit?.base !== 'string' ? 0n : limit.offset === 0n ? 1n : 2n;

/** Flags and protections: the number of bits that are not as they usually are. */
function attributes({ name, operands }: Line): bigint {
  const at = (i: number): bigint => operands[i]?.offset ?? 0n;
  switch (name) {
    case 'mmap':
      return bits(at(2) ^ PLAIN.prot) + bits(at(3) ^ PLAIN.flags) + sizeCost(at(5));
    case 'mremap':
      return bits(at(3));
    case 'mprotect':
      return bits(at(2));
    case 'mlock2':
    case 'mseal':
      return bits(at(2));
    case 'mlockall':
    case 'userfaultfd':
    case 'memfd_create':
      return bits(at(0));
    case 'openat':
      return bits(at(1));
    case 'setrlimit':
      return limitCost(operands[1]);
    default:
      return 0n;
  }
}

/** Sizes of ranges, and counts. */
function sizes(line: Line): bigint {
  const of = new Set(sizesOf(line));
  if (line.name === 'ftruncate') of.add(1);
  let sum = line.name === 'fill_mappings' ? (line.operands[0]?.offset ?? 0n) : 0n;
  for (const at of of) sum += sizeCost(line.operands[at]?.offset ?? 0n);
  return sum;
}

/** Addresses in the text, as distances from the start of the window; those below it and results are none. */
function distances(line: Line, start: bigint): bigint {
  let sum = 0n;
  for (const at of new Set([...placesOf(line).map(([a]) => a), ...(line.name === 'mremap' ? [4] : [])])) {
    const { base, offset } = line.operands[at]!;
    if (base === null && offset > start) sum += offset - start;
  }
  return sum;
}

/** `start` is the first address of the window, in bytes. */
export function measure({ header, lines, trailing = [] }: Program, start: bigint): Measure {
  let text = header.length + trailing.length;
  let bases = 0;
  let [faulty, faults] = [0, 0n];
  let [attribute, size, content, distance] = [0n, 0n, 0n, 0n];
  for (const line of lines) {
    text += (line.comment?.length ?? 0) + (line.expect === undefined ? 0 : 1);
    for (const { base } of line.operands) if (typeof base === 'number') bases++;
    if (line.fault !== undefined) faulty++;
    faults += BigInt(line.fault ?? 0);
    attribute += attributes(line);
    size += sizes(line);
    if (line.name === 'store') content += line.operands[1]?.offset ?? 0n;
    distance += distances(line, start);
  }
  return [
    BigInt(lines.length),
    BigInt(faulty),
    BigInt(text),
    BigInt(bases),
    attribute,
    size,
    content,
    faults,
    distance,
  ];
}

/** Negative: `a` is simpler. */
export function compare(a: Measure, b: Measure): number {
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i] as bigint, b[i] as bigint];
    if (x !== y) return x < y ? -1 : 1;
  }
  return 0;
}
