/* What is known of this machine before the first program. */
#ifndef HELLO_H
#define HELLO_H

#include "arch.h"

/* Bits of struct findings.features; the names are in environment.ts, in this order. */
enum feature {
	FEATURE_MSEAL, FEATURE_USERFAULTFD, FEATURE_MEMFD, FEATURE_MLOCK2, FEATURE_HUGETLB, FEATURE_PROCMAP_QUERY,
	FEATURE_PAGEMAP_SCAN, FEATURE_GUARD, FEATURE_POPULATE, FEATURE_DONTNEED_LOCKED, FEATURE_COLLAPSE, FEATURE_HUGEPAGE,
	FEATURE_KSM, FEATURE_DONTUNMAP, FEATURE_MULTI_MOVE, FEATURE_FIXED_LAYOUT,
	FEATURE_USERFAULTFD_KERNEL, FEATURE_FAULT_INJECTION,
};

/* Tries what the kernel can, in the calling process, which must end afterwards; results in shared->findings. */
void try_features(void);
void measure_lockable(void);
/* Where unfixed mappings go, when nothing but the own mappings is there; as above. */
void find_mmap_top(void);
/* Reads limits and sizes that the executor itself needs; 0, or why it cannot run here. */
const char *learn_machine(void);
/* The environment as lines `key value`; returns the length. */
u32 write_hello(char *to, u32 size, int fixed_layout);

#endif
