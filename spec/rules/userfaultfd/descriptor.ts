/** The descriptor that an ioctl_userfaultfd(2) operation is given, and the ranges that those operations take. */
import { type Context, fails, type Rule } from '../../rule.ts';
import { isHugetlb, type Mapping, type Range, type Uffd } from '../../state.ts';
import { int, isAligned, pageOf, pageSize } from '../arguments.ts';
import { firstWithin } from '../run.ts';

/** A call on a userfaultfd: `id` is its key in `State.uffds`. */
export interface Operation extends Context {
  readonly fd: number;
  readonly id: number;
}

/** … on a range of addresses, in bytes as given and in pages. */
export interface RangeOperation extends Operation {
  readonly startBytes: bigint;
  readonly bytes: bigint;
  readonly range: Range;
}

export const operation = (c: Context): Operation => {
  const fd = int(c.call.args[0] ?? 0n);
  const descriptor = c.state.descriptors.get(fd);
  return { ...c, fd, id: descriptor?.kind === 'uffd' ? descriptor.id : 0 };
};

export const rangeOperation = (c: Context): RangeOperation => {
  const [, startBytes = 0n, bytes = 0n] = c.call.args;
  const start = pageOf(c.state, startBytes);
  return { ...operation(c), startBytes, bytes, range: { start, end: start + pageOf(c.state, bytes) } };
};

export const uffdOf = (c: Operation): Uffd | undefined => c.state.uffds.get(c.id);

/** What every operation decides first, as rules of the operation `name`. */
export const descriptorRules = <C extends Operation>(name: string): readonly Rule<C>[] => [
  {
    id: `${name}/not-open`,
    manual: 'ioctl(2) ERRORS, EBADF: fd is not a valid file descriptor',
    kernel: 'fs/ioctl.c ioctl()',
    when: (c) => !c.state.descriptors.has(c.fd),
    then: fails('EBADF'),
  },
  {
    id: `${name}/not-a-userfaultfd`,
    manual: 'ioctl(2) ERRORS, ENOTTY: the operation does not apply to the kind of object that fd references',
    kernel: 'fs/ioctl.c vfs_ioctl()',
    when: (c) => c.state.descriptors.has(c.fd) && c.id === 0,
    then: fails('ENOTTY'),
  },
];

const reachesBeyond = (c: RangeOperation): boolean =>
  c.startBytes + c.bytes > BigInt(c.state.environment.taskSize) * pageSize(c.state);

/** Nobody looks for a mapping where a range cannot be; outside of user space nothing is known. */
const firstMapping = (c: RangeOperation): Mapping | undefined =>
  reachesBeyond(c) ? undefined : firstWithin(c.state, c.range);

export const notEnabled = <C extends Operation>(name: string): Rule<C> => ({
  id: `${name}/not-enabled`,
  manual: 'userfaultfd(2) Usage: the userfaultfd must be enabled with UFFDIO_API first',
  kernel: 'mm/userfaultfd.c userfaultfd_ioctl()',
  when: (c) => uffdOf(c)?.enabled === false,
  then: fails('EINVAL'),
});

/** What registering and unregistering ask of their range. */
export const rangeRules = <C extends RangeOperation>(name: string, by: string): readonly Rule<C>[] => [
  {
    id: `${name}/unaligned`,
    manual: 'ioctl_userfaultfd(2) ERRORS, EINVAL: start or len is not a multiple of the page size',
    kernel: 'mm/userfaultfd.c validate_range()',
    when: (c) => !isAligned(c.state, c.startBytes) || c.bytes % pageSize(c.state) !== 0n,
    then: fails('EINVAL'),
  },
  {
    id: `${name}/empty`,
    manual: 'ioctl_userfaultfd(2) ERRORS, EINVAL: len is zero',
    kernel: 'mm/userfaultfd.c validate_range()',
    when: (c) => c.bytes === 0n,
    then: fails('EINVAL'),
  },
  {
    id: `${name}/beyond-user-space`,
    manual: 'ioctl_userfaultfd(2) ERRORS, EINVAL: or these fields are otherwise invalid',
    kernel: 'mm/userfaultfd.c validate_range()',
    when: reachesBeyond,
    then: fails('EINVAL'),
  },
  {
    id: `${name}/unmapped`,
    manual: 'ioctl_userfaultfd(2) ERRORS, EINVAL: there is no mapping in the specified address range',
    kernel: `mm/userfaultfd.c ${by}()`,
    when: (c) => !firstMapping(c),
    then: fails('EINVAL'),
  },
  {
    // The start of the range counts, even where it lies in a hole before the mapping.
    id: `${name}/starts-inside-huge-page`,
    manual: 'ioctl_userfaultfd(2) ERRORS, EINVAL: or these fields are otherwise invalid',
    kernel: `mm/userfaultfd.c ${by}()`,
    when: (c) => {
      const m = firstMapping(c);
      return m !== undefined && isHugetlb(m) && c.range.start % c.state.environment.hugePage !== 0;
    },
    then: fails('EINVAL'),
  },
];
