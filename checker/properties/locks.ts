import { type CallName, VMFLAG } from '../../spec/index.ts';
import { LOCKED } from './layout.ts';
import type { Entry } from './ledger.ts';
import type { Excess, Limits } from './limits.ts';
import type { Moment } from './moment.ts';
import type { Outcome } from './outcome.ts';
import { type Answer, HOLDS, type Violation } from './violation.ts';
import { differenceAt } from './words.ts';

const PROPERTY = 'locks and counters';
const LOCKS_ONLY = { flags: LOCKED | VMFLAG.ac, protection: false, object: false };

/** By the name of a sum: how far it was off when it was last looked at, and at which step that was. */
export type Sums = ReadonlyMap<string, { readonly off: number; readonly at: number }>;

/** The sums when these entries have been seen after the step `at`. */
export function sumsAfter(sums: Sums, entries: readonly Entry[], at: number): Sums {
  const next = new Map(sums);
  for (const { name, seen, allowed } of entries) next.set(name, { off: seen - allowed, at });
  return next;
}

/** What there is to count by. */
export interface Accounts {
  /** What is seen after the step. */
  readonly entries: readonly Entry[];
  /** Those before the step. */
  readonly sums: Sums;
  /** Set before the step. */
  readonly limits: Limits;
}

/**
 * Locks and counters: an `mremap` takes locks and charges along with the pages, leaves none behind under DONTUNMAP, and touches no others.
 * VmSize, VmLck, VmData, VmStk and the number of mappings are what the mappings add up to, and every private page that may be written is
 * charged unless it was mapped without reserve; so everything is back at the start when all is unmapped. No call takes VmSize, VmData or
 * VmLck beyond a limit that the program has set.
 *
 * Asked after every call at which counters or flags were looked at. A sum that has gone wrong is told once, where it goes wrong: as
 * long as it is off by the same amount, later calls are not to blame.
 */
export function locksAndCounters(moment: Moment, outcome: Outcome, { entries, sums, limits }: Accounts): Answer {
  const { after, before, last, step, index } = moment;
  if (after === undefined) return 'blind';
  const violations: Violation[] = [];
  const isRemap = step.call.name === 'mremap';
  const mayGrow = GROWING.has(step.call.name);
  for (const entry of entries) {
    const looked = sums.get(entry.name);
    const wasOff = looked?.off ?? 0;
    const off = entry.seen - entry.allowed;
    if (off === wasOff) continue;
    if (!FAULTY_PAGES.has(entry.name) || (off > wasOff && !mayGrow))
      violations.push(sumViolation(entry, index, (looked?.at ?? -1) + 1));
  }
  violations.push(...limits.exceeded(step, last.counters).map((excess) => excessViolation(excess, index)));
  if (isRemap && before !== undefined) {
    const found = outcome.fitting.map((candidate) => candidate.firstDifference(LOCKS_ONLY));
    if (found.length > 0 && found.every((difference) => difference !== undefined))
      violations.push(differenceAt(PROPERTY, index, found[0]!));
  }
  if (violations.length > 0) return violations;
  return entries.length > 0 || isRemap ? HOLDS : undefined;
}

/** Calls that make a mapping of such pages longer: accesses grow stacks. */
const GROWING: ReadonlySet<CallName> = new Set(['mremap', 'load', 'store']);

/** Sums of pages that are wrong by themselves: fewer of them are no new fault, nor is a mapping of such pages that is moved or grown. */
const FAULTY_PAGES: ReadonlySet<string> = new Set([
  'pages without their charge',
  'pages locked on fault without a lock',
]);

const excessViolation = ({ name, seen, limit }: Excess, index: number): Violation => ({
  property: PROPERTY,
  index,
  seen: `${name} ${seen}`,
  allowed: `${name} up to its limit of ${limit}`,
});

const sumViolation = ({ name, seen, allowed }: Entry, index: number, since: number): Violation => ({
  property: PROPERTY,
  index,
  since: Math.min(since, index),
  seen: `${name} ${seen}`,
  allowed: `${name} ${allowed}`,
});
