/**
 * madvise(2): POPULATE_READ and POPULATE_WRITE: every page of the range is made present as an access would make it, in ascending
 * order, and the first that cannot be ends the call.
 *
 *     AAAA..BBB        pieces: A, the hole, B; a mapping whose missing pages are asked of a userfaultfd goes page by page
 *
 * Nothing can be told of a page but that a written private mapping has its own copy from then on.
 */
import { MADV } from '../../abi.ts';
import { VMFLAG } from '../../observation.ts';
import { does, fails, mayFail, mayOne, performsEach, procedure, type Rule } from '../../rule.ts';
import { ANY_CONTENT, change, contentAt, parts, Unknown } from '../../space.ts';
import { isAnonymous, isHugetlb, type Mapping, objectOf, type Range, READ, type State, WRITE } from '../../state.ts';
import { promise } from '../populate.ts';
import { type Answer, answerOf, waits } from '../presence.ts';
import type { Advice } from './request.ts';

/** A part of one mapping, or a hole between two (`mapping` absent). */
interface Piece extends Advice {
  readonly piece: Range;
  readonly mapping: Mapping | undefined;
}

export const populates = (c: Advice): boolean => c.advice === MADV.POPULATE_READ || c.advice === MADV.POPULATE_WRITE;

const writes = (c: Advice): boolean => c.advice === MADV.POPULATE_WRITE;

const MOST_SINGLE_PAGES = 4096;

const asksUserfaultfd = (m: Mapping): boolean => (m.flags & (VMFLAG.um | VMFLAG.ui)) !== 0;

const pagesOf = (m: Mapping): readonly Range[] => {
  if (m.end - m.start > MOST_SINGLE_PAGES) throw new Unknown('too many pages that a userfaultfd is asked about');
  return Array.from({ length: m.end - m.start }, (_, i) => ({ start: m.start + i, end: m.start + i + 1 }));
};

const pieces = (c: Advice): readonly Pick<Piece, 'piece' | 'mapping'>[] => {
  const found: Pick<Piece, 'piece' | 'mapping'>[] = [];
  let at = c.range.start;
  for (const m of parts(c.state, c.range)) {
    if (m.start > at) found.push({ piece: { start: at, end: m.start }, mapping: undefined });
    for (const piece of asksUserfaultfd(m) ? pagesOf(m) : [m]) found.push({ piece, mapping: m });
    at = m.end;
  }
  if (at < c.range.end) found.push({ piece: { start: at, end: c.range.end }, mapping: undefined });
  return found;
};

/** Before 6.9 the rest was populated first. */
const hole: Rule<Piece> = {
  id: 'madvise/populate-hole',
  manual: 'madvise(2) ERRORS, ENOMEM: addresses in the specified range are not currently mapped',
  kernel: 'mm/gup.c __get_user_pages()',
  since: '6.9',
  when: (c) => c.mapping === undefined,
  then: fails('ENOMEM'),
};

const notPermitted: Rule<Piece> = {
  id: 'madvise/populate-not-permitted',
  manual:
    'madvise(2) ERRORS, EINVAL: MADV_POPULATE_READ or MADV_POPULATE_WRITE, but the range includes ranges with insufficient permissions',
  kernel: 'mm/gup.c check_vma_flags()',
  when: (c) => c.mapping !== undefined && (c.mapping.prot & (writes(c) ? WRITE : READ)) === 0,
  then: fails('EINVAL'),
};

/**
 * What a userfaultfd says to the page. One that serves user mode only refuses what the kernel touches; any other that does not
 * raise signals makes the call wait for somebody to resolve the fault, which no program does.
 */
const answer = (c: Piece): Answer => {
  const m = c.mapping;
  const page = c.piece.start;
  if (!m || !asksUserfaultfd(m) || c.state.guards.has(page)) return 'none';
  const freed = !m.shared && c.state.pages.get(page) === ANY_CONTENT;
  const uffd = c.state.uffds.get(m.uffd);
  const found = freed ? (uffd?.sigbus ? 'maybe signal' : 'maybe wait') : answerOf(c.state, m, page);
  if (found !== 'wait' && found !== 'maybe wait') return found;
  if (!uffd?.userModeOnly) return waits(page);
  return found === 'wait' ? 'signal' : 'maybe signal';
};

const missing: Rule<Piece> = {
  id: 'madvise/populate-userfaultfd',
  manual:
    'madvise(2) ERRORS, EFAULT: populating failed because a SIGBUS would have been generated; ioctl_userfaultfd(2) UFFD_FEATURE_SIGBUS',
  kernel: 'mm/userfaultfd.c handle_userfault()',
  when: (c) => answer(c) === 'signal',
  then: fails('EFAULT'),
};

/** Copies of the piece up to the page, or the table, that there was no memory for. */
function prefixes(c: Piece): readonly State[] {
  const states = [c.state];
  if (!copiesPages(c)) return states;
  const end = Math.min(c.piece.end, firstFault(c));
  for (let page = c.piece.start + 1; page < end; page++) states.push(copied(c, page));
  return states;
}

