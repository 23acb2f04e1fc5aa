/**
 * How often the generator does what: one table, so that tuning happens in one place. Numbers are relative inside their group
 * except where a group says percent. The first name of a group is the simplest, which is what shrinking arrives at.
 *
 * The aim (measured on a live kernel): about half of the `mremap` calls succeed, every errno of `mremap` comes up often, and
 * calls that only repeat what others show stay rare.
 */
export const WEIGHTS = {
  /** Percent of programs that have a theme at all; without it, its actions do not occur. Themes mix. */
  themes: {
    seal: 28, // costs a process each, but EPERM in all positions comes from here
    userfaultfd: 25, // EFAULT first, in the middle and last
    limits: 25, // RLIMIT_AS, RLIMIT_DATA: ENOMEM before and after the destination is lost
    lockLimit: 22, // RLIMIT_MEMLOCK without CAP_IPC_LOCK: the only source of EAGAIN, hence not rarer
    huge: 14, // hugetlb and huge-page-sized moves: whole-table moves, EINVAL by alignment
    lockAll: 8, // mlockall changes every later mmap; more of it would hide the rest
    lowest: 2, // addresses below mmap_min_addr without CAP_SYS_RAWIO: one rule, one errno
    full: 0.4, // fill_mappings costs 0.1 s
  },
  /** What the main part of a program consists of. An action may write several lines. */
  actions: {
    remap: 54, // the subject
    store: 12, // contents must be distinct and present, or moves prove nothing
    load: 4, // reads of untouched pages change residency, stores say more
    map: 9, // new neighbours, destinations to be destroyed, holes to be filled
    unmap: 5, // holes
    protect: 5, // splits and differences between neighbours
    lock: 5,
    advise: 7,
    spoiled: 18, // a complete row of different pieces, mostly with an ineligible one, and its move
    seal: 3,
    register: 8, // only in programs with userfaultfd: taking a registration back, or twice
    limit: 14, // only in programs with such a theme, and there it is what they are about
    wrong: 8, // argument errors of the companion calls: many kinds
    wrongRemap: 10, // argument errors of mremap: many checks, each cheap to decide
    close: 1, // closing a userfaultfd unregisters; closing a memfd changes nothing, which is the point
  },
  /** What a new mapping of a few pages consists of. */
  backings: {
    private: 36, // coalescing by anonymous offset makes this the richest
    shared: 10,
    memfd: 10,
    'memfd private': 6,
    file: 7,
    'file private': 8,
    'file read-only': 4, // duplicates of read-only mappings, EACCES
    'zero private': 6, // ineligible without any other call
    'zero shared': 4,
  },
  /** The same for one of huge-page size, in programs with that theme. Plain memory, so that page tables can move as wholes. */
  hugeBackings: { private: 12, huge: 14, 'huge shared': 9 },
  /** How the place of a new mapping is given. */
  placement: { fixed: 80, noreplace: 7, hint: 7, none: 6 },
  /** Where in its zone a new mapping goes: touching its neighbour more often than not, because that is where coalescing happens. */
  spot: { after: 52, gap: 22, before: 10, hole: 8, over: 8 },
  /** Extra flags of a private anonymous mapping. */
  extras: { none: 70, NORESERVE: 6, LOCKED: 7, POPULATE: 9, GROWSDOWN: 8 },
  /** Protections. Executable ones are rare: they only differ in being different. */
  prot: { 'read write': 76, read: 13, none: 6, 'read write exec': 3, write: 2 },
  /** The intents of `remap`. What comes of one depends on the layout; the family is told by the arguments afterwards. */
  remaps: {
    'move one': 9,
    'move part': 7,
    'move several': 13, // the subject of the subject
    'no-op': 4,
    shrink: 7,
    'shrink across': 4, // over holes and other mappings
    'grow at end': 9,
    'grow inside': 4, // the old range does not reach the end of its mapping
    'grow across': 3, // the old range is longer than its mapping
    'fixed growth': 6,
    'fixed shrink': 8,
    back: 8, // moves there and back
    slide: 5, // to a place that touches the source
    'keep hint': 6,
    'keep fixed': 6,
    'keep several': 6,
    duplicate: 5,
    'duplicate fixed': 5,
    'from hole': 5, // EFAULT by lookup
    overlap: 3,
  },
  /** Where a move goes. */
  destinations: {
    free: 30,
    touching: 18, // next to something: coalescing at the destination
    'beside source': 12, // adjacent to the source range
    over: 24, // onto existing mappings, aligned with them or not
    'into gap': 6, // inside a gap of the source's row
    floating: 4, // over a mapping that the kernel placed
    overlapping: 3,
    huge: 3, // huge-page-aligned, so that whole tables can move
  },
  /** How a piece is made ineligible, or not; those that need a theme fall away without it. */
  spoilers: { nothing: 26, 'zero private': 16, seal: 26, 'seal destination': 14, userfaultfd: 30, huge: 18 },
  /** Where in a row of pieces the ineligible one stands. */
  position: { first: 28, middle: 44, last: 28 },
  /** madvise. Advice that differs in nothing but its name is weighted low. */
  advice: {
    DONTNEED: 14,
    DONTNEED_LOCKED: 6,
    DONTFORK: 5,
    DOFORK: 4,
    DONTDUMP: 4,
    DODUMP: 3,
    WIPEONFORK: 6,
    KEEPONFORK: 3,
    HUGEPAGE: 4,
    NOHUGEPAGE: 4,
    POPULATE_READ: 7,
    POPULATE_WRITE: 7,
    GUARD_INSTALL: 14,
    GUARD_REMOVE: 7,
    NORMAL: 3, // takes RANDOM and SEQUENTIAL back
    RANDOM: 2,
    SEQUENTIAL: 2,
  },
  /** Percent of calls that are aimed at a mapping with what they are about, where there is one: what needs several calls to come about hardly ever does by chance. */
  aims: {
    protectLocked: 25, // locked and read-only, then writable
    adviseSealed: 40,
    sealReadOnly: 25,
  },
  /** Calls that lock and unlock; mlockall stands in its own theme. */
  locks: { mlock: 40, mlock2: 22, munlock: 30, munlockall: 3 },
} as const;

/** What the main part of a program consists of. */
export type Action = keyof typeof WEIGHTS.actions;

/** A theme of a program. */
export type Theme = keyof typeof WEIGHTS.themes;
