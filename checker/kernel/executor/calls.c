#include "calls.h"
#include "abi.h"
#include "access.h"
#include "drain.h"
#include "observe.h"
#include "text.h"

/* What the program changed and calls_undo() puts back. */
static struct {
	u32 limits; /* bit per resource */
	int capabilities, descriptors, file, lock_all, locks, blocks;
	u64 filler_count, filler_end;
} changed;

static struct rlimit limits[RLIMIT_COUNT];
static struct cap_data capabilities[2];

u64 filler_count(void)
{
	return changed.filler_count;
}

u64 filler_end(void)
{
	return changed.filler_end;
}

int uffd_blocks(void)
{
	return changed.blocks;
}

int locks_used(void)
{
	return changed.locks;
}

void calls_open(void)
{
	struct cap_header h = { CAP_VERSION, 0 };

	for (u32 r = 0; r < RLIMIT_COUNT; r++)
		sys4(NR_prlimit64, 0, r, 0, &limits[r]);
	sys2(NR_capget, &h, capabilities);
	memset(&changed, 0, sizeof(changed));
}

/* The executor's own descriptors do not exist for programs; -1 leaves it to the kernel what to say then. */
static u64 descriptor(u64 fd)
{
	u32 n = (u32)fd;

	return n >= FD_OWN_FIRST && n < FD_OWN_END ? ~0UL : fd;
}

static s64 user_fault(u64 flags)
{
	s64 fd = sys1(NR_userfaultfd, flags);

	if (fd >= 0)
		drain_add((s32)fd);
	return fd;
}

static s64 uffd_api(u64 fd, u64 features)
{
	struct uffdio_api a = { UFFD_API, features, 0 };
	s64 r = sys3(NR_ioctl, descriptor(fd), UFFDIO_API, &a);

	if (!r && !(features & UFFD_SIGBUS))
		changed.blocks = 1;
	return r;
}

static s64 uffd_register(u64 fd, u64 start, u64 len, u64 mode)
{
	struct uffdio_register a = { start, len, mode, 0 };

	return sys3(NR_ioctl, descriptor(fd), UFFDIO_REGISTER, &a);
}

static s64 uffd_unregister(u64 fd, u64 start, u64 len)
{
	struct uffdio_range a = { start, len };

	return sys3(NR_ioctl, descriptor(fd), UFFDIO_UNREGISTER, &a);
}

