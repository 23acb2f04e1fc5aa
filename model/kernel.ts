/** What kernels do differently, by name. Everything else in the model holds for all of them. */
import { type Profile, profileFor } from '../spec/profile.ts';

export interface Kernel {
  /** A pure move spans several mappings, and the source is looked at before the destination goes (mm/mremap.c remap_move()). */
  readonly movesSeveral: boolean;
  /** The order of mremap's checks: that of 6.17, of 6.15, or the one before. */
  readonly mremapOrder: 'late' | 'middle' | 'early';
  /** Room for all mappings that the worst case makes is asked for at the start of every mremap. */
  readonly countsWorstCase: boolean;
  /** What DONTUNMAP leaves of a locked mapping is cut out and unlocked by itself; before, the whole mapping lost its lock. */
  readonly unlocksOnlyWhatMoved: boolean;
  /** DONTUNMAP counts pages as locked at both places (VmLck). */
  readonly countsLockTwice: boolean;
  /** With DONTUNMAP, the new range may become one mapping with the old. */
  readonly mergesWithSource: boolean;
  /** DONTUNMAP takes the commit charge from the mapping that it leaves. */
  readonly dontUnmapForgetsCharge: boolean;
  /** A FIXED shrink charges the pages that it drops. */
  readonly chargesDropped: boolean;
  /** A move that is undone gives back what growth had charged. */
  readonly unchargesUndone: boolean;
  /** A registered mapping that moves merges first and loses its registration then, with its new neighbours. */
  readonly deregistersNeighbours: boolean;
  /** A mapping without anonymous identity takes over that of a neighbour that it grows into. */
  readonly growsIntoFaulted: boolean;
  /** Whether a mapping may hold guard markers does not keep neighbours apart; one that absorbs another takes the flag over. */
  readonly guardFlagSpreads: boolean;
  /** Guard markers are shown as a flag (`gu`). */
  readonly showsGuards: boolean;
  /** Private mappings of files remember where they were first written, and must continue that to be one. */
  readonly filesHaveAnonymousOffset: boolean;
  /** What DONTUNMAP leaves untouched gets the offset of its place again. */
  readonly resetsOffsetOfRest: boolean;
  /** MAP_FIXED finds out beforehand what can be; before, the old mappings went first. */
  readonly replacesLate: boolean;
  /** Anonymous memory that was never written gives its charge back when it becomes read-only. */
  readonly unchargesUnwritten: boolean;
  /** UFFDIO_UNREGISTER is for the userfaultfd that registered. */
  readonly asksOwner: boolean;
  /** A range registered for write protection must stay so when it is registered again. */
  readonly keepsWriteProtection: boolean;
  /** A new mapping becomes part of the one behind rather than of the one before, where it cannot be of both. */
  readonly mergesWithNextFirst: boolean;
  /** Anonymous mappings of whole huge pages, unless hinted at, are placed so that huge pages are possible. */
  readonly alignsAnonymous: boolean;
  /** Of two places that are aligned, such a mapping gets the upper one. */
  readonly alignsAtTop: boolean;
  /** A hint for huge pages is rounded up, not down. */
  readonly hugeHintGoesUp: boolean;
  /** MAP_STACK keeps huge pages out. */
  readonly stacksStaySmall: boolean;
  /** MAP_DROPPABLE exists. */
  readonly droppable: boolean;
  /** Nothing on the file system of descriptors without a file may be executed. */
  readonly uffdMayNotExecute: boolean;
  /** A shared mapping of /dev/zero is shared memory even if it can never be written. */
  readonly sharesReadOnlyZeros: boolean;
  /** memfd_create knows MFD_EXEC and MFD_NOEXEC_SEAL. */
  readonly memfdExecutability: boolean;
  /** Guard markers exist (MADV_GUARD_INSTALL). */
  readonly hasGuards: boolean;
  /** MADV_DOFORK is refused for special mappings, huge pages among them. */
  readonly keepsSpecialFromChildren: boolean;
  /** Sealed private mappings of /dev/zero are protected from being discarded like other anonymous memory. */
  readonly protectsZeroDevice: boolean;
  /** Other flags for a range that would become part of a neighbour: an error without memory to merge. Before, the range stayed a mapping of its own. */
  readonly needsMerge: boolean;
  /** MADV_POPULATE_… ends at a hole; before, holes were passed over and told of at the end, as by other advice. */
  readonly populatesUpToHole: boolean;
  /** Faults around another make a page table only if the file goes on behind the first page. */
  readonly mapsAroundWithinFile: boolean;
  /** Seals (mseal) exist. */
  readonly seals: boolean;
  /** mlock counts the pages of a range in 32 bits with a sign. */
  readonly countsLocksInInt: boolean;
  /** The version, for what is asked once: 6.18 is 6018. */
  readonly version: number;
}

/** The behaviour of a profile; `documented` is no kernel, the newest stands for it. */
export const kernelOf = (profile: Profile): Kernel => {
  const v = profile.version ?? (profileFor('99.0').version as number);
  return {
    movesSeveral: v >= 6017,
    mremapOrder: v >= 6017 ? 'late' : v >= 6015 ? 'middle' : 'early',
    countsWorstCase: v >= 7001,
    unlocksOnlyWhatMoved: v >= 7002,
    countsLockTwice: v >= 6015 && v < 7002,
    mergesWithSource: v < 7002,
    dontUnmapForgetsCharge: v === 6016,
    chargesDropped: v >= 6015 && v < 7003,
    unchargesUndone: v >= 7003,
    deregistersNeighbours: v < 7003,
    growsIntoFaulted: v >= 6016,
    guardFlagSpreads: v >= 6018,
    showsGuards: v >= 6018,
    filesHaveAnonymousOffset: v >= 7003,
    resetsOffsetOfRest: v >= 7002,
    replacesLate: v >= 6012,
    unchargesUnwritten: v >= 6012,
    asksOwner: v >= 6017,
    keepsWriteProtection: v >= 7003,
    mergesWithNextFirst: v < 6012,
    alignsAnonymous: v >= 6007,
    alignsAtTop: v >= 6007,
    hugeHintGoesUp: v >= 6013,
    stacksStaySmall: v >= 6007,
    droppable: v >= 6011,
    uffdMayNotExecute: v >= 6016,
    sharesReadOnlyZeros: v >= 7003,
    memfdExecutability: v >= 6003,
    hasGuards: v >= 6013,
    keepsSpecialFromChildren: v >= 7000,
    protectsZeroDevice: v >= 6017,
    needsMerge: v >= 6012,
    populatesUpToHole: v >= 6009,
    mapsAroundWithinFile: v >= 6018,
    seals: v >= 6010,
    countsLocksInInt: v < 7003,
    version: v,
  };
};