const noMemoryForPages: Rule<Piece> = {
  id: 'madvise/populate-no-memory',
  manual: 'madvise(2) MADV_POPULATE_READ, MADV_POPULATE_WRITE: if it fails, some page tables might have been populated',
  kernel: 'mm/madvise.c madvise_populate(); mm/gup.c faultin_page()',
  when: (c) => c.scarce,
  then: mayOne((c) => prefixes(c).map((state) => ({ context: { ...c, state }, errno: 'ENOMEM' as const }))),
};

/** Whether the page is there cannot be told: nobody looked, or an object may have it. */
const mayBeMissing: Rule<Piece> = {
  id: 'madvise/populate-userfaultfd-may-be-asked',
  manual:
    'madvise(2) ERRORS, EFAULT: populating failed because a SIGBUS would have been generated; ioctl_userfaultfd(2) UFFD_FEATURE_SIGBUS',
  kernel: 'mm/userfaultfd.c handle_userfault()',
  when: (c) => answer(c) === 'maybe signal',
  then: mayFail('EFAULT'),
};

/** How many huge pages are free when they are needed is not known, only whether there are any. */
const mayLackHugePages: Rule<Piece> = {
  id: 'madvise/populate-no-huge-page',
  manual:
    'mmap(2) MAP_NORESERVE: one might get SIGBUS upon a write if no memory is available; madvise(2) ERRORS, EFAULT',
  kernel: 'mm/hugetlb.c hugetlb_no_page()',
  when: (c) =>
    c.mapping !== undefined &&
    isHugetlb(c.mapping) &&
    (c.mapping.flags & VMFLAG.nr) !== 0 &&
    c.state.environment.hugePool > 0,
  then: mayFail('EFAULT'),
};

/** The first page of the piece that raises a signal whoever touches it; its end if none does. */
const firstFault = (c: Piece): number => {
  const m = c.mapping;
  if (!m) return c.piece.end;
  let first = c.piece.end;
  for (const page of c.state.guards) if (page >= c.piece.start && page < first) first = page;
  const object = objectOf(c.state, m);
  if (isHugetlb(m) && c.state.environment.hugePool === 0) return c.piece.start;
  if (!object || isAnonymous(c.state, m)) return first;
  if (object.kind === 'unknown') throw new Unknown('how large the mapped object is');
  const own = (page: number): boolean => !m.shared && c.state.pages.has(page);
  for (let page = Math.max(c.piece.start, m.start + (object.size - m.offset)); page < first; page++)
    if (!own(page)) return page;
  return first;
};

const copiesPages = (c: Piece): boolean =>
  writes(c) && c.mapping !== undefined && !c.mapping.shared && !isAnonymous(c.state, c.mapping);

/** With private copies of the pages of the piece before `end`. */
function copied(c: Piece, end: number): State {
  const pages = new Map(c.state.pages);
  for (let page = c.piece.start; page < end; page++) {
    const content = contentAt(c.state, c.mapping as Mapping, page);
    if (typeof content === 'number') pages.set(page, content);
  }
  return change(c.state, { pages });
}

/** A private page that shows its object is copied: what happens to the object later does not concern it any more. */
const copies: Rule<Piece> = {
  id: 'madvise/populate-copies',
  manual: 'madvise(2) MADV_POPULATE_WRITE: prefault page tables writable, breaking any copy-on-write',
  kernel: 'mm/gup.c faultin_page_range()',
  when: copiesPages,
  then: does((c) => ({ ...c, state: copied(c, firstFault(c)) })),
};

const raises: Rule<Piece> = {
  id: 'madvise/populate-raises',
  manual:
    'madvise(2) ERRORS, EFAULT: populating failed because a SIGBUS would have been generated on actual memory access',
  kernel: 'mm/gup.c faultin_page()',
  when: (c) => firstFault(c) < c.piece.end,
  then: fails('EFAULT'),
};

const populating = procedure<Piece>('madvise populate', [
  hole,
  notPermitted,
  noMemoryForPages,
  missing,
  mayBeMissing,
  mayLackHugePages,
  copies,
  raises,
]);

export const populate: Rule<Advice> = {
  id: 'madvise/populate',
  manual: 'madvise(2) MADV_POPULATE_READ, MADV_POPULATE_WRITE: if it fails, some page tables might have been populated',
  kernel: 'mm/madvise.c madvise_populate()',
  when: populates,
  then: performsEach(populating, pieces, (c, item): Piece => ({ ...c, ...item })),
};

/** Huge pages are shown to be there, or not, all the same. */
export const populated: Rule<Advice> = {
  id: 'madvise/populated',
  manual: 'madvise(2) MADV_POPULATE_READ, MADV_POPULATE_WRITE: in contrast to MAP_POPULATE, does not hide errors',
  kernel: 'mm/madvise.c madvise_populate()',
  when: populates,
  then: does((c) => ({ ...c, state: promise(c.state, c.range) })),
};
