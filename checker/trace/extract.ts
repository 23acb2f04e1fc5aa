/**
 * The smallest program that shows the same step as one call of a log: what lay where the call looks, then the call, all of it moved
 * to where programs have their mappings. Distances within a range that the call names are kept, and so is the place within a huge page.
 */
import { MADV, MAP, MREMAP, PROT, type Range, READ, type Result, VMFLAG, WRITE } from '../../spec/index.ts';
import { lineOf, type Program, type Line as ProgramLine } from '../program/index.ts';
import type { CallEvent } from '../strace/index.ts';
import { namesDescriptor } from './call.ts';
import { united } from './completions.ts';
import { bytesOf, concernOf, type Happened, PAGE, pageOf, pagesOf } from './concern.ts';
import { happenedIn } from './happened.ts';
import { type Known, OBJECT, OPEN } from './known.ts';
import type { Space } from './space.ts';

export interface Extract {
  readonly program: Program;
  /** What was not known, and what the program has in its place. */
  readonly assumed: readonly string[];
}

/** First page of the programs' own range, a multiple of a huge page. */
const ARENA = 0x100000000;
const HUGE = 512;
/** Ranges longer than this are not moved: they reach beyond everything that a program can have. */
const LONGEST = 2 ** 30;
const NO_FILE = 0xffff_ffff_ffff_ffffn;

const hex = (page: number): string => `0x${page.toString(16)}000`;

/** Where ranges of the log lie in the program: in their order, apart. */
class Move {
  readonly #ranges: readonly { readonly from: Range; readonly to: number }[];

  constructor(ranges: readonly Range[]) {
    let at = ARENA;
    this.#ranges = ranges.map((from) => {
      const to = at + (from.start % HUGE);
      at = Math.ceil((to + (from.end - from.start)) / HUGE) * HUGE + HUGE;
      return { from, to };
    });
  }

  page(page: number): number {
    const r = this.#ranges.find(({ from }) => from.start <= page && page <= from.end);
    return r === undefined ? page : r.to + (page - r.from.start);
  }

  address(address: bigint): bigint {
    const page = pageOf(address);
    return page > LONGEST * 1024 ? address : bytesOf(this.page(page)) + (address % PAGE);
  }
}

/** The pages that the call names, with one on either side: whether a mapping goes on there matters. */
const surroundings = (happened: Happened): Range[] =>
  united(
    concernOf(happened)
      .windows.filter(({ start, end }) => end > start && end - start <= LONGEST)
      .map(({ start, end }) => ({ start: Math.max(start - 1, 0), end: end + 1 })),
  );

class Writer {
  readonly lines: ProgramLine[] = [];
  readonly assumed: string[] = [];
  readonly #move: Move;

  constructor(move: Move) {
    this.#move = move;
  }

