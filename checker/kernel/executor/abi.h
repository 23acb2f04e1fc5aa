/*
 * The kernel's interface as far as the executor uses it. Written out here because the executor must build where there are
 * no kernel headers, or older ones than the kernel it runs on. Values are the same on all processors unless arch.h has them.
 */
#ifndef ABI_H
#define ABI_H

#include "arch.h"

enum { E_PERM = 1, E_NOENT = 2, E_INTR = 4, E_BADF = 9, E_AGAIN = 11, E_NOMEM = 12, E_INVAL = 22, E_NOSYS = 38 };
enum { PROT_READ = 1, PROT_WRITE = 2 };
enum { MAP_SHARED = 1, MAP_PRIVATE = 2, MAP_FIXED = 0x10, MAP_ANONYMOUS = 0x20, MAP_LOCKED = 0x2000, MAP_NORESERVE = 0x4000,
       MAP_HUGETLB = 0x40000 };
enum { MREMAP_MAYMOVE = 1, MREMAP_FIXED = 2, MREMAP_DONTUNMAP = 4 };
enum { O_RDWR = 2, O_CREAT = 0x40, O_EXCL = 0x80, O_NONBLOCK = 0x800, O_CLOEXEC = 0x80000, O_TMPFILE_BIT = 0x400000 };
enum { AT_FDCWD = -100, AT_PAGESZ = 6 };
enum { F_GETFL = 3, F_SETFL = 4 };
enum { SIGKILL = 9, SIGBUS = 7, SIGSEGV = 11, SIGCHLD = 17 };
enum { SA_SIGINFO = 4, SA_RESTORER = 0x04000000 };
enum { SIG_BLOCK = 0, SIG_UNBLOCK = 1, SIG_SETMASK = 2 };
enum { CLONE_FILES = 0x400 };
enum { WNOHANG = 1 };
enum { PR_SET_PDEATHSIG = 1, PR_SET_DUMPABLE = 4 };
enum { RLIMIT_DATA = 2, RLIMIT_STACK = 3, RLIMIT_CORE = 4, RLIMIT_NOFILE = 7, RLIMIT_MEMLOCK = 8, RLIMIT_AS = 9,
       RLIMIT_COUNT = 16 };
enum { CAP_IPC_LOCK = 14, CAP_SYS_RAWIO = 17, CAP_SYS_RESOURCE = 24 };
enum { MCL_CURRENT = 1 };
enum { ADDR_NO_RANDOMIZE = 0x40000 };
enum { POLLIN = 1 };
#define RAMFS_MAGIC 0x858458f6UL
#define TMPFS_MAGIC 0x01021994UL

struct timespec { s64 sec, nsec; };
struct rlimit { u64 cur, max; };
struct pollfd { s32 fd; u16 events, revents; };
struct cap_header { u32 version; s32 pid; };
struct cap_data { u32 effective, permitted, inheritable; };
#define CAP_VERSION 0x20080522

struct sysinfo {
	s64 uptime;
	u64 loads[3], totalram, freeram, sharedram, bufferram, totalswap, freeswap;
	u16 procs, pad;
	u64 totalhigh, freehigh;
	u32 mem_unit;
	char reserve[64];
};

struct sigaction {
	void (*handler)(int, void *, void *);
	u64 flags;
	void (*restorer)(void);
	u64 mask;
};

/* userfaultfd */
#define UFFD_API 0xaaUL
#define UFFDIO_API 0xc018aa3fUL
#define UFFDIO_REGISTER 0xc020aa00UL
#define UFFDIO_UNREGISTER 0x8010aa01UL
/* FORK, REMAP, REMOVE, UNMAP: the call that causes such an event waits until somebody has read it. */
#define UFFD_EVENTS (2UL | 4UL | 8UL | 64UL)
#define UFFD_SIGBUS (1UL << 7)
struct uffdio_api { u64 api, features, ioctls; };
struct uffdio_range { u64 start, len; };
struct uffdio_register { u64 start, len, mode, ioctls; };

/* /proc/PID/maps, since 6.11 */
#define PROCMAP_QUERY 0xc0686611UL
#define PROCMAP_QUERY_COVERING_OR_NEXT_VMA 0x10
struct procmap_query {
	u64 size, query_flags, query_addr, vma_start, vma_end, vma_flags, vma_page_size, vma_offset, inode;
	u32 dev_major, dev_minor, vma_name_size, build_id_size;
	u64 vma_name_addr, build_id_addr;
};

/* /proc/PID/pagemap, since 6.7 */
#define PAGEMAP_SCAN 0xc0606610UL
#define PAGE_IS_PRESENT 8
struct page_region { u64 start, end, categories; };
struct pm_scan_arg {
	u64 size, flags, start, end, walk_end, vec, vec_len, max_pages, category_inverted, category_mask,
		category_anyof_mask, return_mask;
};

#endif
