/** Situations that programs put themselves in: limits, capabilities, as many mappings as there can be. */
import { CAP, RLIM_INFINITY, RLIMIT } from '../../spec/abi.ts';
import { mayExpand, mayLock } from '../accounting.ts';
import { EAGAIN, EINVAL, ENOMEM, EPERM, MM, READ, type Space } from '../space.ts';

const RESOURCES = 16;

/** Of RLIMIT_AS, RLIMIT_DATA, RLIMIT_MEMLOCK: the words of the limit and of what it may be at most. */
const WORDS: ReadonlyMap<number, readonly [number, number]> = new Map([
  [Number(RLIMIT.AS), [MM.LIMIT_AS, MM.HARD_AS]],
  [Number(RLIMIT.DATA), [MM.LIMIT_DATA, MM.HARD_DATA]],
  [Number(RLIMIT.MEMLOCK), [MM.LIMIT_MEMLOCK, MM.HARD_MEMLOCK]],
  [Number(RLIMIT.STACK), [MM.LIMIT_STACK, MM.HARD_STACK]],
]);

const bytes = (limit: bigint): number => (limit === RLIM_INFINITY ? Number.POSITIVE_INFINITY : Number(limit));

export const setrlimit = (s: Space, args: readonly bigint[]): number => {
  const [resource = 0n, cur = 0n, max = 0n] = args;
  const number = Number(BigInt.asUintN(32, resource));
  if (number >= RESOURCES || cur > max) return EINVAL;
  const words = WORDS.get(number);
  if (words === undefined) return 0;
  const [soft, hard] = words;
  if (bytes(max) > s.mm(hard) && s.mm(MM.RESOURCE) === 0) return EPERM;
  // Old programs set a data limit of 0 without need: the hard limit counts instead.
  s.put(soft, soft === MM.LIMIT_DATA && cur === 0n ? bytes(max) : bytes(cur));
  s.put(hard, bytes(max));
  s.put(MM.SETTINGS, 1);
  return 0;
};

const CAPABILITIES = 64n;
const SYS_PTRACE = 19n;
const SYS_RESOURCE = 24n;

export const dropCapability = (s: Space, args: readonly bigint[]): number => {
  const [capability = 0n] = args;
  if (capability >= CAPABILITIES) return EINVAL;
  s.put(MM.SETTINGS, 1);
  if (capability === CAP.IPC_LOCK) s.put(MM.IPC_LOCK, 0);
  if (capability === CAP.SYS_RAWIO) s.put(MM.RAW_IO, 0);
  if (capability === SYS_RESOURCE) s.put(MM.RESOURCE, 0);
  if (capability === SYS_PTRACE) s.put(MM.KERNEL_FAULTS, 0);
  return 0;
};

/** Far from everything else, readable at most, never charged, no two of them one mapping. */
export const fillMappings = (s: Space, args: readonly bigint[]): number => {
  const [room = 0n] = args;
  const { maxMapCount } = s.environment;
  const missing = room > BigInt(maxMapCount) ? 0 : maxMapCount - s.mm(MM.COUNT) - Number(room);
  if (missing <= 0) return 0;
  const locks = s.mm(MM.LOCK_FUTURE);
  if (!mayLock(s, locks, missing)) return EAGAIN;
  if (!mayExpand(s, READ, missing)) return ENOMEM;
  const locked = locks === 0 ? 0 : missing;
  s.add(MM.SIZE, missing);
  s.add(MM.COUNT, missing);
  s.add(MM.LOCKED, locked);
  s.add(MM.OWN_LOCKED, locked);
  s.add(MM.OWN_LOCKABLE, missing);
  s.put(MM.FILLED, 1);
  return missing;
};
