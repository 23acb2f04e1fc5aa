/** Ranges of pages, half open, and how the bytes of a call become pages. */

export interface Range {
  readonly start: number;
  readonly end: number;
}

export const overlaps = (a: Range, b: Range): boolean => a.start < b.end && b.start < a.end;

export const contains = (whole: Range, part: Range): boolean => part.start >= whole.start && part.end <= whole.end;

/** The parts of `whole` that no range of `holes` covers, ascending. */
export function outside(whole: Range, holes: readonly Range[]): readonly Range[] {
  const parts: Range[] = [];
  let { start } = whole;
  for (const hole of [...holes].sort((a, b) => a.start - b.start)) {
    if (hole.end <= start) continue;
    if (hole.start >= whole.end) break;
    if (hole.start > start) parts.push({ start, end: hole.start });
    start = hole.end;
  }
  if (start < whole.end) parts.push({ start, end: whole.end });
  return parts;
}

/** The page that holds an address. */
export const pageOf = (address: bigint, pageSize: number): number => Number(address / BigInt(pageSize));

/** Whole pages for so many bytes. */
export const pagesOf = (bytes: bigint, pageSize: number): number =>
  Number((bytes + BigInt(pageSize) - 1n) / BigInt(pageSize));

export const isAligned = (bytes: bigint, pageSize: number): boolean => bytes % BigInt(pageSize) === 0n;

/** Every page that a range of bytes touches; no page of the window for one that wraps. */
export function touchedBy(address: bigint, bytes: bigint, pageSize: number): Range {
  const start = pageOf(address, pageSize);
  return { start, end: Math.max(start, pagesOf(address + bytes, pageSize)) };
}
