/**
 * Whether a page of a registered mapping is there, or its userfaultfd is asked.
 *
 * The contract does not follow which pages a process has touched. What it knows: a private copy is there (unless MADV_FREE has left
 * it to the kernel to take it away, which its content tells); what the last look found
 * present is there; private anonymous memory that the last look did not find present is missing (unless it was swapped out, which
 * only happens to pages that were written: these are private copies). A page of a shared object may be there although this mapping
 * has not touched it.
 */
import { type SeenPage, VMFLAG } from '../observation.ts';
import { ANY_CONTENT, Unknown } from '../space.ts';
import { isAnonymous, type Mapping, objectOf, type State } from '../state.ts';

export type Presence = 'present' | 'missing' | 'unsure';

const wasPresent = (seen: readonly SeenPage[], page: number): boolean => {
  let low = 0;
  let high = seen.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((seen[middle]?.page ?? 0) < page) low = middle + 1;
    else high = middle;
  }
  return seen[low]?.page === page;
};

export const presenceOf = (state: State, m: Mapping, page: number): Presence => {
  const own = m.shared ? undefined : state.pages.get(page);
  if (own !== undefined) return own === ANY_CONTENT ? 'unsure' : 'present';
  if (state.present && wasPresent(state.present, page)) return 'present';
  if (isAnonymous(state, m)) return state.present ? 'missing' : 'unsure';
  const inObject = objectOf(state, m)?.contents.has(m.offset + (page - m.start));
  return inObject && (m.flags & VMFLAG.ui) === 0 ? 'present' : 'unsure';
};

/** What a userfaultfd does with an access to a page: nothing, a signal, or perhaps a signal. */
export type Answer = 'none' | 'signal' | 'maybe signal' | 'wait' | 'maybe wait';

/** Who touches the page: the program, or the kernel for it (locking). */
export type Toucher = 'program' | 'kernel';

const makesWait = (state: State, m: Mapping, toucher: Toucher): boolean => {
  const uffd = state.uffds.get(m.uffd);
  return uffd !== undefined && !uffd.sigbus && (toucher === 'program' || !uffd.userModeOnly);
};

/** Write-protect registration alone changes nothing: no page is protected by it. */
export const answerOf = (state: State, m: Mapping, page: number, toucher: Toucher = 'program'): Answer => {
  if ((m.flags & (VMFLAG.um | VMFLAG.ui)) === 0) return 'none';
  const presence = presenceOf(state, m, page);
  if (presence === 'present') return 'none';
  const waiting = makesWait(state, m, toucher);
  if (presence === 'missing') return waiting ? 'wait' : 'signal';
  return waiting ? 'maybe wait' : 'maybe signal';
};

/** Nobody answers: such an access does not come back, and nothing can be said of the rest. */
export const waits = (page: number): never => {
  throw new Unknown(`page 0x${page.toString(16)} is missing, and its userfaultfd makes the access wait for a handler`);
};
