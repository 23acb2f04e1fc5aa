/** C that makes the process what a program expects: its layout, descriptors, what the machine must have, what stands for situations. */
import type { Helper } from './helpers.ts';

const PROCESS: Readonly<Record<string, Helper>> = {
  settle: {
    uses: ['lines'],
    headers: ['sys/personality.h'],
    text: `/*
 * Starts again without address randomisation and with a stack of 8 MiB, from which the kernel derives where mappings go that
 * nobody places; and unmaps vvar and vdso, which lie there.
 */
static void settle(char **argv)
{
	struct rlimit stack;
	char *line, *rest;
	int again = 1;

	if (!getenv("SETTLED")) {
		setenv("SETTLED", "1", 1);
		getrlimit(RLIMIT_STACK, &stack);
		stack.rlim_cur = stack.rlim_max < 8 << 20 ? stack.rlim_max : 8 << 20;
		setrlimit(RLIMIT_STACK, &stack);
		personality(ADDR_NO_RANDOMIZE);
		execv("/proc/self/exe", argv);
	}
	while (again) {
		again = 0;
		if (!lines_open("/proc/self/maps"))
			return;
		while (!again && (line = lines_next()))
			if (strstr(line, "[vvar") || strstr(line, "[vdso]")) {
				unsigned long start = strtoul(line, &rest, 16), end = strtoul(rest + 1, NULL, 16);
				again = munmap((void *)start, end - start) == 0;
			}
		if (again)
			close(lines.fd);
	}
}`,
  },
  own_descriptors: {
    text: `/* Programs count their descriptors from 0: what is said goes to a high one. */
static void own_descriptors(void)
{
	if (out != 1 || dup2(1, 900) < 0)
		return;
	out = 900;
	for (int fd = 0; fd < 900; fd++)
		close(fd);
}`,
  },
  drain: {
    headers: ['sys/prctl.h', 'sys/wait.h'],
    text: `/*
 * A call that makes an event for a userfaultfd waits until somebody has read it. This process shares descriptors, not
 * memory, and reads all that there is; it is made before the first call, so that it has none of the program's pages.
 */
static struct drained { volatile int fds[16]; volatile unsigned int asked, seen; } *drained;

static void drain(void)
{
	drained = mmap((void *)0x200000000, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	for (int i = 0; i < 16; i++)
		drained->fds[i] = -1;
	if (syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0, 0, 0, 0) != 0)
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		static char events[512];
		struct timespec nap = { 0, 50000 };
		unsigned int asked = drained->asked;

		__sync_synchronize();
		for (int i = 0; i < 16; i++)
			if (drained->fds[i] >= 0 && read(drained->fds[i], events, sizeof(events)) < 0)
				continue;
		__sync_synchronize();
		drained->seen = asked;
		syscall(SYS_nanosleep, &nap, NULL);
	}
}

/* Reads events of this one from now on, or (in place of another one) no longer; back when the other process knows. */
static void drain_change(int from, int to)
{
	struct timespec nap = { 0, 50000 };
	unsigned int asked = drained->asked + 1;

	if (to >= 0)
		fcntl(to, F_SETFL, fcntl(to, F_GETFL) | O_NONBLOCK);
	for (int i = 0; i < 16; i++)
		if (drained->fds[i] == from) {
			drained->fds[i] = to;
			break;
		}
	__sync_synchronize();
	drained->asked = asked;
	while (drained->seen != asked)
		syscall(SYS_nanosleep, &nap, NULL);
}`,
  },
};

const NEEDS: Readonly<Record<string, Helper>> = {
  has_capability: {
    headers: ['linux/capability.h'],
    text: `static int has_capability(int number)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2];

	return syscall(SYS_capget, &header, data) == 0 && (data[number / 32].effective >> number % 32 & 1);
}`,
  },
  has_uffd: {
    headers: ['linux/userfaultfd.h', 'sys/ioctl.h'],
    text: `/* Whether a userfaultfd can be made with these flags, and knows these features. */
static int has_uffd(int flags, unsigned long features)
{
	struct uffdio_api api = { .api = UFFD_API };
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC | flags);
	int there = fd >= 0 && ioctl(fd, UFFDIO_API, &api) == 0 && (api.features & features) == features;

	if (fd >= 0)
		close(fd);
	return there;
}`,
  },
  has_hugetlb: {
    text: `static int has_hugetlb(void)
{
	size_t size = 2 << 20;
	void *p = mmap(NULL, size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | MAP_NORESERVE, -1, 0);

	return p != MAP_FAILED && munmap(p, size) == 0;
}`,
  },
  has_dontunmap: {
    text: `static int has_dontunmap(void)
{
	void *p = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	void *q = (void *)syscall(SYS_mremap, p, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, 0);

	return munmap(p, PAGE) == 0 && q != MAP_FAILED && munmap(q, PAGE) == 0;
}`,
  },
  file_on_disk: {
    headers: ['sys/vfs.h'],
    text: `static int file_on_disk(void)
{
	struct statfs fs;

	return statfs("/tmp", &fs) == 0 && fs.f_type != 0x01021994; /* tmpfs */
}`,
  },
};

const SITUATIONS: Readonly<Record<string, Helper>> = {
  drop_capability: {
    headers: ['linux/capability.h'],
    text: `static long drop_capability(unsigned long number)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2];

	errno = EINVAL;
	if (number >= 64 || syscall(SYS_capget, &header, data))
		return -1;
	data[number / 32].effective &= ~(1u << number % 32);
	return syscall(SYS_capset, &header, data);
}`,
  },
  fill_mappings: {
    uses: ['number_in'],
    text: `/* Makes unrelated mappings, far from all others, until only so many more are possible: every second page becomes readable. */
static long fill_mappings(unsigned long room)
{
	static char *next = (char *)0x080000000000;
	long count = 0, most = (long)number_in("/proc/sys/vm/max_map_count", "");
	char *line, *start = next;

	if (!lines_open("/proc/self/maps"))
		return -1;
	while ((line = lines_next()))
		count += strstr(line, "[vsyscall]") == NULL;
	count = most - count - (long)room;
	if (count <= 0 || room > (unsigned long)most)
		return 0;
	if (mmap(start, count * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0) == MAP_FAILED)
		return -1;
	for (long i = 1; i < count; i += 2)
		if (mprotect(start + i * PAGE, PAGE, PROT_READ)) {
			int error = errno;
			munmap(start, count * PAGE);
			errno = error;
			return -1;
		}
	next = start + (count + 1) * PAGE;
	return count;
}`,
  },
  open_file: {
    text: `/* The file: without a name, 16 pages, of which page i begins and ends with 0xf11e00 + i. */
static long open_file(int flags)
{
	static int made = -1;
	char path[32], name[] = "/tmp/reproducer.XXXXXX";

	if (made < 0) {
		made = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
		if (made < 0) {
			made = mkstemp(name);
			unlink(name);
		}
		if (made < 0 || dup3(made, 908, O_CLOEXEC) < 0)
			return -1;
		close(made);
		made = 908;
		for (unsigned long i = 0; i < 16; i++) {
			unsigned long content = 0xf11e00 + i;
			if (pwrite(made, &content, sizeof(content), i * PAGE) < 0 ||
			    pwrite(made, &content, sizeof(content), (i + 1) * PAGE - sizeof(content)) < 0)
				return -1;
		}
	}
	snprintf(path, sizeof(path), "/proc/self/fd/%d", made);
	return open(path, flags, 0600);
}`,
  },
};

export const WORLD_HELPERS: Readonly<Record<string, Helper>> = { ...PROCESS, ...NEEDS, ...SITUATIONS };
