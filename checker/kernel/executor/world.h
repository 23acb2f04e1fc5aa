/*
 * The executor's own places, chosen so that programs do not meet them, and the state that supervisor and worker share.
 *
 *   0x400000              text, data, bss
 *   FILLER                mappings made by fill_mappings
 *   SHARED                struct shared, then the answers
 *   WINDOW_START .. end   the programs' own
 *   end ..                stack (and vvar, vdso where they cannot be unmapped)
 */
#ifndef WORLD_H
#define WORLD_H

#include "arch.h"

#define SHARED_AT 0x200000000UL
#define FILLER_AT 0x080000000000UL
#define WINDOW_START 0x100000000000UL

enum { FD_OWN_FIRST = 900, FD_IN = 900, FD_OUT, FD_DIRECTORY, FD_MAPS, FD_SMAPS, FD_STATUS, FD_PAGEMAP, FD_MEM, FD_FAULT,
       FD_FILE, FD_OWN_END };

enum { MAX_ARGS = 6, MAX_LINES = 4096, MAX_DRAINED = 16 };
enum { OUT_SIZE = 4 << 20, FILE_PAGES = 16, FILE_CONTENT = 0xf11e00 };

/* The calls, in the order of ARGUMENTS in spec/calls.ts. */
enum call_name {
	CALL_mremap, CALL_mmap, CALL_munmap, CALL_mprotect, CALL_mlock, CALL_mlock2, CALL_munlock, CALL_mlockall,
	CALL_munlockall, CALL_madvise, CALL_mseal, CALL_userfaultfd, CALL_uffdio_api, CALL_uffdio_register,
	CALL_uffdio_unregister, CALL_memfd_create, CALL_openat, CALL_ftruncate, CALL_close, CALL_setrlimit, CALL_load,
	CALL_store, CALL_fill_mappings, CALL_drop_capability, CALL_COUNT,
};

enum outcome_kind { VALUE, ERROR, SIGNAL, DIED, HUNG };
struct outcome { u32 kind, code; u64 value; }; /* code: errno or signal number */

/* Where a worker is, for the supervisor to know when the worker is no more. */
enum phase { PHASE_SETUP, PHASE_CALLS, PHASE_CLEAN };

/* What features.c finds out in a process of its own. */
struct findings { u64 features, uffd_features; u64 lockable, task_size, mmap_top, lowest_hint; };

struct shared {
	volatile u32 program;    /* the one that runs, or runs next */
	volatile u32 phase;
	volatile u32 out_used;   /* complete bytes of answers */
	volatile u32 header_at;  /* where the running program's answer starts */
	volatile u32 call, nargs;
	volatile u64 args[MAX_ARGS];
	volatile u32 drain_asked, drain_seen;
	volatile s32 drained[MAX_DRAINED];
	struct findings findings;
};
#define shared ((struct shared *)SHARED_AT)
#define out ((u8 *)(SHARED_AT + 0x10000))

/* Set once before the first worker. */
extern u64 page_size, page_shift, window_end, task_size, max_map_count;
extern int use_query, use_scan;

#endif
