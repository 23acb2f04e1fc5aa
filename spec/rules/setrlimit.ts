/** setrlimit(2): RLIMIT_AS, RLIMIT_DATA and RLIMIT_MEMLOCK; of RLIMIT_STACK what bounds a stack’s growth. */
import { RLIM_INFINITY, RLIMIT } from '../abi.ts';
import { decision } from '../engine.ts';
import type { Limits } from '../observation.ts';
import { always, type Context, does, fails, mayFail, procedure, type Rule, returns } from '../rule.ts';
import { change, Unknown } from '../space.ts';
import type { State } from '../state.ts';
import { bytesOf } from './arguments.ts';

interface Request extends Context {
  readonly resource: bigint;
  readonly cur: bigint;
  readonly max: bigint;
}

const RESOURCES = 16n;

const KEYS: ReadonlyMap<bigint, keyof Limits> = new Map([
  [RLIMIT.AS, 'as'],
  [RLIMIT.DATA, 'data'],
  [RLIMIT.MEMLOCK, 'memlock'],
]);

/** The limit meant; `undefined` for that of the stack and for what is none. */
const key = (c: Request): keyof Limits | undefined => {
  const name = KEYS.get(c.resource);
  if (!name && c.resource !== RLIMIT.STACK && c.resource < RESOURCES)
    throw new Unknown(`limit ${c.resource} is none that the contract follows`);
  return name;
};

const bytes = (limit: bigint): number => (limit === RLIM_INFINITY ? Infinity : Number(limit));

const unknownResource: Rule<Request> = {
  id: 'setrlimit/unknown-resource',
  manual: 'getrlimit(2) ERRORS, EINVAL: the value specified in resource is not valid',
  kernel: 'kernel/sys.c do_prlimit()',
  when: (c) => c.resource >= RESOURCES,
  then: fails('EINVAL'),
};

const softAboveHard: Rule<Request> = {
  id: 'setrlimit/soft-above-hard',
  manual: 'getrlimit(2) ERRORS, EINVAL: rlim->rlim_cur was greater than rlim->rlim_max',
  kernel: 'kernel/sys.c do_prlimit()',
  when: (c) => c.cur > c.max,
  then: fails('EINVAL'),
};

const raisesHard = (c: Request): boolean => {
  const limit = key(c);
  return limit !== undefined && bytes(c.max) > c.state.hardLimits[limit];
};

const mayRaise = (state: State): boolean => {
  if (state.capabilities.sysResource === undefined) throw new Unknown('whether the process has CAP_SYS_RESOURCE');
  return state.capabilities.sysResource;
};

const raisesHardLimit: Rule<Request> = {
  id: 'setrlimit/raises-hard-limit',
  manual:
    'getrlimit(2) ERRORS, EPERM: an unprivileged process tried to raise the hard limit; CAP_SYS_RESOURCE is required to do this',
  kernel: 'kernel/sys.c do_prlimit()',
  when: (c) => raisesHard(c) && !mayRaise(c.state),
  then: fails('EPERM'),
};

/** What the hard limit of the stack is, nobody has looked. */
const raisesHardStack: Rule<Request> = {
  id: 'setrlimit/raises-hard-limit-of-stack',
  manual: 'getrlimit(2) ERRORS, EPERM: an unprivileged process tried to raise the hard limit',
  kernel: 'kernel/sys.c do_prlimit()',
  when: (c) => c.resource === RLIMIT.STACK && c.state.capabilities.sysResource !== true,
  then: mayFail('EPERM'),
};

const set: Rule<Request> = {
  id: 'setrlimit/set',
  manual:
    'getrlimit(2) DESCRIPTION: the soft limit is the value that the kernel enforces; the hard limit acts as a ceiling',
  kernel: 'kernel/sys.c do_prlimit()',
  when: (c) => key(c) !== undefined,
  then: does((c) => {
    const { limits, hardLimits } = c.state;
    const name = key(c) as keyof Limits;
    const changes = {
      limits: { ...limits, [name]: bytes(c.cur) },
      hardLimits: { ...hardLimits, [name]: bytes(c.max) },
    };
    return { ...c, state: change(c.state, changes) };
  }),
};

/** A soft limit of 0, which old programs set without need, leaves room up to the hard one. */
const noData: Rule<Request> = {
  id: 'setrlimit/no-data',
  kernel: 'mm/vma.c may_expand_vm()',
  when: (c) => c.resource === RLIMIT.DATA && c.cur === 0n,
  then: does((c) => ({ ...c, state: change(c.state, { limits: { ...c.state.limits, data: bytes(c.max) } }) })),
};

const setStack: Rule<Request> = {
  id: 'setrlimit/set-stack',
  manual: 'getrlimit(2) RLIMIT_STACK: the maximum size of the process stack, in bytes',
  kernel: 'mm/vma.c acct_stack_growth()',
  when: (c) => c.resource === RLIMIT.STACK,
  then: does((c) => {
    const stackLimit = bytes(c.cur) === Infinity ? Infinity : Number(c.cur / bytesOf(c.state, 1));
    return { ...c, state: change(c.state, { environment: { ...c.state.environment, stackLimit } }) };
  }),
};

const done: Rule<Request> = {
  id: 'setrlimit/done',
  manual: 'getrlimit(2) RETURN VALUE: 0',
  kernel: 'kernel/sys.c setrlimit()',
  when: always,
  then: returns(() => 0n),
};

export const setrlimit = decision(
  procedure<Request>('setrlimit', [
    unknownResource,
    softAboveHard,
    raisesHardLimit,
    raisesHardStack,
    set,
    noData,
    setStack,
    done,
  ]),
  (c) => {
    const [resource = 0n, cur = 0n, max = 0n] = c.call.args;
    return { ...c, resource: BigInt.asUintN(32, resource), cur, max };
  },
);
