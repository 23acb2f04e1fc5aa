/** How fast a machine runs: observed calls a second. */
import type { CallName } from '../../spec/index.ts';
import type { Looks, Machine } from '../machine.ts';
import type { Line, Program } from '../program/index.ts';

export interface Speed {
  /** Calls a second with the mappings seen after every call. */
  readonly mappings: number;
  /** The same with counters and contents after every call, flags and touched pages at the end. */
  readonly everything: number;
}

const RW = 3n;
const PRIVATE_ANONYMOUS_FIXED = 0x32n;
const MAYMOVE_FIXED = 3n;

const line = (name: CallName, ...args: readonly bigint[]): Line => ({
  name,
  operands: args.map((offset) => ({ base: null, offset })),
});

/** Fifteen calls over ten mappings or so; `turn` varies the places. */
function sample(arena: bigint, page: bigint, turn: number): Program {
  const at = (pages: number): bigint => arena + BigInt(pages + (turn % 7)) * page;
  const lines: Line[] = [];
  for (let i = 0; i < 6; i++)
    lines.push(
      line('mmap', at(8 * i), 4n * page, i % 2 === 0 ? RW : 1n, PRIVATE_ANONYMOUS_FIXED, 0xffffffffffffffffn, 0n),
    );
  lines.push(line('store', at(0), 7n), line('store', at(16), 8n));
  lines.push(line('mprotect', at(1), page, 1n), line('mprotect', at(17), page, 0n));
  lines.push(line('mremap', at(0), 4n * page, 4n * page, MAYMOVE_FIXED, at(64)));
  lines.push(line('mremap', at(8), 12n * page, 12n * page, MAYMOVE_FIXED, at(80)));
  lines.push(line('munmap', at(65), page), line('mremap', at(24), 4n * page, 6n * page, 1n, 0n));
  lines.push(line('load', at(64)));
  return { header: [], lines };
}

async function speed(machine: Machine, programs: readonly Program[], looks: Looks, seconds: number): Promise<number> {
  const calls = programs.reduce((sum, program) => sum + program.lines.length, 0);
  await machine.run(programs, looks);
  const start = performance.now();
  let done = 0;
  let ahead = machine.run(programs, looks);
  while (performance.now() - start < seconds * 1000) {
    const next = machine.run(programs, looks);
    await ahead;
    ahead = next;
    done += calls;
  }
  await ahead;
  return Math.round(((done + calls) * 1000) / (performance.now() - start));
}

/** Measures for about `seconds` per kind of observation. */
export async function benchmark(machine: Machine, seconds = 2): Promise<Speed> {
  const { arena, pageSize } = machine.environment;
  const start = BigInt(arena) * BigInt(pageSize);
  const programs = Array.from({ length: 400 }, (_, i) => sample(start, BigInt(pageSize), i));
  const none: Looks = { mappings: 'each', counters: 'never', contents: 'never', flags: 'never', touch: 'never' };
  const all: Looks = { mappings: 'each', counters: 'each', contents: 'each', flags: 'end', touch: 'end' };
  return {
    mappings: await speed(machine, programs, none, seconds),
    everything: await speed(machine, programs, all, seconds),
  };
}
