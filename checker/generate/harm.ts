/**
 * For tests: which pages a call could change or look at if it succeeded, worked out from the arguments in a way of its own, so that
 * what decides in the generator is checked by something that it does not share a line with.
 */
import { expect } from 'vitest';
import { ARGUMENTS, CAP, type CallName, MAP, PROT } from '../../spec/index.ts';
import { EXAMPLE } from '../example.ts';
import { type Line, type Program, printProgram } from '../program/index.ts';

/** `[start, end)` in bytes. */
type Touched = readonly [bigint, bigint];

const P = 4096n;
const TASK = 0x7ffffffff000n;
const WRAP = 1n << 64n;
const up = (n: bigint): bigint => (((n + P - 1n) / P) * P) % WRAP;
const down = (n: bigint): bigint => n - (n % P);

const touchedByMremap = (a: bigint, o: bigint, s: bigint, flags: bigint, n: bigint): Touched[] => {
  const old = up(o);
  const size = up(s);
  const [may, fixed, keep] = [flags % 2n === 1n, (flags / 2n) % 2n === 1n, (flags / 4n) % 2n === 1n];
  if (flags >= 8n || a % P !== 0n || size === 0n || size > TASK) return [];
  if (!fixed && !keep) {
    // The tail of a shrink is given back; in any other case nothing but the mapping at `a` is concerned.
    if (old > size) return a + old > TASK ? [] : [[a, a + old]];
    return [[a, old === 0n ? a + P : a + P]];
  }
  if (!may || n % P !== 0n || n + size > TASK || (keep && old !== size)) return [];
  const meet = a < n + size && n < a + old;
  if (meet) return [];
  const source: Touched = [a, a + (old > size ? old : size)];
  return fixed || n !== 0n ? [source, [n, n + size]] : [source];
};

const touchedByMmap = (a: bigint, l: bigint, flags: bigint, offset: bigint): Touched[] => {
  const size = up(l);
  if (size === 0n || size > TASK || offset % P !== 0n) return [];
  const fixed = (flags & 0x100010n) !== 0n;
  if (fixed && (a % P !== 0n || a + size > TASK)) return [];
  if (!fixed && (a === 0n || a + size > TASK)) return [];
  return [[a, a + size]];
};

/** What a call could touch; empty for calls that the kernel refuses by their arguments. */
const touchedBy = (name: CallName, args: readonly bigint[]): Touched[] => {
  const [a = 0n, b = 0n, c = 0n, d = 0n, e = 0n, f = 0n] = args;
  if (name === 'mremap') return touchedByMremap(a, b, c, d, e);
  if (name === 'mmap') return touchedByMmap(a, b, d, f);
  if (name === 'load' || name === 'store') return a >= TASK ? [] : [[down(a), down(a) + P]];
  if (name === 'munmap') return a % P !== 0n || b === 0n || a + b > TASK ? [] : [[a, a + up(b)]];
  if (name === 'madvise') return a % P !== 0n || a + up(b) >= WRAP || c > 103n ? [] : [[a, a + up(b)]];
  const searches = name === 'mprotect' && (c & PROT.GROWSDOWN) !== 0n;
  if (searches) return a % P !== 0n || b === 0n || a + up(b) >= WRAP ? [] : [[a, a + up(b)]];
  // These stop at the first hole, and there is one behind the arena: only where they start matters.
  if (name === 'mprotect' || name === 'mseal') return a % P !== 0n || b === 0n ? [] : [[a, a + P]];
  if (b === 0n && a % P === 0n && name.includes('lock')) return [];
  if (name === 'mlock' || name === 'mlock2' || name === 'munlock') return [[down(a), down(a) + P]];
  if (name === 'uffdio_register' || name === 'uffdio_unregister')
    return b % P !== 0n || c % P !== 0n || c === 0n || b + c > TASK ? [] : [[b, b + c]];
  return [];
};

