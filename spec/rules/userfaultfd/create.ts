/** userfaultfd(2) and UFFDIO_API: making a userfaultfd and enabling it. */
import { O, UFFD, UFFD_FEATURE } from '../../abi.ts';
import { always, type Context, does, fails, mayFail, type Rule, returns } from '../../rule.ts';
import { change } from '../../space.ts';
import { int } from '../arguments.ts';
import { noMemory } from '../scarce.ts';
import { type Operation, uffdOf } from './descriptor.ts';

export interface Create extends Context {
  readonly flags: bigint;
  /** The descriptor that was given. */
  readonly fd: number;
}

/** No descriptor: what no call returns. */
const NONE = -1;

/** Any number that is not open. */
const given = (c: Context): number => {
  if (c.seen.kind !== 'value' || c.seen.value > 0x7fff_ffffn) return NONE;
  const fd = Number(c.seen.value);
  return c.state.descriptors.has(fd) ? NONE : fd;
};

export const create = (c: Context): Create => ({ ...c, flags: BigInt(int(c.call.args[0] ?? 0n)), fd: given(c) });

/** A machine that names this call among its features has it. */
export const notConfigured: Rule<Create> = {
  id: 'userfaultfd/not-configured',
  manual: 'userfaultfd(2) VERSIONS; syscalls(2): ENOSYS where the kernel was built without',
  kernel: 'kernel/sys_ni.c',
  when: (c) => !c.state.environment.features.includes('userfaultfd'),
  then: mayFail('ENOSYS'),
};

/** The privilege is no part of the state; a machine that names this among its features has it. */
export const notPermitted: Rule<Create> = {
  id: 'userfaultfd/not-permitted',
  manual: 'userfaultfd(2) ERRORS, EPERM: the caller is not privileged, and vm.unprivileged_userfaultfd has the value 0',
  kernel: 'mm/userfaultfd.c userfaultfd_syscall_allowed()',
  when: (c) =>
    (c.flags & UFFD.USER_MODE_ONLY) === 0n && !c.state.environment.features.includes('userfaultfd_kernel_faults'),
  then: mayFail('EPERM'),
};

export const unknownFlag: Rule<Create> = {
  id: 'userfaultfd/unknown-flag',
  manual: 'userfaultfd(2) ERRORS, EINVAL: an unsupported value was specified in flags',
  kernel: 'mm/userfaultfd.c new_userfaultfd()',
  when: (c) => (c.flags & ~(O.CLOEXEC | O.NONBLOCK | UFFD.USER_MODE_ONLY)) !== 0n,
  then: fails('EINVAL'),
};

export const noMemoryToCreate = noMemory<Create>({
  id: 'userfaultfd/no-memory',
  manual: 'userfaultfd(2) ERRORS, ENOMEM: insufficient kernel memory was available',
  kernel: 'mm/userfaultfd.c new_userfaultfd()',
});

export const created: Rule<Create> = {
  id: 'userfaultfd/created',
  manual: 'userfaultfd(2) DESCRIPTION: creates a new userfaultfd object, and returns a file descriptor',
  kernel: 'mm/userfaultfd.c new_userfaultfd()',
  when: always,
  then: does((c) => {
    const { state } = c;
    const id = state.nextId;
    const userModeOnly = (c.flags & UFFD.USER_MODE_ONLY) !== 0n;
    const uffd = { enabled: false, features: 0n, eventRemap: false, sigbus: false, userModeOnly };
    const descriptor = { kind: 'uffd', id, readable: true, writable: false } as const;
    return {
      ...c,
      state: change(state, {
        uffds: new Map(state.uffds).set(id, uffd),
        descriptors: c.fd === NONE ? state.descriptors : new Map(state.descriptors).set(c.fd, descriptor),
        nextId: id + 1,
      }),
    };
  }),
};

export const descriptorReturned: Rule<Create> = {
  id: 'userfaultfd/descriptor',
  manual: 'userfaultfd(2) RETURN VALUE: a new file descriptor',
  kernel: 'mm/userfaultfd.c new_userfaultfd()',
  when: always,
  then: returns((c) => ({ value: BigInt(c.fd), words: 'a new descriptor' })),
};

export interface Enable extends Operation {
  readonly features: bigint;
}

/** The privilege is no part of the state. */
export const forkNotPermitted: Rule<Enable> = {
  id: 'uffdio_api/fork-events-not-permitted',
  manual: 'ioctl_userfaultfd(2) UFFDIO_API ERRORS, EPERM: UFFD_FEATURE_EVENT_FORK was enabled without CAP_SYS_PTRACE',
  kernel: 'mm/userfaultfd.c userfaultfd_api()',
  when: (c) => (c.features & UFFD_FEATURE.EVENT_FORK) !== 0n,
  then: mayFail('EPERM'),
};

