/*
 * The kernel's side of the benchmark of moves: mappings of one page each, written to, every second one read-only, go there and back in
 * a tight loop, by one call each time.
 *
 *   moves FROM TO MAPPINGS CALLS
 *
 * Addresses in bytes. For each byte of the input it makes CALLS calls, and answers with the nanoseconds that they took (64 bits). It ends
 * with the input, or with status 1 as soon as a call does something else than it should.
 */
#include "../kernel/executor/abi.h"

__asm__(".text\n" START_ASM);

enum { CLOCK_MONOTONIC = 1, PAGE = 4096 };

static u64 number(const char *text)
{
	u64 n = 0;

	while (*text)
		n = 10 * n + (u64)(*text++ - '0');
	return n;
}

static void must(int holds)
{
	if (!holds)
		sys1(NR_exit_group, 1);
}

static u64 now(void)
{
	struct timespec t;

	sys2(NR_clock_gettime, CLOCK_MONOTONIC, &t);
	return (u64)t.sec * 1000000000 + (u64)t.nsec;
}

static void set_up(u64 from, u64 mappings)
{
	s64 at = sys6(NR_mmap, from, mappings * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, ~0UL, 0);

	must(at == (s64)from);
	for (u64 i = 0; i < mappings; i++)
		*(volatile u64 *)(from + i * PAGE) = i * i;
	for (u64 i = 1; i < mappings; i += 2)
		must(sys3(NR_mprotect, from + i * PAGE, PAGE, PROT_READ) == 0);
}

static void move(u64 from, u64 to, u64 length)
{
	must(sys5(NR_mremap, from, length, length, MREMAP_MAYMOVE | MREMAP_FIXED, to) == (s64)to);
}

__attribute__((noreturn)) void executor_main(u64 *stack)
{
	char **argv = (char **)(stack + 1);
	char byte;

	must(stack[0] == 5);
	u64 from = number(argv[1]), to = number(argv[2]), mappings = number(argv[3]), calls = number(argv[4]);
	set_up(from, mappings);
	while (sys3(NR_read, 0, &byte, 1) == 1) {
		u64 start = now();
		for (u64 i = 0; i < calls; i += 2) {
			move(from, to, mappings * PAGE);
			move(to, from, mappings * PAGE);
		}
		u64 took = now() - start;
		must(sys3(NR_write, 1, &took, sizeof(took)) == sizeof(took));
	}
	sys1(NR_exit_group, 0);
	__builtin_unreachable();
}
