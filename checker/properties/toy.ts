/**
 * A machine for tests, small enough to be wrong on purpose: private anonymous mappings at fixed places, moves of equal length,
 * stores, advice about dumps. Each of its faults breaks one kind of variant and nothing that a single run shows.
 */

import {
  type Call,
  MADV,
  type Observation,
  type Result,
  type SeenMapping,
  type Step,
  VMFLAG,
} from '../../spec/index.ts';
import { EXAMPLE } from '../example.ts';
import type { Machine, Run } from '../machine.ts';
import type { Program } from '../program/index.ts';
import type { Runner } from './last-move.ts';
import { mappingsIn, part, replaced } from './layout.ts';
import { countersOf } from './testing.ts';

export interface Fault {
  /** A move to an odd distance loses the contents of its first page. */
  readonly oddDistance?: true;
  /** A second move of the same program loses the lock. */
  readonly secondMove?: true;
  /** A move of several mappings loses the contents of the last page. */
  readonly several?: true;
  /** Large contents are cut. */
  readonly largeContents?: true;
  /** A mapping of which a part is left out of dumps loses the right to be written. */
  readonly dumps?: true;
  /** What is not a whole page at the end of a move stays behind. */
  readonly wholePages?: true;
  /** Large contents are counted in VmSize. */
  readonly largeCounts?: true;
}

interface World {
  mappings: readonly SeenMapping[];
  readonly contents: Map<number, number>;
  moves: number;
  extra: number;
}

const LARGE = 65536;
const ZERO: Result = { kind: 'value', value: 0n };
const page = (address = 0n): number => Number(address / BigInt(EXAMPLE.pageSize));
const pagesOf = (bytes = 0n): number => page(bytes + BigInt(EXAMPLE.pageSize - 1));

type Do = (world: World, args: readonly bigint[], fault: Fault) => Result;

const mmap: Do = (world, [address = 0n, bytes]) => {
  const start = page(address);
  const end = start + page(bytes);
  const made = { start, end, prot: 3, shared: false, offset: 0, file: 0, flags: VMFLAG.mw | VMFLAG.ac | VMFLAG.lo };
  world.mappings = replaced(world.mappings, made, [made]);
  return { kind: 'value', value: address };
};

const store: Do = (world, [address, value = 0n], fault) => {
  const content = Number(value);
  world.contents.set(page(address), fault.largeContents ? content % LARGE : content);
  if (fault.largeCounts && content >= LARGE) world.extra++;
  return ZERO;
};

const madvise: Do = (world, [address, bytes, advice], fault) => {
  const range = { start: page(address), end: page(address) + page(bytes) };
  const changed = mappingsIn(world.mappings, range).map((m) => {
    const inside = part(m, Math.max(m.start, range.start), Math.min(m.end, range.end));
    const flags = advice === MADV.DONTDUMP ? inside.flags! | VMFLAG.dd : inside.flags! & ~VMFLAG.dd;
    return { ...inside, flags: fault.dumps ? flags & ~VMFLAG.mw : flags };
  });
  world.mappings = replaced(world.mappings, range, changed);
  return ZERO;
};

const mremap: Do = (world, [address, bytes, , , target = 0n], fault) => {
  const range = { start: page(address), end: page(address) + (fault.wholePages ? page(bytes) : pagesOf(bytes)) };
  const by = page(target) - range.start;
  const sources = mappingsIn(world.mappings, range).map((m) =>
    part(m, Math.max(m.start, range.start), Math.min(m.end, range.end)),
  );
  if (sources.length === 0) return { kind: 'error', errno: 'EFAULT' };
  world.moves++;
  const lost = fault.secondMove && world.moves > 1 ? VMFLAG.lo : 0;
  for (const m of sources) {
    const to = { ...m, start: m.start + by, end: m.end + by, flags: m.flags! & ~lost };
    world.mappings = replaced(replaced(world.mappings, to, [to]), m);
    for (let p = m.start; p < m.end; p++) {
      const content = world.contents.get(p);
      world.contents.delete(p);
      if (content === undefined) world.contents.delete(p + by);
      else world.contents.set(p + by, content);
    }
  }
  if (fault.oddDistance && by % 2 !== 0) world.contents.set(page(target), 0);
  if (fault.several && sources.length > 1) world.contents.set(sources.at(-1)!.end - 1 + by, 0);
  return { kind: 'value', value: target };
};

const CALLS: Partial<Record<Call['name'], Do>> = { mmap, store, madvise, mremap };

function seen({ mappings, contents, extra }: World): Observation {
  const present = [...contents].map(([at, content]) => ({ page: at, content })).sort((a, b) => a.page - b.page);
  const counters = countersOf(mappings);
  return { mappings, present, counters: { ...counters, vmSize: counters.vmSize + extra } };
}

function run({ lines }: Program, fault: Fault): Run {
  const world: World = { mappings: [], contents: new Map(), moves: 0, extra: 0 };
  const steps = lines.map(({ name, operands }): Step => {
    const call = { name, args: operands.map(({ offset }) => offset) };
    return { call, result: CALLS[name]!(world, call.args, fault), seen: seen(world) };
  });
  return { steps };
}

export const toy = (fault: Fault = {}): Machine => ({
  name: 'toy',
  environment: EXAMPLE,
  run: async (programs) => programs.map((program) => run(program, fault)),
  close: async () => {},
});

/** The same for those who wait for nothing. */
export const toyRunner = (fault: Fault = {}): Runner => ({ runOne: (program) => run(program, fault) });
