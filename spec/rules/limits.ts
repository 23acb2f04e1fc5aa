/** The limits that every call which maps something has in common. Pages. */
import { VMFLAG } from '../observation.ts';
import { charged, isData, type Mapping, mayBeOne, type State, sums } from '../state.ts';

type Attributes = Pick<Mapping, 'prot' | 'shared' | 'flags'>;

const inPages = (state: State, bytes: number): number => Math.floor(bytes / state.environment.pageSize);

/** RLIMIT_AS, or RLIMIT_DATA for private writable memory, leaves no room for `pages` more. */
export const exceedsSize = (state: State, attributes: Attributes, pages: number): boolean => {
  const { as, data } = state.limits;
  if (as === Infinity && data === Infinity) return false;
  const now = sums(state);
  return now.size + pages > inPages(state, as) || (isData(attributes) && now.data + pages > inPages(state, data));
};

/** RLIMIT_MEMLOCK leaves no room for `pages` more locked pages. It does not bind CAP_IPC_LOCK. */
export const exceedsLocked = (state: State, pages: number): boolean =>
  !state.capabilities.ipcLock && sums(state).locked + pages > inPages(state, state.limits.memlock);

/**
 * The system refuses to commit `pages` more. Mode 0 refuses only what is larger than all memory, mode 1 nothing. In mode 2 the
 * limit depends on the whole system; the address space's own charge is a lower bound of what is committed.
 */
export const exceedsCommit = (state: State, pages: number): boolean => {
  const { overcommit, memory } = state.environment;
  if (overcommit === 1) return false;
  return overcommit === 0 ? pages > memory : charged(state) + pages > memory;
};

export const isCharged = (m: Pick<Mapping, 'flags' | 'unsure'>): boolean => (m.flags & ~m.unsure & VMFLAG.ac) !== 0;

/** Nobody looked since something happened that may have changed it. */
export const mayBeCharged = (m: Pick<Mapping, 'unsure'>): boolean => (m.unsure & VMFLAG.ac) !== 0;

/** Farther away from the limit than this nobody asks how many of the mappings may have merged. */
const SLACK = 64;

/**
 * How many mappings the process has: `most` if nothing has merged since the state was seen, `least` if all has that may.
 * Equal (the number as seen) at the start of a call.
 */
export const mappingCount = (state: State): { least: number; most: number } => {
  const most = sums(state).count;
  const { mappings } = state;
  if (most + SLACK < state.environment.maxMapCount) return { least: most, most };
  let merges = 0;
  for (let i = 1; i < mappings.length; i++) {
    const left = mappings[i - 1] as Mapping;
    const right = mappings[i] as Mapping;
    if (left.end === right.start && mayBeOne(state, left, right)) merges++;
  }
  return { least: most - merges, most };
};

/** The number of mappings as seen before the call. Only for conditions that come before any change. */
export const countBefore = (state: State): number => sums(state).count;
