/**
 * A state of the model as a list of numbers, such that two states with the same list behave alike for ever: every call has the same result
 * in both and shows the same, up to the names below, and leaves states with the same list again. What is left out, and why that is sound:
 *
 * - *Names of contents.* The model moves, copies, drops and compares for equality what is in a page, and never asks what it is. Contents are
 *   numbered in the order in which they occur: pages of the address space, ascending, then pages of objects (only cutting a file inside a page
 *   looks into contents; no scope has that call). 0 (a fresh page is zero) and those
 *   of the prefilled file, which come back with every fault, keep their names.
 * - *Names of anonymous identities and of records* (open files, objects, userfaultfds). Only ever compared for equality; a new one differs from
 *   all that are there, and nothing is ordered by them. Numbered in the order in which mappings, then descriptors, mention them. The counters
 *   that give out new names are left out. What nothing mentions any more can never be reached again.
 * - *Places in the arena.* Nothing in the kernel's rules distinguishes one page number from another but the ends of the address space, the
 *   alignment of huge pages and page tables, and places that the kernel chooses, which count from the top. The caller names a stretch of pages
 *   inside one page table, so far from all that else is mapped that no guard gap reaches over; page numbers in there count from the first mapped
 *   one. That holds for offsets of private anonymous memory too, which are page numbers (where it was first mapped), not for offsets in files.
 *   Where nothing is mapped in the stretch any more, but something that was moved out of it remembers its place there, they count from that.
 * - *Form.* How records lie in memory, the shape of the B+tree, whether a page table is dense: none of it can be asked for by a call. Page tables
 *   exist exactly where entries are.
 *
 * Read from its beginning, a list says at each number what comes next: what only some states have begins with a negative number, where none could
 * stand otherwise. So states that differ in what is not left out have different lists.
 *
 * `exactly` leaves nothing out but the form: the search is tested against that.
 */
import * as OBSERVATION from '../spec/observation.ts';
import * as DESCRIPTORS from './descriptors.ts';
import { kindOfDescriptor, nextDescriptor, recordOf } from './descriptors.ts';
import * as FAULT from './fault/index.ts';
import * as OBJECTS from './objects.ts';
import { objectOf } from './objects.ts';
import type { Space } from './space.ts';
import * as SPACE from './space.ts';

// Constants of its own: an imported one is looked up at each use.
const { FILE_CONTENT } = OBSERVATION;
const { UFFD_DESCRIPTOR } = DESCRIPTORS;
const { PRIVATE } = FAULT.ENTRY;
const { CONTENTS, FILE_ACCESS, INODE, KIND, LENGTH, UFFD_FEATURES, UFFD_FLAGS } = OBJECTS;
const { ANONYMOUS_OFFSET, END, FILE, FLAGS, IDENTITY, MAPPING_WORDS, MM, NEXT, OFFSET, START, UFFD } = SPACE;

/** Page numbers `[low, high)` that count from the lowest mapping in there. */
export interface Stretch {
  readonly low: number;
  readonly high: number;
}

/** Words of the process that only name things or count names. */
const NAMES: ReadonlySet<number> = new Set([MM.IDENTITIES, MM.INODES, MM.DESCRIPTORS, MM.FILE, MM.ZERO_DEVICE]);
/** Words of the process that only its settings change: limits and capabilities. */
const SETTINGS: readonly number[] = [
  MM.LIMIT_AS,
  MM.LIMIT_DATA,
  MM.LIMIT_MEMLOCK,
  MM.LIMIT_STACK,
  MM.HARD_AS,
  MM.HARD_DATA,
  MM.HARD_MEMLOCK,
  MM.HARD_STACK,
  MM.IPC_LOCK,
  MM.RAW_IO,
  MM.RESOURCE,
  MM.KERNEL_FAULTS,
];
const PROCESS = Object.values(MM).filter((word) => !NAMES.has(word) && !SETTINGS.includes(word));
/** Kinds of entries are below this. */
const KINDS = 256;

/** Things in the order in which they were first mentioned; 0 is none. */
class Order {
  things = new Float64Array(64);
  count = 0;

  of(thing: number): number {
    if (thing === 0) return 0;
    const { count } = this;
    for (let i = 0; i < count; i++) if (this.things[i] === thing) return i + 1;
    if (count === this.things.length) this.things = doubled(this.things);
    this.things[count] = thing;
    this.count = count + 1;
    return count + 1;
  }
}