const DOCUMENTED = Object.values(UFFD_FEATURE).reduce((all, bit) => all | bit, 0n);
const RWP = 1n << 17n;
const RWP_ASYNC = 1n << 18n;

const unknown = (name: string, bits: bigint, until: string): Rule<Enable> => ({
  id: `uffdio_api/${name}-unknown`,
  kernel: 'mm/userfaultfd.c userfaultfd_api()',
  until,
  when: (c) => (c.features & bits) !== 0n,
  then: fails('EINVAL'),
});

/** What became known, and when. */
export const featuresOfLater: readonly Rule<Enable>[] = [
  unknown('wp-unpopulated', UFFD_FEATURE.WP_UNPOPULATED, '6.4'),
  unknown('poison', UFFD_FEATURE.POISON, '6.6'),
  unknown('wp-async', UFFD_FEATURE.WP_ASYNC, '6.7'),
  unknown('move', UFFD_FEATURE.MOVE, '6.8'),
];

export const unknownFeature: Rule<Enable> = {
  id: 'uffdio_api/unknown-feature',
  manual:
    'ioctl_userfaultfd(2) UFFDIO_API ERRORS, EINVAL: the features field includes bits that are not supported by the kernel',
  kernel: 'mm/userfaultfd.c userfaultfd_api()',
  until: '7.3',
  when: (c) => (c.features & ~DOCUMENTED) !== 0n,
  then: fails('EINVAL'),
};

/** 7.3 knows two more. */
export const unknownFeatureStill: Rule<Enable> = {
  id: 'uffdio_api/unknown-feature-still',
  kernel: 'mm/userfaultfd.c userfaultfd_api()',
  since: '7.3',
  when: (c) => (c.features & ~(DOCUMENTED | RWP | RWP_ASYNC)) !== 0n,
  then: fails('EINVAL'),
};

/** A processor may lack what a feature needs. A machine that names no such feature has not been asked. */
export const featureNotOffered: Rule<Enable> = {
  id: 'uffdio_api/feature-not-offered',
  manual:
    'ioctl_userfaultfd(2) UFFDIO_API ERRORS, EINVAL: the features field includes bits that are not supported by the kernel',
  kernel: 'mm/userfaultfd.c userfaultfd_api()',
  when: (c) => {
    const { features } = c.state.environment;
    const offered = Object.entries(UFFD_FEATURE).filter(([name]) => features.includes(`UFFD_FEATURE_${name}`));
    return offered.length > 0 && (c.features & DOCUMENTED & ~offered.reduce((all, [, bit]) => all | bit, 0n)) !== 0n;
  },
  then: fails('EINVAL'),
};

export const asyncAlone: Rule<Enable> = {
  id: 'uffdio_api/rwp-async-alone',
  kernel: 'mm/userfaultfd.c userfaultfd_api()',
  since: '7.3',
  when: (c) => (c.features & RWP_ASYNC) !== 0n && (c.features & RWP) === 0n,
  then: fails('EINVAL'),
};

export const enabledBefore: Rule<Enable> = {
  id: 'uffdio_api/enabled-before',
  kernel: 'mm/userfaultfd.c userfaultfd_api()',
  when: (c) => uffdOf(c)?.enabled === true,
  then: fails('EINVAL'),
};

/** The manual allows a second call after one that asked for nothing. */
export const featuresEnabledBefore: Rule<Enable> = {
  id: 'uffdio_api/features-enabled-before',
  manual:
    'ioctl_userfaultfd(2) UFFDIO_API ERRORS, EINVAL: a previous UFFDIO_API call already enabled one or more features',
  when: (c) => (uffdOf(c)?.features ?? 0n) !== 0n,
  then: fails('EINVAL'),
};

export const enabled: Rule<Enable> = {
  id: 'uffdio_api/enabled',
  manual: 'ioctl_userfaultfd(2) UFFDIO_API: if the kernel supports all the requested features it will enable them',
  kernel: 'mm/userfaultfd.c userfaultfd_api()',
  when: (c) => uffdOf(c) !== undefined,
  then: does((c) => {
    const uffd = c.state.uffds.get(c.id);
    if (!uffd) return c;
    const { features } = c;
    const now = {
      ...uffd,
      enabled: true,
      features,
      eventRemap: (features & UFFD_FEATURE.EVENT_REMAP) !== 0n,
      sigbus: (features & UFFD_FEATURE.SIGBUS) !== 0n,
    };
    return { ...c, state: change(c.state, { uffds: new Map(c.state.uffds).set(c.id, now) }) };
  }),
};
