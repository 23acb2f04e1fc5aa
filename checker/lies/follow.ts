/** What the calls of a log do to the memory of its processes, as far as it can be said without the contract. */
import { MAP, MREMAP } from '../../spec/index.ts';
import { type CallEvent, fieldOf, type TraceEvent } from '../strace/index.ts';
import { FREE, Memory, OTHER, PLAIN } from './memory.ts';

/** The calls that `Processes` has to be told of. */
export const FOLLOWED: ReadonlySet<string> = new Set(
  'mmap munmap mremap mprotect pkey_mprotect brk madvise mlock mlock2 munlock mlockall munlockall mseal shmat shmdt remap_file_pages userfaultfd io_setup io_uring_setup ioctl clone clone3 fork vfork execve prctl personality map_shadow_stack msync'.split(
    ' ',
  ),
);

const CLONE_VM = 0x100n;
/** Flags of a mapping that is like any other of its kind. */
const USUAL = MAP.PRIVATE | MAP.ANONYMOUS | MAP.FIXED | MAP.FIXED_NOREPLACE | MAP.NORESERVE | MAP.DENYWRITE | MAP.STACK;
const PLAIN_FLAGS = MAP.PRIVATE | MAP.ANONYMOUS;

export const pageOf = (address: bigint): number => Number(address >> 12n);
export const pagesOf = (bytes: bigint): number => Number((bytes + 4095n) >> 12n);

/** The value of an argument; a call of which one is not known is not followed. */
export const valueAt = (call: CallEvent, i: number): bigint | undefined => call.args[i]?.value;

export class Processes {
  readonly #memories = new Map<number, Memory>();

  of(pid: number): Memory {
    let memory = this.#memories.get(pid);
    if (memory === undefined) {
      memory = new Memory();
      this.#memories.set(pid, memory);
    }
    return memory;
  }

  /** Takes over what an event says. */
  follow(event: TraceEvent): void {
    const memory = this.of(event.pid);
    if (event.kind === 'begin') memory.underWay++;
    else if (event.kind === 'garbled') memory.odd ||= event.name !== undefined && FOLLOWED.has(event.name);
    else if (event.kind === 'exit') this.#memories.delete(event.pid);
    else if (event.kind === 'call') {
      const wasUnderWay = event.where.endLine > event.where.line;
      if (wasUnderWay) memory.underWay = Math.max(0, memory.underWay - 1);
      if (event.injected) memory.odd = true;
      else this.#call(event, memory, wasUnderWay);
    }
  }

  #call(call: CallEvent, memory: Memory, wasUnderWay: boolean): void {
    if (call.ending.kind !== 'value') return;
    const result = call.ending.value;
    switch (call.name) {
      case 'execve':
        this.#memories.set(call.pid, new Memory());
        return;
      case 'clone':
      case 'clone3':
      case 'fork':
      case 'vfork':
        this.#made(call, memory, Number(result));
        return;
      case 'prctl':
        prctl(call, memory);
        return;
      case 'msync':
        return;
      case 'ioctl':
        if (call.args[1]?.text.startsWith('UFFDIO_')) memory.odd = true;
        return;
      default:
        follow(call, memory, result, wasUnderWay);
    }
  }

  #made(call: CallEvent, memory: Memory, child: number): void {
    const flags =
      call.name === 'clone3'
        ? fieldOf(call.args[0]?.text ?? '', 'flags')
        : call.args.find((a) => a.label === 'flags')?.value;
    const shares = call.name === 'vfork' || (flags !== undefined && (flags & CLONE_VM) !== 0n);
    const early = this.#memories.has(child);
    // A child that did something before this was said, or of which nobody knows whose memory it has.
    if (early || (flags === undefined && call.name.startsWith('clone'))) memory.odd = true;
    const its = shares ? memory : memory.copy();
    if (early) its.odd = true;
    this.#memories.set(child, its);
  }
}

const PR_SET_MM = 35n;
const PR_SET_VMA = 0x53564d41n;

/** Names split a mapping; what moves the borders of the heap is not followed. */
function prctl(call: CallEvent, memory: Memory): void {
  const [option, , address, length] = [0, 1, 2, 3].map((i) => valueAt(call, i));
  if (option === PR_SET_MM) memory.odd = true;
  if (option !== PR_SET_VMA || address === undefined || length === undefined) return;
  memory.change(pageOf(address), pageOf(address) + pagesOf(length), (s) => s);
}

/** What one successful call does to its own memory. */
function follow(call: CallEvent, memory: Memory, result: bigint, wasUnderWay: boolean): void {
  const [a, b, c, d] = [0, 1, 2, 3].map((i) => valueAt(call, i));
  if (call.name === 'brk') {
    followHeap(memory, result);
    return;
  }
  if (
    a === undefined ||
    b === undefined ||
    !['mmap', 'munmap', 'mremap', 'mprotect', 'madvise', 'mlock', 'mlock2', 'munlock', 'mseal'].includes(call.name)
  ) {
    memory.odd = true;
    return;
  }
  const start = pageOf(a);
  const end = start + pagesOf(b);
  if (wasUnderWay) {
    // What happened at the same time is not asked: the ranges are unknown now.
    memory.set(start, end);
    if (call.name === 'mmap') memory.set(pageOf(result), pageOf(result) + pagesOf(b));
    if (call.name === 'mremap') memory.set(pageOf(result), pageOf(result) + pagesOf(c ?? 0n));
    return;
  }
  if (call.name === 'munmap') memory.set(start, end, FREE);
  else if (call.name === 'mprotect' || call.name === 'madvise') memory.change(start, end, (s) => s);
  else if (call.name === 'mseal') memory.change(start, end, (s) => ({ ...s, plain: false, sealed: true }));
  else if (call.name === 'mmap') followMmap(memory, pageOf(result), pagesOf(b), d);
  else if (call.name === 'mremap') followMremap(memory, start, end, pageOf(result), pagesOf(c ?? 0n), d);
  else memory.change(start, end, (s) => ({ ...s, plain: false }));
}

function followHeap(memory: Memory, result: bigint): void {
  if (memory.heap !== undefined && result < memory.heap) memory.set(pagesOf(result), pagesOf(memory.heap), FREE);
  if (memory.heap !== undefined && result > memory.heap) memory.set(pagesOf(memory.heap), pagesOf(result), OTHER);
  memory.heap = result;
}

function followMmap(memory: Memory, start: number, pages: number, flags: bigint | undefined): void {
  const plain = flags !== undefined && (flags & ~USUAL) === 0n && (flags & PLAIN_FLAGS) === PLAIN_FLAGS;
  // A huge page may be more than what was asked for.
  if (flags === undefined || (flags & MAP.HUGETLB) !== 0n) memory.set(start, start + pages);
  else if ((flags & MAP.GROWSDOWN) !== 0n) memory.odd = true;
  else memory.set(start, start + pages, plain ? PLAIN : OTHER);
}

function followMremap(
  memory: Memory,
  from: number,
  end: number,
  to: number,
  pages: number,
  flags: bigint | undefined,
): void {
  const source = memory.meeting(from, end);
  const plain = source.length === 1 && source[0]?.plain === true && source[0].start === from && source[0].end === end;
  if (from === end || flags === undefined || (flags & MREMAP.DONTUNMAP) !== 0n) {
    memory.set(from, end);
    memory.set(to, to + pages);
    return;
  }
  memory.set(from, end, FREE);
  memory.set(to, to + pages, plain ? PLAIN : OTHER);
}