  #add(name: ProgramLine['name'], args: readonly bigint[], comment: readonly string[] = []): number {
    const line = lineOf({ name, args });
    this.lines.push(comment.length === 0 ? line : { ...line, comment });
    return this.lines.length - 1;
  }

  /** A memory object of this many pages in the place of a file; the position of the line that opens it. */
  object(pages: number): number {
    const fd = this.#add('memfd_create', [0n]);
    const size = lineOf({ name: 'ftruncate', args: [0n, bytesOf(pages)] });
    this.lines.push({ ...size, operands: [{ base: fd, offset: 0n }, ...size.operands.slice(1)] });
    return fd;
  }

  /** Makes a mapping like the one that is known. */
  mapping(k: Known): void {
    const start = bytesOf(this.#move.page(k.start));
    const length = bytesOf(k.end - k.start);
    const open: string[] = [];
    if (k.prot === OPEN) open.push('protection');
    if (k.shared === OPEN) open.push('sharing');
    if (k.object === OPEN) open.push('backing');
    if (open.length > 0) this.assumed.push(`${open.join(', ')} of ${hex(k.start)}: private anonymous memory, rw`);
    const prot = BigInt(k.prot === OPEN ? READ | WRITE : k.prot);
    const type = k.shared === 1 ? MAP.SHARED : MAP.PRIVATE;
    const has = (bit: number): boolean => (k.flags & bit) !== 0;
    const more = (has(VMFLAG.nr) ? MAP.NORESERVE : 0n) | (has(VMFLAG.gd) ? MAP.GROWSDOWN : 0n);
    const comment = [`${k.last.file}:${k.last.line}`];
    const isObject = k.object === OBJECT.file || k.object === OBJECT.memfd || k.object === OBJECT.other;
    if (isObject) {
      if (k.object !== OBJECT.memfd) this.assumed.push(`what ${hex(k.start)} shows is a memfd here`);
      const fd = this.object(k.offset + (k.end - k.start));
      const line = lineOf({
        name: 'mmap',
        args: [start, length, prot, type | more | MAP.FIXED, 0n, bytesOf(k.offset)],
      });
      const operands = line.operands.map((o, i) => (i === 4 ? { base: fd, offset: 0n } : o));
      this.lines.push({ ...line, operands, comment });
    } else {
      const huge = has(VMFLAG.ht) ? MAP.HUGETLB : 0n;
      this.#add('mmap', [start, length, prot, type | more | huge | MAP.ANONYMOUS | MAP.FIXED, NO_FILE, 0n], comment);
    }
    if (has(VMFLAG.lo)) this.#add('mlock2', [start, length, has(VMFLAG.lf) ? 1n : 0n]);
    for (const [bit, advice] of ADVICE) if (has(bit)) this.#add('madvise', [start, length, advice]);
    if (has(VMFLAG.sl)) this.#add('mseal', [start, length, 0n]);
    if (k.uffd !== 0) this.assumed.push(`${hex(k.start)} is registered with no userfaultfd`);
  }

  /** Pages of which nothing is known: mapped where the call could not have ended so without. */
  blank(start: number, end: number, mapped: boolean): void {
    this.assumed.push(`${hex(start)}-${hex(end)} is ${mapped ? 'private anonymous memory, rw' : 'free'}`);
    if (!mapped) return;
    const flags = MAP.PRIVATE | MAP.ANONYMOUS | MAP.FIXED;
    const args = [bytesOf(this.#move.page(start)), bytesOf(end - start), PROT.READ | PROT.WRITE, flags, NO_FILE, 0n];
    this.#add('mmap', args, ['assumed']);
  }
}

const ADVICE: readonly (readonly [number, bigint])[] = [
  [VMFLAG.dc, MADV.DONTFORK],
  [VMFLAG.dd, MADV.DONTDUMP],
  [VMFLAG.wf, MADV.WIPEONFORK],
  [VMFLAG.hg, MADV.HUGEPAGE],
  [VMFLAG.mg, MADV.MERGEABLE],
];

/** Which arguments are addresses. */
const ADDRESSES: Readonly<Record<string, readonly number[]>> = { mremap: [0, 4] };

/** What the moved call is to answer; nothing where the kernel chose the place. */
function expected({ name, args, result }: Happened, move: Move): Result | undefined {
  if (result.kind !== 'value') return result;
  const flags = args[3] ?? 0n;
  const told = name === 'mmap' ? (flags & (MAP.FIXED | MAP.FIXED_NOREPLACE)) !== 0n : (flags & 2n) !== 0n;
  if (name === 'mmap' || name === 'mremap')
    return told || result.value === args[0] ? { kind: 'value', value: move.address(result.value) } : undefined;
  return result;
}

/** Whether a page must have been mapped for the call to have ended so. */
function mustBeMapped({ name, args, result }: Happened, page: number): boolean {
  if (result.kind !== 'value' || name === 'mmap' || name === 'munmap') return false;
  const start = pageOf(args[0] ?? 0n);
  const old = pagesOf(args[1] ?? 0n);
  const now = pagesOf(args[2] ?? 0n);
  // It would have grown where it was.
  if (name === 'mremap' && args[3] === MREMAP.MAYMOVE && now > old && result.value !== args[0] && page === start + old)
    return true;
  return page >= start && page < start + Math.max(old, name === 'mremap' ? 1 : 0);
}

/** The program of one call, from what was known before it. `undefined` for calls of which the contract has none. */
export function extract(event: CallEvent, before: Space): Extract | undefined {
  const happened = happenedIn(event);
  if (happened === undefined || happened === 'unreadable') return undefined;
  const ranges = surroundings(happened);
  const move = new Move(ranges);
  const writer = new Writer(move);
  for (const { start, end } of ranges) {
    const named = concernOf(happened).windows.flatMap((w) => [w.start, w.end]);
    const cuts = [...new Set([start, end, ...named])].filter((p) => p >= start && p <= end).sort((a, b) => a - b);
    const blanks = (from: number, to: number): void => {
      const inside = [from, ...cuts.filter((p) => p > from && p < to), to];
      for (let i = 0; i + 1 < inside.length; i++)
        writer.blank(inside[i] as number, inside[i + 1] as number, mustBeMapped(happened, inside[i] as number));
    };
    let at = start;
    for (const k of before.land.within({ start, end })) {
      if (k.start > at) blanks(at, k.start);
      if (k.mapped) writer.mapping(k);
      at = k.end;
    }
    if (at < end) blanks(at, end);
  }
  const file = namesDescriptor(happened)
    ? writer.object(pageOf(happened.args[5] ?? 0n) + pagesOf(happened.args[1] ?? 0n))
    : undefined;
  if (file !== undefined) writer.assumed.push('the descriptor is that of a memfd');
  const addresses = ADDRESSES[happened.name] ?? [0];
  const args = happened.args.map((a, i) => (addresses.includes(i) && a !== 0n ? move.address(a) : a));
  const line = lineOf({ name: happened.name, args });
  const operands = line.operands.map((o, i) => (file !== undefined && i === 4 ? { base: file, offset: 0n } : o));
  const expect = expected(happened, move);
  const comment = [`${event.where.file}:${event.where.line}`];
  writer.lines.push({ ...line, operands, comment, ...(expect === undefined ? {} : { expect }) });
  const header = [{ key: 'from', value: `${event.where.file}:${event.where.line}` }];
  return {
    program: {
      header: [...header, ...writer.assumed.map((value) => ({ key: 'assumes', value }))],
      lines: writer.lines,
    },
    assumed: writer.assumed,
  };
}
