/**
 * What can be seen from outside after a call. Every part is optional: an absent part was not looked at.
 * Addresses, lengths and offsets are page numbers.
 */
import type { Call, Result } from './calls.ts';

/** The flags of a mapping that only `smaps` (VmFlags) shows, by its two-letter names. One bit each in `SeenMapping.flags`. */
export const VMFLAG = {
  mw: 1 << 0, // may write
  gd: 1 << 1, // grows down
  lo: 1 << 2, // locked
  lf: 1 << 3, // lock on fault
  ac: 1 << 4, // accountable (charged to the commit limit)
  nr: 1 << 5, // no reserve
  ht: 1 << 6, // hugetlb
  dc: 1 << 7, // do not copy on fork
  dd: 1 << 8, // do not include in a core dump
  de: 1 << 9, // do not expand
  wf: 1 << 10, // wipe on fork
  hg: 1 << 11, // huge page advised
  nh: 1 << 12, // huge page advised against
  um: 1 << 13, // userfaultfd: missing
  uw: 1 << 14, // userfaultfd: write protect
  ui: 1 << 15, // userfaultfd: minor
  sl: 1 << 16, // sealed
  gu: 1 << 17, // may hold guard regions
  rr: 1 << 18, // random read advised
  sr: 1 << 19, // sequential read advised
  mg: 1 << 20, // mergeable (KSM)
} as const;

/** One line of `/proc/PID/maps`. */
export interface SeenMapping {
  readonly start: number;
  readonly end: number;
  /** READ 1, WRITE 2, EXEC 4. */
  readonly prot: number;
  /** The `s` of the fourth column: MAP_SHARED was asked for. */
  readonly shared: boolean;
  /** Offset in the file, pages; 0 where there is no file. */
  readonly offset: number;
  /** Device and inode as one number (device * 2^32 + inode), 0 where there is no file. */
  readonly file: number;
  /** Bits of `VMFLAG`; absent where `smaps` was not read. */
  readonly flags?: number;
}

/**
 * The content of a page that was looked at. A page that is present is read without changing anything; `touched` pages were
 * read although they were not present (which makes them present), or raised a signal. Neither content nor signal: the machine could
 * not read it without changing anything.
 */
export interface SeenPage {
  readonly page: number;
  /** The token that a read returns; -1 where the first and last words of the page differ (a torn page). */
  readonly content?: number;
  readonly signal?: 'SIGSEGV' | 'SIGBUS';
}

/** Sums of the whole process, in pages, and its number of mappings. */
export interface Counters {
  readonly vmSize: number;
  readonly vmLck: number;
  readonly vmData: number;
  readonly vmStk: number;
  /** Mappings that count against `vm.max_map_count`. */
  readonly mapCount: number;
  /**
   * Charged against the commit limit. Seen by machines alone that can tell it of one process: Linux sums it for the whole system
   * (`Committed_AS` in proc(5)), so that it is compared between machines, and nothing is judged by it.
   */
  readonly committed?: number;
}

export interface Observation {
  /** Every mapping that the program made, ascending. The machine's own mappings are left out. */
  readonly mappings?: readonly SeenMapping[];
  /** Every page that is present, ascending; a page of a mapping that is not listed was not present. */
  readonly present?: readonly SeenPage[];
  /** Every page of every mapping (up to the machine's limit), touched, ascending. */
  readonly touched?: readonly SeenPage[];
  readonly counters?: Counters;
}

/** One step of a run: the call with its arguments as the machine saw them, what came back, what could be seen then. */
export interface Step {
  readonly call: Call;
  readonly result: Result;
  readonly seen: Observation;
  /** Memory was short: one inner step of this call (an allocation, a charge, a driver's consent, …) was made to fail. */
  readonly scarce?: true;
  /** What the kernel said when it fell over in this call, line by line; no rule asks for it. */
  readonly console?: readonly string[];
}

/** RLIMIT_AS, RLIMIT_DATA, RLIMIT_MEMLOCK. Bytes; `Infinity` for none. */
export interface Limits {
  readonly as: number;
  readonly data: number;
  readonly memlock: number;
}

/** What is known of the machine before the first call of a program. Sizes in pages unless said otherwise. */
export interface Environment {
  /** `uname -r`. */
  readonly release: string;
  /** Bytes. */
  readonly pageSize: number;
  /** First page number beyond user space. */
  readonly taskSize: number;
  /** Huge page size, pages; 0 without hugetlb. */
  readonly hugePage: number;
  /** Free huge pages in the pool. */
  readonly hugePool: number;
  /** `vm.max_map_count`. */
  readonly maxMapCount: number;
  /** `vm.mmap_min_addr`, pages. */
  readonly minAddr: number;
  /** `vm.overcommit_memory`. */
  readonly overcommit: 0 | 1 | 2;
  /** RAM and swap together. */
  readonly memory: number;
  /** `stack_guard_gap`. */
  readonly stackGap: number;
  /** RLIMIT_STACK. */
  readonly stackLimit: number;
  /** The machine's own mappings: sums, and how many pages `mlockall` would lock. */
  readonly own: Counters & { readonly lockable: number };
  /** Where a program's mappings are looked for, `[start, end)`; nothing is known outside. Nothing of the machine is inside, or below it by less than `stackGap`. */
  readonly window: { readonly start: number; readonly end: number };
  /** One beyond the page where a mapping of one page goes that nobody places, while nothing but the machine's own mappings is there. Absent where nobody has looked. */
  readonly mmapTop?: number;
  /** Where a hint below the lowest address is raised to, and no stack grows below it; page. Absent where nobody has looked. */
  readonly lowestHint?: number;
  /** Where programs of the generator and the corpus place their mappings; first page, aligned to a huge page. */
  readonly arena: number;
  /** Capabilities in the effective set. */
  readonly capabilities: {
    readonly ipcLock: boolean;
    readonly rawIo: boolean;
    /** Absent where nobody has looked. */
    readonly sysResource?: boolean;
  };
  /** Limits that a program starts with; none where absent. */
  readonly limits?: Limits;
  readonly hardLimits?: Limits;
  /** Whether the file that programs open lies on a filesystem with address logic of its own (ramfs: yes, ext4: no). */
  readonly fileCustomPlacement: boolean;
  /** Whether it is shared memory, as on tmpfs: userfaultfd can be asked about its pages. Not where absent. */
  readonly fileInSharedMemory?: boolean;
  /** Pages of the prefilled `file`; page i holds the content FILE_CONTENT + i. */
  readonly filePages: number;
  /** Calls that the kernel has: `mseal`, `userfaultfd`, …; `faults` where inner steps of calls can be made to fail. */
  readonly features: readonly string[];
}

export const FILE_CONTENT = 0xf11e00;