/* A file without a name, so that nothing is left behind however the worker ends. */
static s64 unnamed_file(void)
{
	char name[32] = "mremap-check.";
	struct text t = { name + 13, name + 31 };
	s64 fd = sys4(NR_openat, FD_DIRECTORY, ".", O_TMPFILE_BIT | O_DIRECTORY | O_RDWR | O_CLOEXEC, 0600);

	if (fd >= 0)
		return fd;
	text_number(&t, (u64)sys0(NR_getpid));
	*t.at = 0;
	fd = sys4(NR_openat, FD_DIRECTORY, name, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
	if (fd >= 0)
		sys3(NR_unlinkat, FD_DIRECTORY, name, 0);
	return fd;
}

static s64 make_file(void)
{
	s64 fd = unnamed_file();

	if (fd < 0)
		return fd;
	sys3(NR_dup3, fd, FD_FILE, O_CLOEXEC);
	sys1(NR_close, fd);
	changed.file = 1;
	for (u64 i = 0; i < FILE_PAGES; i++) {
		u64 content = FILE_CONTENT + i;
		s64 first = sys4(NR_pwrite64, FD_FILE, &content, 8, i * page_size);
		s64 last = sys4(NR_pwrite64, FD_FILE, &content, 8, (i + 1) * page_size - 8);
		if (first != 8 || last != 8)
			return first < 0 ? first : last < 0 ? last : -E_AGAIN;
	}
	return 0;
}

static s64 open_file(u64 file, u64 flags)
{
	char path[40] = "/proc/self/fd/";
	struct text t = { path + 14, path + 39 };
	s64 r;

	if (file == 1)
		return sys4(NR_openat, AT_FDCWD, "/dev/zero", flags, 0);
	if (file != 0)
		return -E_NOENT;
	if (!changed.file && (r = make_file()) < 0)
		return r;
	text_number(&t, FD_FILE);
	*t.at = 0;
	return sys4(NR_openat, AT_FDCWD, path, flags, 0600);
}

static s64 close_descriptor(u64 fd)
{
	drain_remove((s32)fd);
	return sys1(NR_close, descriptor(fd));
}

static s64 set_limit(u64 resource, u64 cur, u64 max)
{
	struct rlimit l = { cur, max };
	s64 r = sys4(NR_prlimit64, 0, (u32)resource, &l, 0);

	if (!r && (u32)resource < RLIMIT_COUNT)
		changed.limits |= 1u << (u32)resource;
	return r;
}

/*
 * One mapping of n pages, every second page of which becomes readable, is n mappings. PROT_NONE and NORESERVE, so that
 * neither data nor commit limits are touched.
 */
static s64 fill_mappings(u64 room)
{
	u64 start = changed.filler_count ? changed.filler_end + page_size : FILLER_AT;
	s64 n = (s64)max_map_count - (s64)count_mappings(TOO_MANY) - (s64)room;
	s64 r;

	if (n <= 0 || room > max_map_count)
		return 0;
	r = sys6(NR_mmap, start, (u64)n << page_shift, 0, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, ~0UL, 0);
	if (r < 0)
		return r;
	for (s64 i = 1; i < n; i += 2) {
		r = sys3(NR_mprotect, start + ((u64)i << page_shift), page_size, PROT_READ);
		if (r < 0) {
			sys2(NR_munmap, start, (u64)n << page_shift);
			return r;
		}
	}
	changed.filler_count += (u64)n;
	changed.filler_end = start + ((u64)n << page_shift);
	return n;
}

static s64 drop_capability(u64 capability)
{
	struct cap_header h = { CAP_VERSION, 0 };
	struct cap_data now[2];

	if (capability >= 64)
		return -E_INVAL;
	sys2(NR_capget, &h, now);
	now[capability / 32].effective &= ~(1u << capability % 32);
	changed.capabilities = 1;
	return sys2(NR_capset, &h, now);
}

static struct outcome returned(s64 r)
{
	struct outcome o = { VALUE, 0, (u64)r };

	if (r < 0 && r >= -4095) {
		o.kind = ERROR;
		o.code = (u32)-r;
		o.value = 0;
	}
	return o;
}

static struct outcome access(u32 name, const u64 *a)
{
	struct outcome o = { VALUE, 0, 0 };
	int torn = 0;

	o.code = (u32)(name == CALL_load ? page_load(a[0], &o.value, &torn) : page_store(a[0], a[1]));
	if (o.code)
		o.kind = SIGNAL;
	if (o.code || torn)
		o.value = torn ? ~0UL : 0;
	return o;
}

struct outcome perform(u32 name, const u64 *a)
{
	switch (name) {
	case CALL_mremap: return returned(sys5(NR_mremap, a[0], a[1], a[2], a[3], a[4]));
	case CALL_mmap:
		changed.locks |= (a[3] & MAP_LOCKED) != 0;
		return returned(sys6(NR_mmap, a[0], a[1], a[2], a[3], descriptor(a[4]), a[5]));
	case CALL_munmap: return returned(sys2(NR_munmap, a[0], a[1]));
	case CALL_mprotect: return returned(sys3(NR_mprotect, a[0], a[1], a[2]));
	case CALL_mlock: changed.locks = 1; return returned(sys2(NR_mlock, a[0], a[1]));
	case CALL_mlock2: changed.locks = 1; return returned(sys3(NR_mlock2, a[0], a[1], a[2]));
	case CALL_munlock: return returned(sys2(NR_munlock, a[0], a[1]));
	case CALL_mlockall: changed.locks = changed.lock_all = 1; return returned(sys1(NR_mlockall, a[0]));
	case CALL_munlockall: return returned(sys0(NR_munlockall));
	case CALL_madvise: return returned(sys3(NR_madvise, a[0], a[1], a[2]));
	case CALL_mseal: return returned(sys3(NR_mseal, a[0], a[1], a[2]));
	case CALL_userfaultfd: changed.descriptors = 1; return returned(user_fault(a[0]));
	case CALL_uffdio_api: return returned(uffd_api(a[0], a[1]));
	case CALL_uffdio_register: return returned(uffd_register(a[0], a[1], a[2], a[3]));
	case CALL_uffdio_unregister: return returned(uffd_unregister(a[0], a[1], a[2]));
	case CALL_memfd_create: changed.descriptors = 1; return returned(sys2(NR_memfd_create, "mremap-check", a[0]));
	case CALL_openat: changed.descriptors = 1; return returned(open_file(a[0], a[1]));
	case CALL_ftruncate: return returned(sys2(NR_ftruncate, descriptor(a[0]), a[1]));
	case CALL_close: return returned(close_descriptor(a[0]));
	case CALL_setrlimit: return returned(set_limit(a[0], a[1], a[2]));
	case CALL_load:
	case CALL_store: return access(name, a);
	case CALL_fill_mappings: return returned(fill_mappings(a[0]));
	case CALL_drop_capability: return returned(drop_capability(a[0]));
	}
	return returned(-E_NOSYS);
}

/* Capabilities first: they may be needed to raise a hard limit again. Descriptors before mappings, so that no userfaultfd
   is left that an unmapping would have to wait for. */
int calls_undo(void)
{
	struct cap_header h = { CAP_VERSION, 0 };
	int good = 1;

	if (changed.capabilities)
		good &= sys2(NR_capset, &h, capabilities) == 0;
	for (u32 r = 0; changed.limits >> r; r++)
		if (changed.limits >> r & 1)
			good &= sys4(NR_prlimit64, 0, r, &limits[r], 0) == 0;
	drain_stop();
	if (changed.descriptors) {
		good &= sys3(NR_close_range, 0, FD_OWN_FIRST - 1, 0) == 0;
		good &= sys3(NR_close_range, changed.file ? FD_FILE : FD_OWN_END, ~0u, 0) == 0;
	}
	if (changed.lock_all)
		good &= sys0(NR_munlockall) == 0;
	if (changed.filler_count)
		good &= sys2(NR_munmap, FILLER_AT, changed.filler_end - FILLER_AT) == 0;
	memset(&changed, 0, sizeof(changed));
	return good;
}
