/** Programs made ready for failures: which of their calls are made to fail, and what they are asked to do afterwards. */
import { type CallName, MAP, MREMAP } from '../../spec/index.ts';
import type { Line, Operand, Program } from '../program/index.ts';

/**
 * Calls in which nothing is made to fail: accesses, which the kernel tries again until there is memory; those that the executor makes of several
 * system calls; and those that say what programs may do and allocate nothing of the address space.
 */
const SPARED: ReadonlySet<CallName> = new Set([
  ...(['load', 'store', 'fill_mappings', 'openat', 'close', 'setrlimit', 'drop_capability'] as const),
]);

/** Whether inner steps of such a call are made to fail. */
export const canBeShort = ({ name }: Line): boolean => !SPARED.has(name);

const later = ({ base, offset }: Operand, by: number): Operand =>
  typeof base === 'number' ? { base: base + by, offset } : { base, offset };

const bare = ({ name, operands }: Line, by: number): Line => ({
  name,
  operands: operands.map((operand) => later(operand, by)),
});

/** The address at which a call puts a mapping, whatever becomes of it; `undefined` where that is the kernel's choice, or none. */
function placeIn({ name, operands }: Line): Operand | undefined {
  const flags = operands[3];
  if (flags === undefined || flags.base !== null) return undefined;
  if (name === 'mmap' && (flags.offset & (MAP.FIXED | MAP.FIXED_NOREPLACE)) !== 0n) return operands[0];
  return name === 'mremap' && (flags.offset & MREMAP.FIXED) !== 0n ? operands[4] : undefined;
}

/** The same program, but what a call puts at a place that it names is named by that place: it may not be there the second time. */
function byPlace(lines: readonly Line[]): readonly Line[] {
  const places: (Operand | undefined)[] = [];
  return lines.map((line, i) => {
    const operands = line.operands.map((operand): Operand => {
      const place = typeof operand.base === 'number' ? places[operand.base] : undefined;
      return place === undefined
        ? operand
        : { base: place.base, offset: BigInt.asUintN(64, place.offset + operand.offset) };
    });
    const named = { ...line, operands };
    places[i] = placeIn(named);
    return named;
  });
}

/**
 * The program, and then the program once more, in the address space that it has left: that must still be fit to be used, whatever failed before.
 * Nothing fails in it, and nothing is expected.
 */
export function twice(program: Program): Program {
  const { header } = program;
  const lines = byPlace(program.lines);
  const again = lines.map((line) => bare(line, lines.length));
  return { header, lines: [...lines.map((line) => bare(line, 0)), ...again] };
}

/**
 * The program with the n-th inner step of one call made to fail. Later calls use `value`, what the call comes to without the failure, in the place of
 * its result: what is relative to the 0 of a failed call would be the machine's own.
 */
export const failing = (program: Program, index: number, n: number, value: bigint): Program => ({
  ...program,
  lines: program.lines.map((line, i) => {
    if (i === index) return { ...line, fault: n };
    if (!line.operands.some(({ base }) => base === index)) return line;
    const operands = line.operands.map(({ base, offset }) =>
      base === index ? { base: null, offset: BigInt.asUintN(64, value + offset) } : { base, offset },
    );
    return { ...line, operands };
  }),
});
