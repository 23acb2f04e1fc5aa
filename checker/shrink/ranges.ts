/** The ranges of the address space that calls name, as far as they stand in the text as constants. In pages. */
import { MAP, MREMAP } from '../../spec/index.ts';
import type { Line } from '../program/index.ts';
import type { Sparse, Values } from './edit.ts';

export const PAGE = 4096n;
/** The end of user space on every machine this runs on, in pages; what lies behind is an address nobody can map. */
export const TASK = 2 ** 35;

/** Ranges of at most so many pages are shortened page by page, longer ones by halves: there would be too many candidates. */
export const SHORT = 64;

/** One range: where its start stands among the operands, and where its size does (nowhere for an access: one page). */
export interface Range {
  readonly line: number;
  readonly addressAt: number;
  readonly sizeAt?: number;
  readonly start: number;
  /** Not included. */
  readonly end: number;
}

/** Positions of address and size operands, by call. */
const PLACES: Partial<Record<Line['name'], readonly (readonly [number, number?])[]>> = {
  mmap: [[0, 1]],
  munmap: [[0, 1]],
  mprotect: [[0, 1]],
  mlock: [[0, 1]],
  mlock2: [[0, 1]],
  munlock: [[0, 1]],
  madvise: [[0, 1]],
  mseal: [[0, 1]],
  uffdio_register: [[1, 2]],
  uffdio_unregister: [[1, 2]],
  load: [[0]],
  store: [[0]],
};

/** Whether an `mremap` reads its new address. */
export const isPlaced = ({ operands }: Line): boolean =>
  ((operands[3]?.offset ?? 0n) & (MREMAP.FIXED | MREMAP.DONTUNMAP)) !== 0n;

/** Positions of addresses with the sizes that belong to them. */
export const placesOf = (line: Line): readonly (readonly [number, number?])[] => {
  if (line.name !== 'mremap') return PLACES[line.name] ?? [];
  return [
    [0, 1],
    [isPlaced(line) ? 4 : 0, 2],
  ];
};

/** Positions of sizes. */
export const sizesOf = (line: Line): readonly number[] =>
  placesOf(line).flatMap(([, size]) => (size === undefined ? [] : [size]));

const pageOf = (address: bigint): number => Number(address / PAGE);

/** What the run showed, completed by what the text says of fixed mappings. */
export const knownValues = (lines: Sparse, values: Values): Values =>
  lines.map((line, i) => values[i] ?? (line === null ? undefined : fixedPlace(line)));

function fixedPlace({ name, operands }: Line): bigint | undefined {
  const [at, flags] =
    name === 'mmap' ? [operands[0], operands[3]] : name === 'mremap' ? [operands[4], operands[3]] : [];
  const fixed = name === 'mmap' ? MAP.FIXED | MAP.FIXED_NOREPLACE : MREMAP.FIXED;
  if (at === undefined || at.base !== null || ((flags?.offset ?? 0n) & fixed) === 0n) return undefined;
  return at.offset;
}

/** Every range of every line; results count with what `values` says. */
export function rangesOf(lines: Sparse, values: Values = []): Range[] {
  const all: Range[] = [];
  lines.forEach((line, position) => {
    if (line === null) return;
    for (const [addressAt, sizeAt] of placesOf(line)) {
      const { base, offset } = line.operands[addressAt]!;
      const value = base === null ? 0n : typeof base === 'number' ? values[base] : undefined;
      if (value === undefined) continue;
      const address = BigInt.asUintN(64, value + offset);
      const size = sizeAt === undefined ? { base: null, offset: 1n } : line.operands[sizeAt]!;
      if (size.base !== null) continue;
      const start = pageOf(address);
      const end = pageOf(address + size.offset + PAGE - 1n);
      if (end > TASK) continue;
      all.push({ line: position, addressAt, start, end, ...(sizeAt === undefined ? {} : { sizeAt }) });
    }
  });
  return all;
}

/** Ranges that touch or overlap belong together; sorted by start. */
export function clustersOf(ranges: readonly Range[]): { start: number; end: number }[] {
  const clusters: { start: number; end: number }[] = [];
  for (const { start, end } of [...ranges].sort((a, b) => a.start - b.start || a.end - b.end)) {
    const last = clusters.at(-1);
    if (last !== undefined && start <= last.end) last.end = Math.max(last.end, end);
    else clusters.push({ start, end });
  }
  return clusters;
}
