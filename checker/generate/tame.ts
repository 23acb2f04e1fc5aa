/** What a kernel may do, and would take far too long for. */
import { MAP } from '../../spec/index.ts';
import type { Line } from '../program/index.ts';

/** A size that fits into user space, and that no memory can hold. */
export const HUGE_SIZE = 1n << 46n;

const locks = ({ name, operands }: Line): boolean =>
  name.startsWith('mlock') || (name === 'mmap' && ((operands[3]?.offset ?? 0n) & (MAP.LOCKED | MAP.POPULATE)) !== 0n);

/**
 * A lock faults in every page of a mapping, which takes hours for `HUGE_SIZE`; in programs that lock anything such sizes become
 * zero, whatever comes first.
 */
export const tame = (lines: readonly Line[]): readonly Line[] => {
  const isHuge = (line: Line): boolean => line.operands.some((o) => o.offset === HUGE_SIZE);
  if (!lines.some(isHuge) || !lines.some(locks)) return lines;
  return lines.map((line) => ({
    ...line,
    operands: line.operands.map((o) => (o.offset === HUGE_SIZE ? { ...o, offset: 0n } : o)),
  }));
};
