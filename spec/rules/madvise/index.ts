/**
 * madvise(2): the order in which its rules are decided.
 *
 * The range is gone through mapping by mapping, in ascending order. Holes are left out, and told of at the end (ENOMEM) when all
 * the rest is done; the first mapping that refuses ends the call, with what stood before it done. Populating stops at a hole.
 */

import { decision } from '../../engine.ts';
import { always, fails, performs, performsEach, procedure, type Rule, returns } from '../../rule.ts';
import { isCovered, parts } from '../../space.ts';
import * as a from './arguments.ts';
import * as d from './discard.ts';
import * as f from './flags.ts';
import * as g from './guard.ts';
import { populate, populated, populates } from './populate.ts';
import * as r from './reclaim.ts';
import { type Advice, type Part, request } from './request.ts';
import * as s from './sealed.ts';

const advising = procedure<Part>('madvise mapping', [
  s.sealed,
  s.sealedOther,
  s.sealedZeroDevice,
  f.inheritsSpecial,
  f.dumpsSpecial,
  f.wipesObject,
  f.noMemoryToMergePages,
  f.remember,
  d.hugePagesRefused,
  d.dontNeedLocked,
  d.freesLocked,
  d.freesObject,
  d.dontNeedInsideHugePage,
  d.dontNeed,
  d.dontNeedHuge,
  d.dontNeedHugeRoundedUp,
  d.free,
  d.removesLocked,
  d.removesNothing,
  d.removesUnshared,
  d.removesUnsupported,
  d.remove,
  g.guardsSpecial,
  g.guardsLocked,
  g.noMemoryForGuards,
  g.installGuards,
  g.removeGuards,
  r.notReclaimable,
  r.willNeedNoFile,
  r.collapseForbidden,
  r.collapseTooSmall,
  r.collapseRefused,
  r.collapseNoMemory,
  r.collapseBusy,
  r.collapseAgain,
]);

const everyMapping: Rule<Advice> = {
  id: 'madvise/every-mapping',
  manual: 'madvise(2) NOTES: parts of the range that are not mapped are ignored, and the call applied to the rest',
  kernel: 'mm/madvise.c madvise_walk_vmas()',
  when: (c) => !populates(c),
  then: performsEach(
    advising,
    (c) => parts(c.state, c.range),
    (c, part): Part => ({ ...c, part }),
  ),
};

const holes: Rule<Advice> = {
  id: 'madvise/holes',
  manual:
    'madvise(2) NOTES: … but returns ENOMEM; ERRORS, ENOMEM: addresses in the specified range are not currently mapped',
  kernel: 'mm/madvise.c madvise_walk_vmas()',
  when: (c) => !isCovered(c.state, c.range),
  then: fails('ENOMEM'),
};

/** A step of its own: whatever the profile, the mappings have been advised when this error comes. */
const afterwards: Rule<Advice> = {
  id: 'madvise/after-all-mappings',
  manual: 'madvise(2) NOTES',
  kernel: 'mm/madvise.c madvise_walk_vmas()',
  when: always,
  then: performs(procedure<Advice>('madvise end', [holes]), (c) => c),
};

const done: Rule<Advice> = {
  id: 'madvise/done',
  manual: 'madvise(2) RETURN VALUE: 0',
  kernel: 'mm/madvise.c do_madvise()',
  when: always,
  then: returns(() => 0n),
};

const rules = procedure<Advice>('madvise', [
  a.unknownAdvice,
  a.guardsUnknown,
  a.notConfigured,
  a.unaligned,
  a.lengthWraps,
  a.rangeWraps,
  a.empty,
  populate,
  populated,
  everyMapping,
  afterwards,
  done,
]);

export const madvise = decision(rules, request);
