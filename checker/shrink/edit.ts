/**
 * Changes of a program that can be put together: dropped lines leave a hole, so that positions stay what they were until `compact`
 * closes the holes and renumbers.
 */
import { ARGUMENTS } from '../../spec/index.ts';
import type { Line, Operand, Program } from '../program/index.ts';

/** Lines of a program; `null` where one was dropped. */
export type Sparse = readonly (Line | null)[];
/** A change; `undefined` where it does not apply. */
export type Edit = (lines: Sparse) => Sparse | undefined;
/** What lines returned when the program ran, by position; `undefined` for what is not known or was no value. */
export type Values = readonly (bigint | undefined)[];

const WRAP = 1n << 64n;

export const constant = (offset: bigint): Operand => ({ base: null, offset: BigInt.asUintN(64, offset) });

/** Descriptors are numbers that mean nothing but together with the call that gave them: they are never replaced by a constant. */
export const isDescriptor = (line: Line, at: number): boolean =>
  (ARGUMENTS[line.name] as readonly string[])[at] === 'fd';

/** Closes the holes and renumbers. No line may use the result of a dropped one. */
export function compact(lines: Sparse): readonly Line[] {
  const position = new Map<number, number>();
  const out: Line[] = [];
  lines.forEach((line, i) => {
    if (line === null) return;
    position.set(i, out.length);
    const operands = line.operands.map((o): Operand => {
      if (typeof o.base !== 'number') return o;
      const base = position.get(o.base);
      if (base === undefined) throw new Error(`line ${i} uses the result of line ${o.base}, which was dropped`);
      return base === o.base ? o : { ...o, base };
    });
    out.push({ ...line, operands });
  });
  return out;
}

export const withLines = (program: Program, lines: Sparse): Program => ({ ...program, lines: compact(lines) });

/** The line with other operands; the same line where nothing differs. */
export function withOperands(line: Line, change: (operand: Operand, at: number) => Operand): Line {
  let same = true;
  const operands = line.operands.map((o, at) => {
    const next = change(o, at);
    if (next.base !== o.base || next.offset !== o.offset) same = false;
    return next;
  });
  return same ? line : { ...line, operands };
}

/**
 * Drops lines. Whoever uses the result of a dropped line gets the value that the run showed, where `values` has it; otherwise it is
 * dropped too.
 */
export const drop =
  (positions: Iterable<number>, values: Values = []): Edit =>
  (lines) => {
    const wanted = new Set(positions);
    const dropped = new Set<number>();
    let changed = false;
    const out = lines.map((line, i) => {
      if (line === null) {
        dropped.add(i);
        return null;
      }
      const lost = wanted.has(i) || line.operands.some((o, at) => loses(line, o, at, dropped, values));
      if (lost) {
        dropped.add(i);
        changed = true;
        return null;
      }
      return withOperands(line, (o) => (typeof o.base === 'number' && dropped.has(o.base) ? given(o, values) : o));
    });
    return changed ? out : undefined;
  };

const loses = (line: Line, o: Operand, at: number, dropped: ReadonlySet<number>, values: Values): boolean =>
  typeof o.base === 'number' && dropped.has(o.base) && (isDescriptor(line, at) || values[o.base] === undefined);

const given = (o: Operand, values: Values): Operand =>
  constant(((values[o.base as number] as bigint) + o.offset) % WRAP);

/** Replaces results by the values that the run showed, in the lines at `positions`. */
export const resolve =
  (positions: ReadonlySet<number>, values: Values): Edit =>
  (lines) => {
    let changed = false;
    const out = lines.map((line, i) => {
      if (line === null || !positions.has(i)) return line;
      const next = withOperands(line, (o, at) =>
        typeof o.base !== 'number' || isDescriptor(line, at) || values[o.base] === undefined ? o : given(o, values),
      );
      if (next !== line) changed = true;
      return next;
    });
    return changed ? out : undefined;
  };

/** Makes another inner step of the lines at `positions` fail, or none. */
export const failAt =
  (positions: ReadonlySet<number>, fault: number | undefined): Edit =>
  (lines) => {
    let changed = false;
    const out = lines.map((line, i) => {
      if (line?.fault === undefined || line.fault === fault || !positions.has(i)) return line;
      changed = true;
      const { fault: _, ...rest } = line;
      return fault === undefined ? rest : { ...rest, fault };
    });
    return changed ? out : undefined;
  };

/** Puts constants in the place of operands of one line. */
export const put =
  (position: number, constants: Readonly<Record<number, bigint>>): Edit =>
  (lines) => {
    const line = lines[position];
    if (line === null || line === undefined) return undefined;
    const next = withOperands(line, (o, at) => (at in constants ? constant(constants[at] as bigint) : o));
    return next === line ? undefined : lines.with(position, next);
  };
