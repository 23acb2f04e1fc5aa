/** What a judged log comes to: counts, reasons, forbidden calls, and whether the log shows enough to be judged by. */
import type { CallEvent } from '../strace/index.ts';
import type { Judged } from './judge.ts';

export type Kind = Judged['kind'];
export type Counts = Record<Kind, number>;

/** Forbidden calls that are kept whole; of more, only the number. */
const MOST_FINDINGS = 1000;
/** Different reasons that are kept. */
const MOST_REASONS = 10_000;

const none = (): Counts => ({ allowed: 0, forbidden: 0, unknown: 0 });

/** How a call ended, as it is counted: `ok`, an errno, or `no result`. */
export const endOf = ({ ending }: CallEvent): string =>
  ending.kind === 'value' ? 'ok' : ending.kind === 'error' ? ending.errno : 'no result';

/** Addresses in a reason say nothing about how often it applies. */
const generally = (reason: string): string => reason.replace(/0x[0-9a-f]+(?:-0x[0-9a-f]+)?/g, '…');

export class Tally {
  /** By call, by how it ended. */
  readonly calls = new Map<string, Map<string, Counts>>();
  /** Of calls that are not decided: by call and reason, how many, and the first line. */
  readonly reasons = new Map<
    string,
    { readonly call: string; readonly reason: string; count: number; readonly line: number }
  >();
  readonly findings: Judged[] = [];
  forbidden = 0;

  add(judged: Judged): void {
    const { event, kind } = judged;
    const ends = this.calls.get(event.name) ?? new Map<string, Counts>();
    this.calls.set(event.name, ends);
    const end = endOf(event);
    const counts = ends.get(end) ?? none();
    ends.set(end, counts);
    counts[kind]++;
    if (kind === 'forbidden') {
      this.forbidden++;
      if (this.findings.length < MOST_FINDINGS) this.findings.push(judged);
    }
    if (kind === 'unknown') this.#because(event, generally(judged.reason ?? ''));
  }

  /** How many calls of a name had which verdict; those that succeeded, or those that failed. */
  decided(name: string, succeeded: boolean): { readonly decided: number; readonly of: number } {
    let decided = 0;
    let of = 0;
    for (const [end, counts] of this.calls.get(name) ?? []) {
      if (end === 'no result' || (end === 'ok') !== succeeded) continue;
      decided += counts.allowed + counts.forbidden;
      of += counts.allowed + counts.forbidden + counts.unknown;
    }
    return { decided, of };
  }

  /** All calls by verdict. */
  total(): Counts {
    const total = none();
    for (const ends of this.calls.values())
      for (const counts of ends.values()) for (const kind of Object.keys(total) as Kind[]) total[kind] += counts[kind];
    return total;
  }

  /** Forbidden calls that nothing may be concluded from: they are unknown, for this reason. */
  withdraw(reason: string): void {
    for (const [call, ends] of this.calls)
      for (const counts of ends.values()) {
        counts.unknown += counts.forbidden;
        if (counts.forbidden > 0) this.#count(call, reason, counts.forbidden, 0);
        counts.forbidden = 0;
      }
    this.findings.length = 0;
    this.forbidden = 0;
  }

  #because({ name, where }: CallEvent, reason: string): void {
    this.#count(name, reason, 1, where.line);
  }

  #count(call: string, reason: string, count: number, line: number): void {
    const key = `${call}: ${reason}`;
    const known = this.reasons.get(key);
    if (known !== undefined) known.count += count;
    else if (this.reasons.size < MOST_REASONS) this.reasons.set(key, { call, reason, count, line });
  }
}

/** What a log shows besides what was judged. */
export interface Shown {
  /** Calls by name that nobody looked at. */
  readonly skipped: ReadonlyMap<string, number>;
  /** Calls by name that were looked at. */
  readonly looked: ReadonlyMap<string, number>;
}

/** What is to be said of a log as a whole. */
export interface Completeness {
  /** Lines for the user. */
  readonly notes: readonly string[];
  /** Calls are missing that would explain anything: why nothing can be forbidden. */
  readonly missing?: string;
}

/** Calls of `-e trace=memory` that nearly every program makes. */
const OF_MEMORY = ['brk', 'mprotect', 'madvise', 'mremap'];

/** Whether the log holds all calls that change what is mapped, as far as it can be told from those that it holds. */
export function completeness(tally: Tally, { skipped, looked }: Shown): Completeness {
  const has = (name: string): boolean => tally.calls.has(name) || looked.has(name);
  const names = [...tally.calls.keys()];
  if (names.length === 0)
    return {
      notes: [
        'there is no memory call in this log: record with strace -f, without -e or with -e trace=%memory,%process',
      ],
    };
  const notes: string[] = [];
  if (!has('mremap')) notes.push('there is no mremap call in this log');
  if (!has('munmap') || !has('mmap')) {
    const lacks = ['mmap', 'munmap'].filter((name) => !has(name)).join(' and no ');
    const missing = `the log shows no ${lacks}: a call that is not in it may explain what is forbidden`;
    return { notes: [...notes, `${missing}; record with -e trace=%memory,%process or without -e`], missing };
  }
  const succeeded = [...tally.calls.values()].some((ends) => ends.has('ok'));
  if (!succeeded) {
    const missing = 'the log shows failed calls alone: one that succeeded may explain what is forbidden';
    return { notes: [...notes, `${missing}; record without -Z`], missing };
  }
  if (skipped.size === 0 && looked.size === 0 && !OF_MEMORY.some((name) => name !== 'mremap' && has(name))) {
    const missing = 'the log holds few kinds of calls: one that was not recorded may explain what is forbidden';
    return { notes: [...notes, `${missing}; record with -e trace=%memory,%process or without -e`], missing };
  }
  return { notes };
}
