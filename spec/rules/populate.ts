/**
 * Faulting in the pages of a mapping without accessing them, as locking does: writable private mappings are written to (which
 * makes private copies), others are read.
 */
import { VMFLAG } from '../observation.ts';
import { ANY_CONTENT, change, contentAt, parts } from '../space.ts';
import { isAnonymous, isHugetlb, type Mapping, objectOf, type Range, type State, WRITE } from '../state.ts';
import { answerOf, waits } from './presence.ts';

export interface Populated {
  /** With the private copies that were made. */
  readonly state: State;
  /** It stopped before the end of the part. */
  readonly stopped: boolean;
  /** It may have stopped earlier: pages of which nobody knows whether they are missing. */
  readonly maybe: boolean;
}

const isAsked = (part: Mapping): boolean => (part.flags & (VMFLAG.um | VMFLAG.ui)) !== 0;

const hasGuards = (state: State, part: Mapping): boolean =>
  state.guards.size > 0 && [...state.guards].some((page) => page >= part.start && page < part.end);

/** Nothing but the end of its object can stop it, and no page changes. */
const isPlain = (state: State, part: Mapping): boolean =>
  !isAsked(part) && !hasGuards(state, part) && !isHugetlb(part) && (part.shared || isAnonymous(state, part));

/** Mappings locked on fault are left as they are, and so are those whose driver forbids locking. */
export const isPopulated = (part: Mapping): boolean => (part.flags & VMFLAG.lf) === 0;

const reachesBeyond = (state: State, part: Mapping): boolean => {
  const object = objectOf(state, part);
  return (
    object !== undefined &&
    object.kind !== 'unknown' &&
    !isAnonymous(state, part) &&
    part.offset + (part.end - part.start) > object.size
  );
};

const isUnknownObject = (state: State, part: Mapping): boolean =>
  part.object !== 0 && (objectOf(state, part)?.kind ?? 'unknown') === 'unknown';

const walk = (
  state: State,
  part: Mapping,
  copies: Map<number, number> | undefined,
  cameThrough: boolean,
): Omit<Populated, 'state'> => {
  let maybe = false;
  for (let page = part.start; page < part.end; page++) {
    const answer = answerOf(state, part, page, 'kernel');
    if (answer === 'wait' || answer === 'maybe wait') waits(page);
    const content = contentAt(state, part, page);
    if (typeof content === 'string' || answer === 'signal') return { stopped: true, maybe };
    if (answer === 'maybe signal' || isUnknownObject(state, part)) maybe = true;
    copies?.set(page, maybe && !cameThrough ? ANY_CONTENT : content);
  }
  return { stopped: false, maybe };
};

/**
 * Populates a part of one mapping up to the first page that cannot be: one with a guard marker, beyond its object, missing where
 * a userfaultfd answers with a signal, or any page without access. Where it may have stopped, whether the rest has been copied is not known,
 * unless the call's success tells that it came through.
 */
export const populate = (state: State, part: Mapping, cameThrough = false): Populated => {
  if (!isPopulated(part)) return { state, stopped: false, maybe: false };
  if (part.prot === 0) return { state, stopped: true, maybe: false };
  if (isPlain(state, part)) return { state, stopped: reachesBeyond(state, part), maybe: isUnknownObject(state, part) };
  const makesCopies = !part.shared && (part.prot & WRITE) !== 0 && !isAnonymous(state, part);
  const copies = makesCopies ? new Map(state.pages) : undefined;
  const result = walk(state, part, copies, cameThrough);
  return { ...result, state: copies ? change(state, { pages: copies }) : state };
};

/** Populates every mapping of a range as far as it goes, as calls do that report no error of it (MAP_LOCKED, MAP_POPULATE, growth, mlockall). */
export const populateAll = (state: State, range: Range): State =>
  parts(state, range).reduce((s, part) => populate(s, part).state, state);

/** A call that ends well from here promises that every page of the range that can be is in memory. */
export const promise = (state: State, range: Range): State =>
  change(state, { resident: parts(state, range).filter((part) => !isHugetlb(part)) });
