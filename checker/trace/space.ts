/** One address space as a log tells of it, and what else of a process decides its memory calls. */
import type { Range, State } from '../../spec/index.ts';
import { VMFLAG } from '../../spec/index.ts';
import { type Known, OPEN } from './known.ts';
import { Land } from './land.ts';

export class Space {
  readonly land: Land;
  /** First address beyond the heap, where brk has told. */
  brk: bigint | undefined;
  /** What mlockall asked of mappings to come: VMFLAG.lo and lf; OPEN while nobody has told. */
  lockFuture: number;
  /** A system call may be answered by a filter of the program's own: no error says anything of the kernel. */
  filtered = false;
  /** Pages that calls have changed since somebody began to watch. */
  readonly watchers = new Set<Range[]>();

  constructor(land = new Land(), lockFuture = OPEN, brk?: bigint) {
    this.land = land;
    this.lockFuture = lockFuture;
    this.brk = brk;
  }

  copy(): Space {
    const copy = new Space(this.land.copy(), this.lockFuture, this.brk);
    copy.filtered = this.filtered;
    return copy;
  }

  /** Becomes what `other` is. */
  become(other: Space): void {
    this.land.become(other.land);
    this.lockFuture = other.lockFuture;
    this.brk = other.brk;
    this.filtered = other.filtered;
  }

  /** What a child has that was made without CLONE_VM: locks are not inherited, nor is what MADV_DONTFORK marks. */
  forked(): Space {
    const copy = this.copy();
    copy.lockFuture = 0;
    copy.land.map(inherited);
    return copy;
  }

  /** Nothing is known of it any longer. */
  forgetAll(): void {
    this.land.forgetAll();
    this.brk = undefined;
    this.lockFuture = OPEN;
    this.touch({ start: 0, end: Infinity });
  }

  /** Something may have been mapped where the kernel likes. */
  forgetFree(): void {
    this.land.map((k) => (k.mapped ? k : undefined));
    this.land.blanks.forgetAll();
    this.touch({ start: 0, end: Infinity });
  }

  forget(range: Range): void {
    this.land.forget(range);
    this.touch(range);
  }

  /** Tells whoever watches that a range may have changed. */
  touch(range: Range): void {
    for (const watcher of this.watchers) watcher.push(range);
  }

  /** The state of a call, with what is known of locks. */
  ground(base: State): State {
    return this.lockFuture > 0 ? { ...base, lockFuture: this.lockFuture } : base;
  }
}

const { lo, lf, dc } = VMFLAG;

/** A mapping in a child. */
function inherited(k: Known): Known | undefined {
  if (!k.mapped) return k;
  if ((k.unsure & dc) !== 0) return undefined;
  if ((k.flags & dc) !== 0) return { ...k, mapped: false, prot: OPEN, shared: OPEN, object: OPEN, flags: 0, unsure: 0 };
  const unlocked = { ...k, flags: k.flags & ~(lo | lf), unsure: k.unsure & ~(lo | lf) };
  return k.uffd === 0 ? unlocked : { ...unlocked, uffd: OPEN };
}
