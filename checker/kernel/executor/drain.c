/*
 * The drainer is a process that shares the worker's descriptors but not its memory: it must not be a thread, or it would
 * count in the mappings and could be unmapped. It is made before the first call of the program, since a fork in the middle
 * would make the program's pages shared. It never sleeps inside of a descriptor: one that is held by a sleeper would outlive
 * the program's close().
 */
#include "drain.h"
#include "abi.h"
#include "world.h"

static s64 drainer;

static void nap(void)
{
	struct timespec t = { 0, 50000 };

	sys2(NR_nanosleep, &t, 0);
}

static void drain(void)
{
	static char events[32 * 16];

	sys2(NR_prctl, PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		u32 asked = shared->drain_asked;
		__sync_synchronize();
		for (int i = 0; i < MAX_DRAINED; i++)
			if (shared->drained[i] >= 0)
				sys3(NR_read, shared->drained[i], events, sizeof(events));
		__sync_synchronize();
		shared->drain_seen = asked;
		nap();
	}
}

/* Returns when the drainer has begun a turn that saw everything written before. */
static void meet(void)
{
	u32 asked = shared->drain_asked + 1;

	__sync_synchronize();
	shared->drain_asked = asked;
	while (shared->drain_seen != asked)
		nap();
}

void drain_start(void)
{
	for (int i = 0; i < MAX_DRAINED; i++)
		shared->drained[i] = -1;
	if (drainer <= 0)
		drainer = sys5(NR_clone, CLONE_FILES | SIGCHLD, 0, 0, 0, 0);
	if (drainer == 0)
		drain();
	/* From here on the drainer dies with the worker. */
	if (drainer > 0)
		meet();
}

void drain_stop(void)
{
	if (drainer <= 0)
		return;
	sys2(NR_kill, drainer, SIGKILL);
	sys4(NR_wait4, drainer, 0, 0, 0);
	drainer = 0;
}

void drain_add(s32 fd)
{
	if (drainer <= 0)
		return;
	/* A read of an empty userfaultfd must not sleep; programs cannot tell, they do not read. */
	sys3(NR_fcntl, fd, F_SETFL, (u64)sys3(NR_fcntl, fd, F_GETFL, 0) | O_NONBLOCK);
	for (int i = 0; i < MAX_DRAINED; i++)
		if (shared->drained[i] < 0) {
			shared->drained[i] = fd;
			return;
		}
}

void drain_remove(s32 fd)
{
	int held = 0;

	if (drainer <= 0)
		return;
	for (int i = 0; i < MAX_DRAINED; i++)
		if (shared->drained[i] == fd) {
			shared->drained[i] = -1;
			held = 1;
		}
	if (held)
		meet();
}
