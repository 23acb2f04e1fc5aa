/**
 * A cheap guess of what is mapped while a program is being written. It assumes that calls succeed; where one fails the guess is
 * wrong, and nothing depends on its being right except how interesting the addresses are.
 *
 * Mappings stand in an ascending array without overlap. Nothing is coalesced: every boundary that a call made stays a
 * boundary here, because boundaries are where calls should be aimed at.
 */

/** What pages come from, as far as it decides how calls behave. */
export type Backing =
  | 'private'
  | 'shared'
  | 'memfd'
  | 'memfd private'
  | 'file'
  | 'file private'
  | 'file read-only'
  | 'zero private'
  | 'zero shared'
  | 'huge'
  | 'huge shared';

/** One guessed mapping, `[start, end)` in pages. Values are never changed in place: pieces share them. */
export interface Guess {
  readonly start: number;
  readonly end: number;
  readonly backing: Backing;
  readonly prot: bigint;
  readonly locked: boolean;
  readonly sealed: boolean;
  /** The line of the userfaultfd that it is registered with, or -1. */
  readonly uffd: number;
}

/** Whether duplicates of it are possible. */
export const isShared = (backing: Backing): boolean =>
  backing !== 'private' &&
  backing !== 'memfd private' &&
  backing !== 'file private' &&
  backing !== 'zero private' &&
  backing !== 'huge';

/** Whether it consists of huge pages. */
export const isHuge = (backing: Backing): boolean => backing === 'huge' || backing === 'huge shared';

/** The guessed mappings of a program. */
export class Sketch {
  readonly all: Guess[] = [];

  /** The mapping that holds `page`. */
  at(page: number): Guess | undefined {
    for (const m of this.all) if (m.start <= page && page < m.end) return m;
    return undefined;
  }

  /** Whether nothing is mapped in `[start, end)`. */
  free(start: number, end: number): boolean {
    for (const m of this.all) if (m.start < end && start < m.end) return false;
    return true;
  }

  /** The parts of mappings inside `[start, end)`, ascending. */
  within(start: number, end: number): Guess[] {
    const found: Guess[] = [];
    for (const m of this.all) {
      if (m.start >= end || m.end <= start) continue;
      found.push(
        m.start >= start && m.end <= end ? m : { ...m, start: Math.max(m.start, start), end: Math.min(m.end, end) },
      );
    }
    return found;
  }

  /** Unmaps `[start, end)`. */
  remove(start: number, end: number): void {
    if (end <= start) return;
    for (let i = 0; i < this.all.length; i++) {
      const m = this.all[i]!;
      if (m.start >= end) break;
      if (m.end <= start) continue;
      const left: Guess[] = [];
      if (m.start < start) left.push({ ...m, end: start });
      if (m.end > end) left.push({ ...m, start: end });
      this.all.splice(i, 1, ...left);
      i += left.length - 1;
    }
  }

  /** Maps `m`, replacing what is there. */
  put(m: Guess): void {
    this.remove(m.start, m.end);
    let i = this.all.length;
    while (i > 0 && this.all[i - 1]!.start > m.start) i--;
    this.all.splice(i, 0, m);
  }

  /** Changes attributes of what is mapped in `[start, end)`, splitting at both ends. */
  change(start: number, end: number, change: Partial<Guess>): void {
    for (const m of this.within(start, end)) this.put({ ...m, ...change });
  }

  /** Takes one mapping's part `[start, end)` to `to`. `keep` leaves the source mapped. */
  transfer(start: number, end: number, to: number, keep: boolean): void {
    const parts = this.within(start, end);
    if (!keep) this.remove(start, end);
    else this.change(start, end, { locked: false });
    this.remove(to, to + end - start);
    for (const m of parts) this.put({ ...m, start: m.start - start + to, end: m.end - start + to });
  }
}
