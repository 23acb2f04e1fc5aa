/** System calls that the C library lacks, or whose arguments it changes: straight to the kernel. */
import type { Helper } from './helpers.ts';

/** A function around one system call; all arguments are unsigned long, so that every one arrives as it was given. */
const straight = (name: string, ...parameters: readonly string[]): Helper => ({
  text: `static long sys_${name}(${parameters.map((p) => `unsigned long ${p}`).join(', ') || 'void'})
{
	return syscall(${['SYS_'.concat(name), ...parameters].join(', ')});
}`,
});

export const CALL_HELPERS: Readonly<Record<string, Helper>> = {
  sys_mremap: straight('mremap', 'addr', 'old_size', 'new_size', 'flags', 'new_addr'),
  sys_mmap: straight('mmap', 'addr', 'length', 'prot', 'flags', 'fd', 'offset'),
  sys_mprotect: straight('mprotect', 'addr', 'length', 'prot'),
  sys_mlock2: straight('mlock2', 'addr', 'length', 'flags'),
  sys_mlockall: straight('mlockall', 'flags'),
  sys_madvise: straight('madvise', 'addr', 'length', 'advice'),
  sys_mseal: {
    text: `#ifndef SYS_mseal
#define SYS_mseal 462
#endif
${straight('mseal', 'addr', 'length', 'flags').text}`,
  },
  sys_userfaultfd: straight('userfaultfd', 'flags'),
  sys_memfd_create: straight('memfd_create', 'name', 'flags'),
  sys_openat: straight('openat', 'folder', 'path', 'flags'),
  sys_ftruncate: straight('ftruncate', 'fd', 'length'),
  sys_close: straight('close', 'fd'),
  sys_prlimit64: straight('prlimit64', 'pid', 'resource', 'limit', 'old'),
  uffdio_api: {
    headers: ['linux/userfaultfd.h', 'sys/ioctl.h'],
    text: `static long uffdio_api(unsigned long fd, unsigned long features)
{
	struct uffdio_api api = { .api = UFFD_API, .features = features };

	return syscall(SYS_ioctl, fd, UFFDIO_API, &api);
}`,
  },
  uffdio_register: {
    headers: ['linux/userfaultfd.h', 'sys/ioctl.h'],
    text: `static long uffdio_register(unsigned long fd, char *start, unsigned long len, unsigned long mode)
{
	struct uffdio_register range = { .range = { (unsigned long)start, len }, .mode = mode };

	return syscall(SYS_ioctl, fd, UFFDIO_REGISTER, &range);
}`,
  },
  uffdio_unregister: {
    headers: ['linux/userfaultfd.h', 'sys/ioctl.h'],
    text: `static long uffdio_unregister(unsigned long fd, char *start, unsigned long len)
{
	struct uffdio_range range = { (unsigned long)start, len };

	return syscall(SYS_ioctl, fd, UFFDIO_UNREGISTER, &range);
}`,
  },
};
