/** Which failures leave no room for an effect, as far as arguments, error and mappings tell. */
import { type CallName, type Errno, MAP, PROT, type SeenMapping, VMFLAG } from '../../spec/index.ts';
import { mappingAt, mappingsIn, REGISTERED } from './layout.ts';
import type { Moment } from './moment.ts';
import { isAligned, pageOf, pagesOf } from './ranges.ts';
import { isPureMove, sourceOf } from './request.ts';

/** Whether the step failed in a way that leaves no room for an effect. Asked for by `Moment.isCauseless`. */
export function isCauseless(moment: Moment): boolean {
  const { result, call } = moment.step;
  if (result.kind !== 'error') return false;
  return REFUSALS[call.name]?.(moment, result.errno) ?? true;
}

type Refused = (moment: Moment, errno: Errno | `errno ${number}`) => boolean;

const startsNowhere = ({ before, step, environment }: Moment): boolean =>
  before !== undefined && mappingAt(before, pageOf(step.call.args[0] ?? 0n, environment.pageSize)) === undefined;
const isUnaligned = ({ step, environment }: Moment): boolean =>
  !isAligned(step.call.args[0] ?? 0n, environment.pageSize);
/** Since the kernels that collect what they replace before they let go of any of it; nothing is promised without a version. */
const collectsFirst = ({ profile, step }: Moment): boolean => (profile.version ?? 0) >= 6012 && !step.scarce;

/** Memory that others can share, and huge pages, are made when what was there has gone. */
const makesLate = (flags: bigint): boolean => (flags & MAP.TYPE) !== MAP.PRIVATE || (flags & MAP.HUGETLB) !== 0n;

/** Calls that may fail half way, and when they do not. All others fail as a whole. */
const REFUSALS: Partial<Record<CallName, Refused>> = {
  mremap: refusedMove,
  mmap: (moment) => {
    const flags = moment.step.call.args[3] ?? 0n;
    return (flags & MAP.FIXED) === 0n || (collectsFirst(moment) && !makesLate(flags));
  },
  munmap: (moment) => isUnaligned(moment) || collectsFirst(moment),
  // The start of a mapping that grows down may lie in a hole.
  mprotect: (moment) =>
    isUnaligned(moment) || (startsNowhere(moment) && ((moment.step.call.args[2] ?? 0n) & PROT.GROWSDOWN) === 0n),
  mlock: (moment, errno) => errno === 'EPERM' || errno === 'EINVAL' || startsNowhere(moment),
  mlock2: (moment, errno) => errno === 'EPERM' || errno === 'EINVAL' || startsNowhere(moment),
  munlock: (moment, errno) => errno === 'EINVAL' || startsNowhere(moment),
  mlockall: (_, errno) => errno === 'EPERM' || errno === 'EINVAL',
  munlockall: () => false,
  madvise: isUnaligned,
  mseal: (moment) => isUnaligned(moment) || (moment.step.call.args[2] ?? 0n) !== 0n || hasHole(moment),
  uffdio_register: (_, errno) => errno !== 'ENOMEM',
  uffdio_unregister: (moment, errno) => errno !== 'ENOMEM' && !endsInHuge(moment),
};

/** Huge pages are not cut, which is found out when what lies before them is done. */
function endsInHuge({ before = [], kinds, step, environment }: Moment): boolean {
  const [, start = 0n, bytes = 0n] = step.call.args;
  return kinds.isHuge(before, pageOf(start + bytes, environment.pageSize));
}

/** Sealing asks whether all of the range is mapped before it seals any of it. */
function hasHole({ before, step, environment }: Moment): boolean {
  const [address = 0n, bytes = 0n] = step.call.args;
  const start = pageOf(address, environment.pageSize);
  const end = start + pagesOf(bytes, environment.pageSize);
  if (before === undefined || end > environment.window.end) return false;
  const covered = mappingsIn(before, { start, end }).reduce(
    (sum, m) => sum + Math.min(m.end, end) - Math.max(m.start, start),
    0,
  );
  return covered < end - start;
}

function refusedMove(moment: Moment, errno: Errno | `errno ${number}`): boolean {
  const { asked: request, before, profile } = moment;
  if (request === undefined || !request.fixed) return true;
  if (before === undefined) return false;
  const first = mappingAt(before, request.from);
  if (first === undefined) return true;
  if (has(first, VMFLAG.sl)) return true;
  // Kernels before 6.17 unmapped the destination first and looked at the rest afterwards.
  if ((profile.version ?? 0) < 6017) return false;
  if (request.old === 0 && !first.shared) return true;
  const isLonger = first.end < sourceOf(request).end;
  return errno === 'EFAULT' && isLonger && (!isPureMove(request) || has(first, REGISTERED));
}

const has = (mapping: SeenMapping, flags: number): boolean => ((mapping.flags ?? 0) & flags) !== 0;
