/** Programs to batches; the form is described in executor/worker.h. */

import type { CallName } from '../../spec/index.ts';
import { ARGUMENTS, CALL_NAMES } from '../../spec/index.ts';
import type { Looks, Often } from '../machine.ts';
import type { CounterName, Operand, Program } from '../program/index.ts';
import { PAYLOAD_MAX } from './wire.ts';

const CALL_NUMBER = Object.fromEntries(CALL_NAMES.map((name, i) => [name, i])) as Readonly<Record<CallName, number>>;
const OFTEN: Readonly<Record<Often, number>> = { never: 0, each: 1, end: 2 };
const COUNTER_KIND: Readonly<Record<CounterName, number>> = { VmSize: 2, VmLck: 3, VmData: 4 };

const BATCH_BYTES = 16;
const PROGRAM_BYTES = 8;
const LINE_BYTES = 8;
const OPERAND_BYTES = 16;

/** Lines of a program that the executor takes at most. */
const MAX_LINES = 4096;

/** Bytes that a program takes in a batch. */
export function programBytes(program: Program): number {
  let bytes = PROGRAM_BYTES;
  for (const line of program.lines) bytes += LINE_BYTES + OPERAND_BYTES * line.operands.length;
  return bytes;
}

/**
 * Why the executor would refuse a program, `undefined` when it takes it: one bad program must not cost its whole batch.
 * `canFail`: the kernel has the feature `fault_injection`.
 */
export function whyUnfit(program: Program, canFail: boolean): string | undefined {
  if (program.lines.length > MAX_LINES || programBytes(program) > PAYLOAD_MAX - BATCH_BYTES)
    return `a program of ${program.lines.length} lines is too long`;
  for (const [number, line] of program.lines.entries()) {
    const wanted: readonly string[] | undefined = ARGUMENTS[line.name];
    if (line.fault !== undefined && !canFail)
      return `line ${number}: no allocation of this kernel can be made to fail (it has no fault injection)`;
    if (wanted?.length !== line.operands.length) return `line ${number}: not the arguments of ${line.name}`;
    for (const { base } of line.operands)
      if (typeof base === 'number' && !(base >= 0 && base < number))
        return `line ${number}: r${base} is no earlier result`;
  }
  return undefined;
}

function looksWord(looks: Looks): number {
  const parts = [looks.mappings, looks.counters, looks.contents, looks.flags, looks.touch];
  return parts.reduce((word, often, i) => word | (OFTEN[often] << (2 * i)), 0);
}

/** Kind of the base of an operand, as the executor numbers them. */
function baseKind(base: Operand['base']): number {
  if (base === null) return 0;
  return typeof base === 'number' ? 1 : COUNTER_KIND[base];
}

/** The payload of a batch. `limitMs`: after this time without its end a program is given up as hung. */
export function encodeBatch(programs: readonly Program[], looks: Looks, limitMs: number): Uint8Array {
  let size = BATCH_BYTES;
  for (const program of programs) size += programBytes(program);
  const buffer = new ArrayBuffer(size);
  const words = new Uint32Array(buffer);
  const longs = new BigUint64Array(buffer);
  words.set([programs.length, limitMs, looksWord(looks), looks.faultPoints === true ? 1 : 0]);
  let at = BATCH_BYTES / 4;
  for (const program of programs) {
    words[at] = program.lines.length;
    words[at + 1] = programBytes(program);
    at += 2;
    for (const line of program.lines) {
      words[at] = CALL_NUMBER[line.name] | (line.operands.length << 16);
      words[at + 1] = line.fault ?? 0;
      at += 2;
      for (const operand of line.operands) {
        words[at] = baseKind(operand.base);
        words[at + 1] = typeof operand.base === 'number' ? operand.base : 0;
        longs[(at + 2) / 2] = operand.offset;
        at += 4;
      }
    }
  }
  return new Uint8Array(buffer);
}
