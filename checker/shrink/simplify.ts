/** Simpler arguments: protections, flags and backings towards private anonymous fixed mappings, smaller numbers, contents 1, 2, 3. */
import { MAP } from '../../spec/index.ts';
import type { Line } from '../program/index.ts';
import {
  constant,
  type Edit,
  failAt,
  isDescriptor,
  put,
  resolve,
  type Sparse,
  type Values,
  withOperands,
} from './edit.ts';
import { PLAIN } from './measure.ts';
import { clustersOf, isPlaced, knownValues, PAGE, placesOf, rangesOf, SHORT, sizesOf } from './ranges.ts';

const NO_FD = (1n << 64n) - 1n;
const SHARED = MAP.SHARED | MAP.ANONYMOUS | MAP.FIXED;

/** A value without one of its bits, for every bit that may be missing. */
function withoutBits(value: bigint, keep = 0n): bigint[] {
  const out: bigint[] = [];
  for (let bit = 1n; bit <= value; bit <<= 1n) if ((value & bit) !== 0n && (keep & bit) === 0n) out.push(value & ~bit);
  return out;
}

/** Operands in which single bits can be given up, by call. */
const FLAGS: Partial<Record<Line['name'], number>> = {
  mremap: 3,
  mprotect: 2,
  mlock2: 2,
  mseal: 2,
  mlockall: 0,
  memfd_create: 0,
};

function ofMmap(line: Line, i: number): Edit[] {
  const { operands } = line;
  const prot = operands[2]!.offset;
  const flags = operands[3]!.offset;
  const without = withoutBits(flags, MAP.TYPE | MAP.ANONYMOUS | MAP.FIXED);
  return [
    put(i, { 2: PLAIN.prot, 3: PLAIN.flags, 4: NO_FD, 5: 0n }),
    put(i, { 3: PLAIN.flags, 4: NO_FD, 5: 0n }),
    put(i, { 2: PLAIN.prot, 3: SHARED, 4: NO_FD, 5: 0n }),
    put(i, { 3: SHARED, 4: NO_FD, 5: 0n }),
    put(i, { 2: PLAIN.prot }),
    ...[1n, 2n, 4n].map((bit) => put(i, { 2: prot ^ bit })),
    ...without.map((less) => put(i, { 3: less })),
    put(i, { 5: 0n }),
  ];
}

/** Protections, flags, backings. */
export const attributes = (lines: Sparse): Edit[] =>
  lines.flatMap((line, i) => {
    if (line === null) return [];
    if (line.name === 'mmap') return ofMmap(line, i);
    const at = FLAGS[line.name];
    const value = at === undefined ? 0n : line.operands[at]!.offset;
    const edits = withoutBits(value).map((less) => put(i, { [at as number]: less }));
    if (line.name === 'mremap' && !isPlaced(line)) edits.push(put(i, { 4: 0n }));
    return edits;
  });

/** Numbers below a size, the smallest first; an odd size is first made whole. Long ranges are not shortened page by page. */
function lower(size: bigint): bigint[] {
  const whole = ((size + PAGE - 1n) / PAGE) * PAGE;
  const half = (whole / 2n / PAGE) * PAGE;
  const less = whole > BigInt(SHORT) * PAGE ? 1n << BigInt((whole - 1n).toString(2).length - 1) : whole - PAGE;
  return [...new Set([PAGE, half, less, whole])].filter((n) => n > 0n && n <= whole && n !== size);
}

/** Addresses at the start of their page; with a size of one page, where the size alone would not reach it. */
export const whole = (lines: Sparse): Edit[] =>
  lines.flatMap((line, i) => {
    if (line === null) return [];
    return placesOf(line).flatMap(([at, sizeAt]) => {
      const { base, offset } = line.operands[at]!;
      const start = offset - (offset % PAGE);
      if (base !== null || start === offset) return [];
      return [put(i, { [at]: start }), ...(sizeAt === undefined ? [] : [put(i, { [at]: start, [sizeAt]: PAGE })])];
    });
  });

