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