/** What line `base` returns: where it was told to put something, or some place of which only the length is known. */
type Place = { at: bigint } | { length: bigint };
const placeOf = (program: Program, base: number): Place => {
  const { name, operands } = program.lines[base]!;
  const value = (i: number): bigint => {
    const o = operands[i]!;
    if (typeof o.base !== 'number') return o.offset;
    const place = placeOf(program, o.base);
    return 'at' in place ? (place.at + o.offset) % WRAP : o.offset;
  };
  const length = (((name === 'mremap' ? value(2) : value(1)) + P - 1n) / P) * P;
  if (name === 'mmap') {
    return (operands[3]!.offset & (MAP.FIXED | MAP.FIXED_NOREPLACE)) === 0n ? { length } : { at: value(0) };
  }
  if (name !== 'mremap') return { length: 0n };
  const flags = operands[3]!.offset;
  if ((flags & 2n) !== 0n) return { at: value(4) };
  return flags === 0n ? { at: value(0) } : { length };
};

/** Whether a line asks for a little memory anywhere while there are no limits: then its result can be relied on. */
const cannotFail = (program: Program, line: number): boolean => {
  const limiting = ['setrlimit', 'mlockall', 'fill_mappings', 'drop_capability'];
  if (program.lines.slice(0, line).some((l) => limiting.includes(l.name))) return false;
  const { name, operands } = program.lines[line]!;
  return name === 'mmap' && (operands[3]!.offset & 0x140030n) === 0x20n && operands[1]!.offset <= 64n * P;
};

/** The arguments of a line as a machine could see them: any results it uses may be 0 because their lines failed. */
const possibleArguments = (program: Program, line: Line, places: Map<bigint, bigint>): bigint[][] => {
  const bases = new Map<number, Place>();
  line.operands.forEach(({ base }, i) => {
    const address = typeof base === 'number' && (ARGUMENTS[line.name][i] as string) !== 'fd';
    if (address) bases.set(base, placeOf(program, base));
  });
  const doubtful = [...bases.keys()].filter((base) => !cannotFail(program, base));
  return Array.from({ length: 1 << doubtful.length }, (_, failed) =>
    line.operands.map(({ base, offset }) => {
      const place = typeof base === 'number' ? bases.get(base) : undefined;
      if (typeof base !== 'number' || place === undefined || failed & (1 << doubtful.indexOf(base))) return offset;
      // A place that is not known stands in for itself at an address outside everything.
      const somewhere = 0x20000000000n + BigInt(base) * 0x100000000n;
      if ('length' in place) places.set(somewhere, place.length);
      return (('at' in place ? place.at : somewhere) + offset) % WRAP;
    }),
  );
};

/** Fails when a program could do harm, whichever of its lines fail. */
export const expectHarmless = (program: Program): void => {
  const window = [BigInt(EXAMPLE.window.start) * P, BigInt(EXAMPLE.window.end) * P] as const;
  const task = BigInt(EXAMPLE.taskSize) * P;
  const rawIoGone = program.lines.findIndex(
    (l) => l.name === 'drop_capability' && l.operands[0]!.offset === CAP.SYS_RAWIO,
  );
  program.lines.forEach((line, at) => {
    const places = new Map<bigint, bigint>();
    for (const args of possibleArguments(program, line, places))
      for (const [start, end] of touchedBy(line.name, args)) {
        const low = end <= 0x10000n;
        const inside = start >= window[0] && end <= window[1];
        const own = [...places].some(([from, length]) => start >= from && end <= from + length);
        const fine = start === end || low || start >= task || inside || own;
        const shown = `${line.name}(${args.map((a) => a.toString(16)).join(', ')})`;
        if (!fine) expect.fail(`${shown} in\n${printProgram(program)}`);
        // Nothing is mapped down there, but a privileged program could map something.
        const maps = line.name === 'mmap' || (line.name === 'mremap' && (args[3]! & 6n) !== 0n && start === args[4]);
        if (maps && low && !(rawIoGone >= 0 && rawIoGone < at)) expect.fail(`${shown} in\n${printProgram(program)}`);
      }
  });
};
