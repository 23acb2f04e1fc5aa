#include "access.h"
#include "abi.h"
#include "text.h"
#include "world.h"

__asm__(".text\n" GUARDED_ASM);
extern u64 guarded_load(u64 addr, u64 *to);
extern u64 guarded_store(u64 addr, u64 value);
extern char guarded_load_at[], guarded_store_at[], guarded_fault[];
extern void signal_return(void);

/*
 * A fault of a guarded access goes on at guarded_fault with the signal as the result. Any other fault is one of the executor
 * itself: the default action is put back and the instruction faults again, so that the supervisor sees the real signal.
 */
static void on_fault(int signal, void *info, void *context)
{
	u64 *pc = (u64 *)((char *)context + UC_PC);
	u64 *result = (u64 *)((char *)context + UC_RESULT);

	(void)info;
	if (*pc == (u64)guarded_load_at || *pc == (u64)guarded_store_at) {
		*pc = (u64)guarded_fault;
		*result = (u64)signal;
		return;
	}
	struct sigaction normal;
	memset(&normal, 0, sizeof(normal));
	sys4(NR_rt_sigaction, signal, &normal, 0, 8);
}

void access_open(void)
{
	struct sigaction action;

	memset(&action, 0, sizeof(action));
	action.handler = on_fault;
	action.flags = SA_SIGINFO | SA_RESTORER;
	action.restorer = signal_return;
	sys4(NR_rt_sigaction, SIGSEGV, &action, 0, 8);
	sys4(NR_rt_sigaction, SIGBUS, &action, 0, 8);
}

int page_load(u64 addr, u64 *content, int *torn)
{
	u64 first = 0, last = 0;
	u64 page = addr & -page_size;
	int signal = (int)guarded_load(page, &first);

	if (!signal)
		signal = (int)guarded_load(page + page_size - 8, &last);
	*content = first;
	*torn = first != last;
	return signal;
}

int page_store(u64 addr, u64 content)
{
	u64 page = addr & -page_size;
	int signal = (int)guarded_store(page, content);

	if (!signal)
		signal = (int)guarded_store(page + page_size - 8, content);
	return signal;
}
