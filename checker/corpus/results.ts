/**
 * Writing what came back into a program: `= …` behind every call, except where it is the kernel that chooses the number. A place
 * that the kernel chose is left out, and every use of it becomes the label of the call; so are descriptors, and how many mappings
 * were possible.
 */
import { ARGUMENTS, type CallName, type Result } from '../../spec/index.ts';
import type { Line, Operand, Program } from '../program/index.ts';

/** Calls whose number is the machine's own. */
const COUNTED: ReadonlySet<CallName> = new Set(['userfaultfd', 'memfd_create', 'openat', 'fill_mappings']);

/** What a line made, where the kernel chose the place. */
interface Chosen {
  readonly line: number;
  readonly start: bigint;
  readonly length: bigint;
}

const isAddress = (line: Line, at: number): boolean => /addr$|^start$/.test(ARGUMENTS[line.name][at] ?? '');

/** Positions of the places that a call may be told to put something at, and of the size of what it puts there. */
const TARGETS: Partial<Record<CallName, { readonly places: readonly number[]; readonly size: number }>> = {
  mmap: { places: [0], size: 1 },
  mremap: { places: [0, 4], size: 2 },
};

/** Whether a text can say it: a torn page and the unforeseen last words of a process have no form. */
const canBeSaid = (result: Result): boolean => {
  if (result.kind === 'value') return result.value >= 0n && result.value >> 64n === 0n;
  return result.kind !== 'died' || /^[!-~](?:[ -~]{0,98}[!-~])?$/.test(result.signal);
};

class Recorder {
  readonly #results: readonly Result[];
  readonly #chosen: Chosen[] = [];

  constructor(results: readonly Result[]) {
    this.#results = results;
  }

  /** What an operand came to; `undefined` where it rests on what the kernel chose or the text cannot know. */
  #stated({ base, offset }: Operand): bigint | undefined {
    if (base === null) return offset;
    const result = typeof base === 'number' ? this.#results[base] : undefined;
    if (result?.kind !== 'value' || this.#chosen.some((c) => c.line === base)) return undefined;
    return BigInt.asUintN(64, result.value + offset);
  }

  /** The line with labels in the place of numbers that only the kernel knew. */
  #labelled(line: Line): Line {
    const operands = line.operands.map((operand, at): Operand => {
      if (operand.base !== null || !isAddress(line, at)) return operand;
      const { offset } = operand;
      const home = this.#chosen.findLast((c) => offset >= c.start && offset < c.start + c.length);
      return home === undefined ? operand : { base: home.line, offset: offset - home.start };
    });
    return operands.some((o, at) => o !== line.operands[at]) ? { ...line, operands } : line;
  }

  /** The line at `position` with its result, and with labels where they are due. What the text says already stays. */
  record(original: Line, position: number): Line {
    const line = this.#labelled(original);
    const result = this.#results[position];
    if (result === undefined || !canBeSaid(result)) return line;
    const says = line.expect === undefined ? { ...line, expect: result } : line;
    if (result.kind !== 'value') return says;
    if (COUNTED.has(line.name)) return line;
    const target = TARGETS[line.name];
    if (target === undefined) return says;
    const { places, size } = target;
    if (places.some((at) => this.#stated(line.operands[at]!) === result.value)) return says;
    this.#chosen.push({ line: position, start: result.value, length: line.operands[size]!.offset });
    return line;
  }
}

/** The program with the results of a run; shorter than the program where the run ended early. */
export function withResults(program: Program, results: readonly Result[]): Program {
  const recorder = new Recorder(results);
  return { ...program, lines: program.lines.map((line, i) => recorder.record(line, i)) };
}