/** Whether there are descriptors, or objects that can be opened again. */
const hasOpened = (s: Space): boolean =>
  s.mm(MM.DESCRIPTORS) !== 0 || s.mm(MM.FILE) !== 0 || s.mm(MM.ZERO_DEVICE) !== 0;

function doubled(array: Float64Array): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(2 * array.length);
  larger.set(array);
  return larger;
}

/** Writes states down, one after the other, into the same list. */
export class Canonical {
  /** The list; the first `length` numbers count. */
  words = new Float64Array(256);
  length = 0;
  /**
   * Where what is mapped in the stretch begins and ends; if nothing is, the pages of it that offsets of other mappings still name; if there are none
   * either, both are its first page.
   */
  from = 0;
  end = 0;
  /** What page numbers of the stretch count from. */
  #origin = 0;
  /** Where what is left of the run of entries that was found last begins; Infinity if there is none. */
  #entry = 0;
  /** Where the last mapping ends. */
  #limit = 0;
  readonly #stretch: Stretch;
  readonly #exactly: boolean;
  readonly #contents = new Order();
  readonly #identities = new Order();
  readonly #files = new Order();
  readonly #objects = new Order();
  readonly #uffds = new Order();

  constructor(stretch: Stretch, exactly = false) {
    this.#stretch = stretch;
    this.#exactly = exactly;
  }

  write(s: Space): void {
    this.#contents.count = 0;
    this.#identities.count = 0;
    this.#files.count = 0;
    this.#objects.count = 0;
    this.#uffds.count = 0;
    this.#findExtent(s);
    this.#origin = this.#exactly ? 0 : this.from;
    // There is always room for these.
    const { words } = this;
    const held = s.heap.words;
    for (let i = 0; i < PROCESS.length; i++) words[i] = held[s.process + (PROCESS[i] as number)] as number;
    this.length = PROCESS.length;
    // As the process began, they are the same in all states of a search.
    if (s.mm(MM.SETTINGS) !== 0) for (let i = 0; i < SETTINGS.length; i++) this.#put(s.mm(SETTINGS[i] as number));
    const { first, last } = s.mappings;
    if (first !== 0) {
      this.#limit = s.end(last);
      this.#entry = s.pages.seek(s.start(first), this.#limit);
    }
    for (let m = first; m !== 0; m = (held[m + NEXT] as number) | 0) this.#mapping(s, m);
    // Nothing behind the mappings is as good as lists that are all empty; what begins with -1 is no mapping.
    if (this.#files.count === 0 && this.#uffds.count === 0 && !hasOpened(s)) return;
    this.#put(-1);
    this.#descriptors(s);
    this.#records(s);
  }

  #findExtent(s: Space): void {
    const { low, high } = this.#stretch;
    const { words } = s.heap;
    const { first } = s.mappings;
    let from = high;
    let end = low;
    for (let m = first; m !== 0; m = (words[m + NEXT] as number) | 0) {
      const start = words[m + START] as number;
      if (start >= high) break;
      const stop = words[m + END] as number;
      if (stop <= low) continue;
      if (start < from) from = start;
      end = stop;
    }
    this.from = from;
    this.end = end;
    if (from <= end) return;
    for (let m = first; m !== 0; m = s.next(m)) this.#extendByOffset(s, m);
    if (this.from > this.end) this.from = low;
  }

