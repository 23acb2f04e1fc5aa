#include "hello.h"
#include "abi.h"
#include "fault.h"
#include "observe.h"
#include "text.h"
#include "worker.h"
#include "world.h"

static char text[32768];

static u64 sysctl(const char *path, u64 otherwise)
{
	const char *s = text;
	s64 n = read_file(path, text, sizeof(text));

	return n > 0 ? parse_decimal(&s, text + n) : otherwise;
}

/* --- features, by trying --- */

static s64 map_at(u64 addr, u64 pages, u64 prot, u64 flags)
{
	return sys6(NR_mmap, addr, pages * page_size, prot, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | flags, ~0UL, 0);
}

/* Two mappings moved by one call: since 6.17. */
static int moves_several(void)
{
	u64 from = WINDOW_START, to = WINDOW_START + 16 * page_size;

	map_at(from, 1, PROT_READ, 0);
	map_at(from + page_size, 1, PROT_READ | PROT_WRITE, 0);
	return sys5(NR_mremap, from, 2 * page_size, 2 * page_size, MREMAP_MAYMOVE | MREMAP_FIXED, to) == (s64)to;
}

static u64 advice(u64 number, enum feature bit)
{
	/* Of length 0, so that only the number is judged. */
	return sys3(NR_madvise, WINDOW_START, 0, number) == 0 ? 1UL << bit : 0;
}

static u64 try_user_fault(u64 *uffd_features)
{
	struct uffdio_api a = { UFFD_API, 0, 0 };
	s64 fd = sys1(NR_userfaultfd, O_CLOEXEC);
	u64 found = 1UL << FEATURE_USERFAULTFD;

	if (fd >= 0)
		found |= 1UL << FEATURE_USERFAULTFD_KERNEL;
	else
		fd = sys1(NR_userfaultfd, O_CLOEXEC | 1); /* UFFD_USER_MODE_ONLY needs no right */
	if (fd < 0 || sys3(NR_ioctl, fd, UFFDIO_API, &a) < 0)
		return 0;
	*uffd_features = a.features;
	return found;
}

static u64 try_queries(void)
{
	struct procmap_query q;
	struct pm_scan_arg s;
	struct page_region region;
	u64 found = 0;

	memset(&q, 0, sizeof(q));
	q.size = sizeof(q);
	q.query_flags = PROCMAP_QUERY_COVERING_OR_NEXT_VMA;
	if (sys3(NR_ioctl, FD_MAPS, PROCMAP_QUERY, &q) == 0)
		found |= 1UL << FEATURE_PROCMAP_QUERY;
	memset(&s, 0, sizeof(s));
	s.size = sizeof(s);
	s.start = WINDOW_START;
	s.end = WINDOW_START + page_size;
	s.vec = (u64)&region;
	s.vec_len = 1;
	s.category_mask = s.return_mask = PAGE_IS_PRESENT;
	if (sys3(NR_ioctl, FD_PAGEMAP, PAGEMAP_SCAN, &s) >= 0)
		found |= 1UL << FEATURE_PAGEMAP_SCAN;
	return found;
}

/* munmap takes any page below the end of user space, mapped or not, and none above. */
static u64 find_task_size(void)
{
	u64 low = WINDOW_START >> page_shift, high = 1UL << (63 - page_shift);

	while (high - low > 1) {
		u64 middle = low + (high - low) / 2;
		/* A whole page at `middle`; not one of the own mappings, which lie below the first guess's half. */
		struct walk w;
		struct seen m;
		walk_start(&w, middle << page_shift, 0);
		int mapped = walk_next(&w, &m) && m.start <= middle << page_shift && m.end > middle << page_shift;
		if (mapped || sys2(NR_munmap, middle << page_shift, page_size) == 0)
			low = middle;
		else
			high = middle;
	}
	return (low + 1) << page_shift;
}

void try_features(void)
{
	struct findings *f = &shared->findings;
	u64 found, at = WINDOW_START;

	observe_open();
	found = try_queries();
	use_query = (found >> FEATURE_PROCMAP_QUERY & 1) != 0;
	task_size = ~0UL; /* unknown as yet; the walk needs one */
	f->task_size = find_task_size();
	found |= try_user_fault(&f->uffd_features);
	found |= moves_several() ? 1UL << FEATURE_MULTI_MOVE : 0;
	map_at(at, 2, PROT_READ | PROT_WRITE, 0);
	found |= advice(102, FEATURE_GUARD) | advice(22, FEATURE_POPULATE) | advice(24, FEATURE_DONTNEED_LOCKED) |
		 advice(25, FEATURE_COLLAPSE) | advice(14, FEATURE_HUGEPAGE) | advice(12, FEATURE_KSM);
	if (sys3(NR_mlock2, at, page_size, 1) == 0)
		found |= 1UL << FEATURE_MLOCK2;
	if (sys2(NR_memfd_create, "mremap-check", 1) >= 0)
		found |= 1UL << FEATURE_MEMFD;
	if (sys5(NR_mremap, at, page_size, page_size, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, 0) > 0)
		found |= 1UL << FEATURE_DONTUNMAP;
	if (sys6(NR_mmap, 0, page_size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | MAP_NORESERVE, ~0UL, 0) > 0)
		found |= 1UL << FEATURE_HUGETLB;
	if (fault_set_up())
		found |= 1UL << FEATURE_FAULT_INJECTION;
	if (sys3(NR_mseal, at, page_size, 0) == 0)
		found |= 1UL << FEATURE_MSEAL;
	f->features = found;
}

