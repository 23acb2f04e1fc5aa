/** For tests: short ways to programs, and programs with calls between theirs that have no part in what they show. */
import type { Environment } from '../../spec/index.ts';
import { programAt } from '../generate/index.ts';
import { type Line, type Program, parseProgram } from '../program/index.ts';

export function parsed(text: string): Program {
  const read = parseProgram(text, 'test');
  if (!read.ok) throw new Error(read.errors[0]?.message);
  return read.program;
}

/** A line with its bases moved by what `position` says. */
const renumbered = (line: Line, position: (base: number) => number): Line => ({
  ...line,
  operands: line.operands.map((o) => (typeof o.base === 'number' ? { ...o, base: position(o.base) } : o)),
});

/** A program with `count` random calls before its last line: two from the random program after each of its own, as far as they reach. */
export function padded(program: Program, count: number, seed: number, environment: Environment): Program {
  const random = programAt(seed, 0, environment, { min: count, max: count }).lines;
  const lines: Line[] = [];
  const own = new Map<number, number>();
  const foreign = new Map<number, number>();
  const each = Math.ceil(count / program.lines.length);
  let next = 0;
  program.lines.forEach((line, i) => {
    for (let k = 0; k < each && next < random.length; k++, next++) {
      foreign.set(next, lines.length);
      lines.push(renumbered(random[next] as Line, (base) => foreign.get(base) as number));
    }
    own.set(i, lines.length);
    lines.push(renumbered(line, (base) => own.get(base) as number));
  });
  return { header: program.header, lines };
}

/** An environment in which programs can be made without a kernel; nothing in it was measured. */
export const ENVIRONMENT: Environment = {
  release: '6.18.0',
  pageSize: 4096,
  taskSize: 0x7ffffffff,
  hugePage: 512,
  hugePool: 0,
  maxMapCount: 65530,
  minAddr: 16,
  overcommit: 0,
  memory: 6_000_000,
  stackGap: 256,
  stackLimit: 2048,
  own: { vmSize: 100, vmLck: 0, vmData: 10, vmStk: 33, mapCount: 10, lockable: 30 },
  window: { start: 0x100000000, end: 0x7f0000000 },
  arena: 0x100200000,
  capabilities: { ipcLock: true, rawIo: true },
  fileCustomPlacement: false,
  filePages: 16,
  features: ['mseal', 'userfaultfd', 'hugetlb'],
};
