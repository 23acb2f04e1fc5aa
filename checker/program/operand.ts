/** Arguments of a call: sums and products of constants, names joined by `|`, and at most one earlier result or counter. */
import { LineError, quote } from './errors.ts';
import { type Kind, valueNamed } from './kinds.ts';
import { didYouMean } from './nearest.ts';
import { COUNTERS, type CounterName, type Operand } from './program.ts';
import { describe, numberOf, type Scanner, type Token } from './scan.ts';
import { HOME } from './syntax.ts';

/** Where an argument stands, and what may stand there. */
export interface Slot {
  readonly kind: Kind;
  /** `flags of mremap`, for messages. */
  readonly where: string;
  /** Labels defined above, with the position of their line. */
  readonly labels: ReadonlyMap<string, number>;
}

const LABEL = /^r[0-9]+$/;
/** Whether a name is a label. */
export const isLabel = (name: string): boolean => LABEL.test(name);

const wrap = (value: bigint): bigint => BigInt.asUintN(64, value);
const constant = (value: bigint): Operand => ({ base: null, offset: wrap(value) });

function unknownName(token: Token, slot: Slot): LineError {
  const { kind, where } = slot;
  const home = HOME.get(token.text);
  const names = kind.names.map((n) => n.name);
  const hint = didYouMean(token.text, names);
  if (home !== undefined) return new LineError(token.at, `${token.text} belongs to ${home}, not to ${where}`, hint);
  const near = hint ?? didYouMean(token.text, COUNTERS);
  return new LineError(token.at, `unknown name ${quote(token.text)} in ${where}`, near);
}

function primary(scanner: Scanner, slot: Slot): Operand {
  const token = scanner.token;
  if (token.kind !== 'number' && token.kind !== 'name' && token.kind !== 'string') {
    throw new LineError(token.at, `expected ${slot.where}, found ${describe(token)}`);
  }
  scanner.take();
  if (token.kind === 'number') return constant(numberOf(token));
  if (isLabel(token.text)) {
    const base = slot.labels.get(token.text);
    if (base !== undefined) return { base, offset: 0n };
    throw new LineError(
      token.at,
      `${quote(token.text)} is not defined above`,
      `label the call whose result is meant: ${quote(token.text)} = …`,
    );
  }
  if ((COUNTERS as readonly string[]).includes(token.text)) return { base: token.text as CounterName, offset: 0n };
  const value = valueNamed(slot.kind, token.text);
  if (value === undefined) throw unknownName(token, slot);
  return constant(value);
}

/** A sign before a value; a loop, because a line may have thousands of signs. */
function signed(scanner: Scanner, slot: Slot): Operand {
  const { at } = scanner.token;
  let negative = false;
  while (scanner.is('-') || scanner.is('+')) negative = scanner.take().text === '-' ? !negative : negative;
  const value = primary(scanner, slot);
  if (!negative) return value;
  if (value.base !== null) throw new LineError(at, 'a result or a counter cannot be negated');
  return constant(-value.offset);
}

function product(scanner: Scanner, slot: Slot): Operand {
  let value = signed(scanner, slot);
  while (scanner.is('*')) {
    const { at } = scanner.take();
    const factor = signed(scanner, slot);
    if (value.base !== null || factor.base !== null)
      throw new LineError(at, 'a result or a counter cannot be multiplied');
    value = constant(value.offset * factor.offset);
  }
  return value;
}

function sum(scanner: Scanner, slot: Slot): Operand {
  let value = product(scanner, slot);
  while (scanner.is('+') || scanner.is('-')) {
    const { text, at } = scanner.take();
    const next = product(scanner, slot);
    if (text === '-' && next.base !== null) throw new LineError(at, 'a result or a counter cannot be subtracted');
    if (value.base !== null && next.base !== null)
      throw new LineError(at, 'only one result or counter can stand in an argument');
    value = {
      base: value.base ?? next.base,
      offset: wrap(text === '+' ? value.offset + next.offset : value.offset - next.offset),
    };
  }
  return value;
}

/** One argument. */
export function readOperand(scanner: Scanner, slot: Slot): Operand {
  let value = sum(scanner, slot);
  while (scanner.is('|')) {
    const { at } = scanner.take();
    if (!slot.kind.joined) throw new LineError(at, `${slot.where} is no set of flags: nothing can be joined by |`);
    const next = sum(scanner, slot);
    if (value.base !== null || next.base !== null)
      throw new LineError(at, 'a result or a counter cannot be joined by |');
    value = constant(value.offset | next.offset);
  }
  return value;
}