  #extend(start: number, end: number): void {
    if (start < this.from) this.from = start;
    if (end > this.end) this.end = end;
  }

  /** Of what was mapped in the stretch and lies elsewhere now. */
  #extendByOffset(s: Space, m: number): void {
    const { low, high } = this.#stretch;
    const offset = s.heap.get(m + (s.heap.get(m + FILE) === 0 ? OFFSET : ANONYMOUS_OFFSET));
    if (offset >= low && offset < high) this.#extend(offset, offset + s.length(m));
  }

  #put(word: number): void {
    if (this.length === this.words.length) this.words = doubled(this.words);
    this.words[this.length++] = word;
  }

  #page(page: number): number {
    return page >= this.#stretch.low && page < this.#stretch.high ? page - this.#origin : page;
  }

  /** Things by name or, where nothing is left out, as they are. */
  #name(order: Order, thing: number): number {
    const name = order.of(thing);
    return this.#exactly ? thing : name;
  }

  #content(token: number): number {
    return token === 0 || token >= FILE_CONTENT ? token : this.#name(this.#contents, token);
  }

  #mapping(s: Space, m: number): void {
    const { words } = s.heap;
    const file = words[m + FILE] as number;
    const start = words[m + START] as number;
    const end = words[m + END] as number;
    const offset = words[m + OFFSET] as number;
    if (this.length + MAPPING_WORDS > this.words.length) this.words = doubled(this.words);
    const to = this.words;
    const at = this.length;
    to[at] = this.#page(start);
    to[at + 1] = this.#page(end);
    to[at + 2] = words[m + FLAGS] as number;
    to[at + 3] = file === 0 ? this.#page(offset) : offset;
    const identity = this.#name(this.#identities, words[m + IDENTITY] as number);
    const uffd = words[m + UFFD] as number;
    to[at + 4] = identity;
    this.length = at + 5;
    if (file !== 0 || uffd !== 0) this.#special(words, m);
    if (this.#entry < end) this.#entries(s, start, end);
    this.#put(-1);
  }

  /** What only some mappings have; behind an identity, which is at least 0, -2 says that it follows. */
  #special(words: Float64Array, m: number): void {
    const file = words[m + FILE] as number;
    this.#put(-2);
    this.#put(this.#files.of(file));
    this.#put(this.#uffds.of(words[m + UFFD] as number));
    if (file !== 0) this.#put(this.#page(words[m + ANONYMOUS_OFFSET] as number));
  }

  /** Entries lie in mappings and nowhere else: what is found behind the end of one is kept for the next. */
  #entries({ pages }: Space, from: number, end: number): void {
    const { run } = pages;
    let entry = this.#entry;
    while (entry < end) {
      const to = run.end < end ? run.end : end;
      const { kind } = run;
      for (let page = entry; page < to; page++) {
        this.#put((page - from) * KINDS + kind);
        if (kind === PRIVATE) this.#put(this.#content(run.token + (page - run.start) * run.stride));
      }
      entry = to < run.end ? to : pages.follow(this.#limit);
    }
    this.#entry = entry;
  }

  #descriptors(s: Space): void {
    for (let fd = nextDescriptor(s, 0); fd >= 0; fd = nextDescriptor(s, fd + 1)) {
      const isUffd = kindOfDescriptor(s, fd) === UFFD_DESCRIPTOR;
      this.#put(fd);
      this.#put((isUffd ? this.#uffds : this.#files).of(recordOf(s, fd)));
      this.#put(isUffd ? 1 : 0);
    }
    this.#put(-1);
  }

  /** What has been mentioned. Files come first: they mention objects. */
  #records(s: Space): void {
    const { heap } = s;
    for (let i = 0; i < this.#files.count; i++) {
      const file = this.#files.things[i] as number;
      this.#put(heap.get(file + FILE_ACCESS));
      this.#put(this.#objects.of(objectOf(s, file)));
    }
    // What can be opened again is never out of reach.
    this.#put(this.#objects.of(s.mm(MM.FILE)));
    this.#put(this.#objects.of(s.mm(MM.ZERO_DEVICE)));
    for (let i = 0; i < this.#objects.count; i++) this.#object(s, this.#objects.things[i] as number);
    for (let i = 0; i < this.#uffds.count; i++) {
      const uffd = this.#uffds.things[i] as number;
      this.#put(heap.get(uffd + UFFD_FLAGS));
      this.#put(heap.get(uffd + UFFD_FEATURES));
    }
  }

  #object(s: Space, object: number): void {
    const { heap } = s;
    this.#put(heap.get(object + KIND));
    this.#put(heap.get(object + LENGTH));
    if (this.#exactly) this.#put(heap.get(object + INODE));
    const contents = s.contentsOf(heap.get(object + CONTENTS));
    const { run } = contents;
    for (let start = contents.seek(0); start < Number.POSITIVE_INFINITY; start = contents.seek(run.end)) {
      if (run.token >= FILE_CONTENT) {
        // As it was prefilled: one run says it all.
        this.#put(start);
        this.#put(run.end);
        this.#put(run.token);
        continue;
      }
      for (let page = start; page < run.end; page++) {
        this.#put(page);
        this.#put(this.#content(run.token + (page - start) * run.stride));
      }
    }
    this.#put(-1);
  }
}
