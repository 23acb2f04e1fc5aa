import { VMFLAG } from '../../spec/index.ts';
import { applied } from './acts.ts';
import { firstDifference, LOCKED } from './layout.ts';
import type { Entry, Ledger } from './ledger.ts';
import { type Moment, windowOf } from './moment.ts';
import type { Outcome } from './outcome.ts';
import { type Answer, HOLDS, type Violation } from './violation.ts';
import { differenceAt } from './words.ts';

const PROPERTY = 'locks and counters';
const LOCKS_ONLY = { flags: LOCKED | VMFLAG.ac, protection: false, object: false };
const LOCKS_BUT_CHARGE = { ...LOCKS_ONLY, flags: LOCKED };

/** By the name of a sum: how far it was off when it was last looked at, and at which step that was. */
export type Sums = Map<string, { readonly off: number; readonly at: number }>;

/**
 * Locks and counters: an `mremap` takes locks and charges along with the pages, leaves none behind under DONTUNMAP, and touches no others.
 * VmSize, VmLck, VmData, VmStk and the number of mappings are what the mappings add up to, and every private page that may be written is
 * charged unless it was mapped without reserve; so everything is back at the start when all is unmapped.
 *
 * Asked after every call at which counters or flags were looked at. A sum that has gone wrong is told once, where it goes wrong: as
 * long as it is off by the same amount, later calls are not to blame. `sums` is taken forward to this step.
 */
export function locksAndCounters(moment: Moment, outcome: Outcome, ledger: Ledger, sums: Sums): Answer {
  const { after, before, step, index } = moment;
  if (after === undefined) return 'blind';
  const entries = ledger.entries(after, step.seen);
  const violations: Violation[] = [];
  const isRemap = step.call.name === 'mremap';
  for (const entry of entries) {
    const last = sums.get(entry.name) ?? { off: 0, at: -1 };
    const off = entry.seen - entry.allowed;
    if (FAULTY_PAGES.has(entry.name) ? off > last.off && !isRemap : off !== last.off)
      violations.push(sumViolation(entry, index, last.at + 1));
    sums.set(entry.name, { off, at: index });
  }
  if (isRemap && before !== undefined && outcome.fitting.length > 0) {
    const what = step.scarce ? LOCKS_BUT_CHARGE : LOCKS_ONLY;
    const found = outcome.fitting.map((acts) =>
      firstDifference(after, applied(before, acts) ?? before, windowOf(moment), what),
    );
    if (found.every((difference) => difference !== undefined))
      violations.push(differenceAt(PROPERTY, index, found[0]!));
  }
  if (violations.length > 0) return violations;
  return entries.length > 0 || isRemap ? HOLDS : undefined;
}

/** Sums of pages that are wrong by themselves: fewer of them are no new fault, nor is a mapping of such pages that is moved or grown. */
const FAULTY_PAGES: ReadonlySet<string> = new Set([
  'pages without their charge',
  'pages locked on fault without a lock',
]);

const sumViolation = ({ name, seen, allowed }: Entry, index: number, since: number): Violation => ({
  property: PROPERTY,
  index,
  since: Math.min(since, index),
  seen: `${name} ${seen}`,
  allowed: `${name} ${allowed}`,
});
