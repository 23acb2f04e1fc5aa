/** What is left of a call when its numbers are left out: programs of the same shape do the same to different places. */
import { ADDRESS, FD, type Kind, LIMIT, OFFSET, SIZE, writeValue } from './kinds.ts';
import type { Line, Operand, Program } from './program.ts';
import { argumentKinds, writeCall } from './syntax.ts';

/** Places, sizes, contents and counts, wherever they come from. */
const NUMBERS: ReadonlySet<Kind> = new Set([ADDRESS, OFFSET, SIZE, LIMIT]);

function shapeOfOperand({ base, offset }: Operand, kind: Kind): string {
  if (NUMBERS.has(kind)) return '_';
  // A descriptor is a result of the program, or none (-1 and its kin).
  if (kind === FD) return base === null ? writeValue(kind, offset) : 'fd';
  return writeValue(kind, offset);
}

const shapeOfLine = ({ name, operands, fault }: Line): string => {
  const kinds = argumentKinds(name);
  const call = writeCall(
    name,
    operands.map((operand, i) => shapeOfOperand(operand, kinds[i] as Kind)),
  );
  return fault === undefined ? call : `${call} (fault)`;
};

/**
 * `mmap(_, _, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, _)`, a line for each call: flags, protections and the like as they are,
 * addresses, sizes, counts, contents and the numbers of failing steps left out.
 */
export const printShape = ({ lines }: Program): string => lines.map((line) => `${shapeOfLine(line)}\n`).join('');
