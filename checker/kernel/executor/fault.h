/*
 * Failing allocations of a call, where the kernel was built with fault injection (CONFIG_FAULT_INJECTION, FAILSLAB,
 * FAIL_PAGE_ALLOC, FAULT_INJECTION_DEBUG_FS): /proc/thread-self/fail-nth counts down with every allocation that the thread makes,
 * and the one at which it comes to 0 fails.
 */
#ifndef FAULT_H
#define FAULT_H

#include "arch.h"

/* Lets every allocation of a thread that counts fail: those that may wait, of any size, of any cache. 1: it took. */
int fault_set_up(void);
/* Opens the counter of the calling thread; 0 where there is none. */
int fault_open(void);
/* From now on the thread's allocations count, and the n-th fails. Nothing of the executor's own may allocate until fault_disarm. */
void fault_arm(u32 n);
/* Ends it. Returns how many allocations were left before the failing one: 0, it has failed. */
u32 fault_disarm(void);

#endif
