/** Pages: their contents, and whether those that a call promised to be in memory are. */
import { type SeenPage, VMFLAG } from '../observation.ts';
import { ANY_CONTENT, change, contentAt, isOpen } from '../space.ts';
import type { Mapping, Range, State } from '../state.ts';
import type { Difference } from '../verdict.ts';
import { page } from './words.ts';

/** Registrations that ask the userfaultfd about pages that are not there. */
const FAULTS_ASKED = VMFLAG.um | VMFLAG.ui;

const contentText = (content: number | string): string => {
  if (content === -1) return 'torn page';
  return typeof content === 'string' ? content : `content ${page(content)}`;
};

/** A touched page of a registered mapping may be missing: the userfaultfd is asked, and answers with a signal. */
const mayBeMissing = (state: State, m: Mapping, at: number): boolean =>
  (m.flags & FAULTS_ASKED) !== 0 && (m.shared || !state.pages.has(at));

/** A look at page contents. `touched` looks may raise signals. */
export const compareContents = (state: State, seen: readonly SeenPage[]): Difference[] => {
  const differences: Difference[] = [];
  let i = 0;
  for (const s of seen) {
    while (i < state.mappings.length && (state.mappings[i] as Mapping).end <= s.page) i++;
    const m = state.mappings[i];
    if (!m || m.start > s.page) continue;
    const found = s.signal ?? s.content;
    if (found === undefined || isOpen(state, s.page)) continue;
    const content = contentAt(state, m, s.page);
    if (s.signal === 'SIGBUS' && mayBeMissing(state, m, s.page)) continue;
    // Whether what may only be written or executed can be read is the processor's choice.
    if (s.signal === 'SIGSEGV' && m.prot !== 0 && (m.prot & 1) === 0) continue;
    const allowed = s.signal !== undefined && m.prot === 0 ? 'SIGSEGV' : content;
    if (allowed !== ANY_CONTENT && allowed !== found) {
      differences.push({ aspect: 'content', page: s.page, seen: contentText(found), allowed: contentText(allowed) });
    }
  }
  return differences;
};

/** The first page of each promised range that is not in memory. */
export const missing = (promised: readonly Range[], seen: readonly SeenPage[]): Difference[] => {
  const present = new Set(seen.map((s) => s.page));
  return promised.flatMap(({ start, end }) => {
    let at = start;
    while (at < end && present.has(at)) at++;
    return at === end ? [] : [{ aspect: 'residency', page: at, seen: 'not in memory', allowed: 'in memory' }];
  });
};

/** After a deviation: private pages hold what was seen. */
export const adoptContents = (state: State, seen: readonly SeenPage[]): State => {
  const pages = new Map(state.pages);
  for (const s of seen) {
    const m = state.mappings.find((x) => x.start <= s.page && s.page < x.end);
    if (
      m &&
      !m.shared &&
      s.content !== undefined &&
      !isOpen(state, s.page) &&
      contentAt(state, m, s.page) !== s.content
    )
      pages.set(s.page, s.content);
  }
  return change(state, { pages });
};