/** Sizes and counts, one at a time, and both sizes of a move at once. */
export const numbers = (lines: Sparse): Edit[] =>
  lines.flatMap((line, i) => {
    if (line === null) return [];
    const constants = (at: number): boolean => line.operands[at]!.base === null;
    if (line.name === 'fill_mappings') return [0n, line.operands[0]!.offset / 2n].map((n) => put(i, { 0: n }));
    const sizes = line.name === 'ftruncate' ? [1] : sizesOf(line).filter(constants);
    const [old, size] = [line.operands[1]?.offset, line.operands[2]?.offset];
    const same = line.name === 'mremap' && old === size && sizes.length === 2;
    const together = same ? lower(old as bigint).map((n) => put(i, { 1: n, 2: n })) : [];
    return [...together, ...sizes.flatMap((at) => lower(line.operands[at]!.offset).map((n) => put(i, { [at]: n })))];
  });

/** Limits of nothing at all, or of just what there is, rather than of so much more or less. */
export const limits = (lines: Sparse): Edit[] =>
  lines.flatMap((line, i) => {
    if (line?.name !== 'setrlimit' || typeof line.operands[1]?.base !== 'string') return [];
    const exact: Edit = (now) =>
      now.map((l, k) =>
        k === i && l !== null ? withOperands(l, (o, at) => (at === 1 ? { ...o, offset: 0n } : o)) : l,
      );
    return [put(i, { 1: 0n }), exact];
  });

/** No inner step fails in any call, then not in single calls; else an earlier one. */
export function faults(lines: Sparse): Edit[] {
  const faulty = lines.flatMap((line, i) => (line?.fault === undefined ? [] : [i]));
  if (faulty.length === 0) return [];
  const earlier = (i: number): number[] => {
    const fault = lines[i]?.fault ?? 1;
    return [...new Set([1, Math.floor(fault / 2), fault - 1])].filter((n) => n > 0 && n < fault);
  };
  return [
    failAt(new Set(faulty), undefined),
    ...faulty.map((i) => failAt(new Set([i]), undefined)),
    ...faulty.flatMap((i) => earlier(i).map((n) => failAt(new Set([i]), n))),
  ];
}

/** Different contents become 1, 2, 3, … in the order in which they are stored; then single ones become 1. */
export function contents(lines: Sparse): Edit[] {
  const stores = lines.flatMap((line, i) => (line?.name === 'store' && line.operands[1]!.base === null ? [i] : []));
  const token = new Map<bigint, bigint>();
  for (const i of stores) {
    const value = lines[i]!.operands[1]!.offset;
    if (!token.has(value)) token.set(value, BigInt(token.size + 1));
  }
  const renamed: Edit = (now) =>
    now.map((line, i) =>
      line === null || !stores.includes(i)
        ? line
        : withOperands(line, (o, at) => (at === 1 ? constant(token.get(o.offset) ?? o.offset) : o)),
    );
  return [renamed, ...stores.map((i) => put(i, { 1: 1n }))];
}

/** Results become the addresses that the run showed: all of them, then line by line. */
export function resolutions(lines: Sparse, shown: Values): Edit[] {
  const values = knownValues(lines, shown);
  const all = lines.map((_, i) => i);
  return [resolve(new Set(all), values), ...all.map((i) => resolve(new Set([i]), values))];
}

/** Mappings that the kernel places get a fixed place behind everything else, and their users are told. */
export function placements(lines: Sparse, start: bigint): Edit[] {
  const first = Number(start / PAGE);
  const own = clustersOf(rangesOf(lines)).filter((c) => c.start >= first);
  let free = Math.max(first, ...own.map((c) => c.end)) + 512;
  free -= free % 512;
  return lines.flatMap((line, i) => {
    if (line?.name !== 'mmap') return [];
    const flags = line.operands[3]!.offset;
    if ((flags & (MAP.FIXED | MAP.FIXED_NOREPLACE)) !== 0n || line.operands[1]!.base !== null) return [];
    const pages = Number((line.operands[1]!.offset + PAGE - 1n) / PAGE);
    const at = BigInt(free) * PAGE;
    free += Math.ceil((pages + 512) / 512) * 512;
    return [placed(i, at)];
  });
}

const placed =
  (position: number, at: bigint): Edit =>
  (lines) => {
    const line = lines[position];
    if (line === null || line === undefined) return undefined;
    const flags = line.operands[3]!.offset | MAP.FIXED;
    return lines.map((other, i) => {
      if (other === null) return null;
      if (i === position)
        return withOperands(other, (o, k) => (k === 0 ? constant(at) : k === 3 ? constant(flags) : o));
      return withOperands(other, (o, k) =>
        o.base === position && !isDescriptor(other, k) ? constant(at + o.offset) : o,
      );
    });
  };
