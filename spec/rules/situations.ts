/** `fill_mappings` and `drop_capability`: no system calls, but situations that programs put themselves in. */
import { CAP } from '../abi.ts';
import { decision } from '../engine.ts';
import { VMFLAG } from '../observation.ts';
import { always, type Context, does, fails, procedure, type Rule, returns } from '../rule.ts';
import { change } from '../space.ts';
import { countBefore, exceedsLocked, exceedsSize } from './limits.ts';

/** Maps single pages of two protections in turn, far away, so that no two of them are one mapping. Readable at most, never charged. */
interface Fill extends Context {
  readonly room: bigint;
  readonly filled: number;
}

const FILLER = { prot: 1, shared: false, flags: VMFLAG.mw | VMFLAG.nr };

/** How many mappings are missing until only `room` more are possible. */
const missing = (c: Fill): number => {
  const { maxMapCount } = c.state.environment;
  return c.room > BigInt(maxMapCount) ? 0 : maxMapCount - countBefore(c.state) - Number(c.room);
};

const nothing: Rule<Fill> = {
  id: 'fill_mappings/nothing',
  manual: 'mmap(2) ERRORS, ENOMEM: the process’s maximum number of mappings',
  kernel: 'mm/mmap.c do_mmap()',
  when: (c) => missing(c) <= 0,
  then: returns(() => 0n),
};

const lockLimit: Rule<Fill> = {
  id: 'fill_mappings/memlock-limit',
  manual: 'mmap(2) ERRORS, EAGAIN: too much memory has been locked (see setrlimit(2))',
  kernel: 'mm/mmap.c mlock_future_ok()',
  when: (c) => c.state.lockFuture !== 0 && exceedsLocked(c.state, missing(c)),
  then: fails('EAGAIN'),
};

const sizeLimit: Rule<Fill> = {
  id: 'fill_mappings/size-limit',
  manual: 'getrlimit(2) RLIMIT_AS',
  kernel: 'mm/vma.c may_expand_vm()',
  when: (c) => exceedsSize(c.state, FILLER, missing(c)),
  then: fails('ENOMEM'),
};

/** They count like the machine’s own mappings from here on; mlockall locks them too. */
const counted: Rule<Fill> = {
  id: 'fill_mappings/counted',
  manual: 'mmap(2) DESCRIPTION; mlockall(2) MCL_FUTURE',
  kernel: 'mm/vma.c vm_stat_account()',
  when: (c) => missing(c) > 0,
  then: does((c) => {
    const n = missing(c);
    const { outside, environment, ownLocked, lockFuture } = c.state;
    const lockedNow = lockFuture === 0 ? 0 : n;
    const state = change(c.state, {
      outside: { ...outside, size: outside.size + n, locked: outside.locked + lockedNow, count: outside.count + n },
      ownLocked: ownLocked + lockedNow,
      environment: { ...environment, own: { ...environment.own, lockable: environment.own.lockable + n } },
    });
    return { ...c, state, filled: n };
  }),
};

const done: Rule<Fill> = {
  id: 'fill_mappings/done',
  manual: 'mmap(2) RETURN VALUE',
  kernel: 'mm/mmap.c do_mmap()',
  when: always,
  then: returns((c) => BigInt(c.filled)),
};

export const fillMappings = decision(
  procedure<Fill>('fill_mappings', [nothing, lockLimit, sizeLimit, counted, done]),
  (c) => {
    const [room = 0n] = c.call.args;
    return { ...c, room, filled: 0 };
  },
);

interface Drop extends Context {
  readonly capability: bigint;
}

const SYS_PTRACE = 19n;
const SYS_RESOURCE = 24n;
const MOST = 64n;

const noCapability: Rule<Drop> = {
  id: 'drop_capability/no-capability',
  manual: 'capset(2) ERRORS, EINVAL: one of the arguments was invalid',
  kernel: 'kernel/capability.c capset()',
  when: (c) => c.capability >= MOST,
  then: fails('EINVAL'),
};

const drop: Rule<Drop> = {
  id: 'drop_capability/dropped',
  manual: 'capabilities(7): a thread may remove capabilities from its effective set',
  kernel: 'security/commoncap.c cap_capset()',
  when: (c) => [CAP.IPC_LOCK, CAP.SYS_RAWIO, SYS_RESOURCE].includes(c.capability),
  then: does((c) => {
    const name = c.capability === CAP.IPC_LOCK ? 'ipcLock' : c.capability === CAP.SYS_RAWIO ? 'rawIo' : 'sysResource';
    return { ...c, state: change(c.state, { capabilities: { ...c.state.capabilities, [name]: false } }) };
  }),
};

/** It is what permits a userfaultfd that serves faults of the kernel, unless everybody may have one. */
const dropPtrace: Rule<Drop> = {
  id: 'drop_capability/ptrace-dropped',
  manual: 'userfaultfd(2) ERRORS, EPERM: the caller is not privileged (does not have the CAP_SYS_PTRACE capability)',
  kernel: 'mm/userfaultfd.c userfaultfd_syscall_allowed()',
  when: (c) => c.capability === SYS_PTRACE,
  then: does((c) => {
    const { environment } = c.state;
    const features = environment.features.filter((name) => name !== 'userfaultfd_kernel_faults');
    return { ...c, state: change(c.state, { environment: { ...environment, features } }) };
  }),
};

const dropped: Rule<Drop> = {
  id: 'drop_capability/done',
  manual: 'capset(2) RETURN VALUE: 0',
  kernel: 'kernel/capability.c capset()',
  when: always,
  then: returns(() => 0n),
};

export const dropCapability = decision(
  procedure<Drop>('drop_capability', [noCapability, drop, dropPtrace, dropped]),
  (c) => {
    const [capability = 0n] = c.call.args;
    return { ...c, capability };
  },
);