/* Special mappings are skipped by mlockall, hence measured, not counted. */
void measure_lockable(void)
{
	u64 size, lck, data, stk;

	observe_open();
	if (sys1(NR_mlockall, MCL_CURRENT) == 0) {
		read_status(&size, &lck, &data, &stk);
		shared->findings.lockable = lck >> page_shift;
	}
}

/* The kernel looks downwards from a place that it has derived from the stack's limit and tells nobody. */
void find_mmap_top(void)
{
	s64 at = sys6(NR_mmap, 0, page_size, 0, MAP_PRIVATE | MAP_ANONYMOUS, ~0UL, 0);

	if (at > 0)
		shared->findings.mmap_top = (u64)at + page_size;
	/* The lowest address may be higher than the sysctl says: the security module has one of its own. */
	at = sys6(NR_mmap, page_size, page_size, 0, MAP_PRIVATE | MAP_ANONYMOUS, ~0UL, 0);
	if (at > 0)
		shared->findings.lowest_hint = (u64)at;
}

const char *learn_machine(void)
{
	max_map_count = sysctl("/proc/sys/vm/max_map_count", 0);
	if (!max_map_count)
		return "/proc is not mounted";
	return 0;
}

/* --- the lines --- */

static struct text line;

static void say(const char *key, u64 value)
{
	text_add(&line, key);
	text_add(&line, " ");
	text_number(&line, value);
	text_add(&line, "\n");
}

static void say_text(const char *key, const char *value)
{
	text_add(&line, key);
	text_add(&line, " ");
	text_add(&line, value);
	text_add(&line, "\n");
}

/* What programs start with: limits are put back after each of them, never lifted. */
static void say_limit(const char *soft, const char *hard, u32 resource)
{
	struct rlimit l = { ~0UL, ~0UL };

	sys4(NR_prlimit64, 0, resource, 0, &l);
	say(soft, l.cur);
	say(hard, l.max);
}

static void say_system(void)
{
	static char names[6][65];
	struct sysinfo i;
	struct cap_header h = { CAP_VERSION, 0 };
	struct cap_data caps[2];
	struct rlimit stack;
	u64 fs[16];

	sys1(NR_uname, names);
	say_text("release", names[2]);
	say_text("arch", MACHINE);
	sys1(NR_sysinfo, &i);
	say("memory", (i.totalram + i.totalswap) * i.mem_unit >> page_shift);
	sys2(NR_capget, &h, caps);
	say("ipcLock", caps[0].effective >> CAP_IPC_LOCK & 1);
	say("rawIo", caps[0].effective >> CAP_SYS_RAWIO & 1);
	say("sysResource", caps[0].effective >> CAP_SYS_RESOURCE & 1);
	say_limit("limitAs", "hardLimitAs", RLIMIT_AS);
	say_limit("limitData", "hardLimitData", RLIMIT_DATA);
	say_limit("limitMemlock", "hardLimitMemlock", RLIMIT_MEMLOCK);
	sys4(NR_prlimit64, 0, RLIMIT_STACK, 0, &stack);
	say("stackLimit", stack.cur >> page_shift);
	memset(fs, 0, sizeof(fs));
	sys2(NR_fstatfs, FD_DIRECTORY, fs);
	say("fileCustomPlacement", fs[0] == RAMFS_MAGIC);
	say("fileInSharedMemory", fs[0] == TMPFS_MAGIC);
}

/* `stack_guard_gap=` of the kernel's command line, in pages; 256 by default. */
static u64 stack_gap(void)
{
	static const char key[] = "stack_guard_gap=";
	s64 n = read_file("/proc/cmdline", text, sizeof(text));

	for (const char *s = text; n > 0 && s + sizeof(key) - 1 < text + n; s++)
		if (!memcmp(s, key, sizeof(key) - 1)) {
			s += sizeof(key) - 1;
			return parse_decimal(&s, text + n);
		}
	return 256;
}

static void say_proc(void)
{
	s64 n = read_file("/proc/meminfo", text, sizeof(text));

	say("hugePage", find_number(text, text + (n > 0 ? n : 0), "Hugepagesize:", 0) * 1024 >> page_shift);
	say("hugePool", find_number(text, text + (n > 0 ? n : 0), "HugePages_Free:", 0));
	say("stackGap", stack_gap());
	say("maxMapCount", max_map_count);
	say("minAddr", sysctl("/proc/sys/vm/mmap_min_addr", 0) >> page_shift);
	say("overcommit", sysctl("/proc/sys/vm/overcommit_memory", 0));
}

static void say_own(void)
{
	u64 size, lck, data, stk;

	read_status(&size, &lck, &data, &stk);
	say("vmSize", size >> page_shift);
	say("vmLck", lck >> page_shift);
	say("vmData", data >> page_shift);
	say("vmStk", stk >> page_shift);
	say("mapCount", own_mappings());
	/* Where it may not be measured: all, since the special mappings are gone. */
	say("lockable", shared->findings.lockable ? shared->findings.lockable : size >> page_shift);
}

u32 write_hello(char *to, u32 size, int fixed_layout)
{
	line.at = to;
	line.end = to + size;
	say("pageSize", page_size);
	say("taskSize", task_size >> page_shift);
	say("windowStart", WINDOW_START >> page_shift);
	say("windowEnd", window_end >> page_shift);
	say("mmapTop", shared->findings.mmap_top >> page_shift);
	say("lowestHint", shared->findings.lowest_hint >> page_shift);
	say("filePages", FILE_PAGES);
	say("features", shared->findings.features | (fixed_layout ? 1UL << FEATURE_FIXED_LAYOUT : 0));
	say("uffdFeatures", shared->findings.uffd_features);
	say_system();
	say_proc();
	say_own();
	return (u32)(line.at - to);
}
