#include "fault.h"
#include "abi.h"
#include "text.h"
#include "world.h"

#define DEBUGFS "/sys/kernel/debug"

static int put(const char *path, const char *value)
{
	s64 fd = sys4(NR_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0), r;

	if (fd < 0)
		return 0;
	r = sys3(NR_write, fd, value, text_length(value));
	sys1(NR_close, fd);
	return r > 0;
}

/* Probabilities stay 0, so that nobody fails who does not ask for it by his own counter. */
static int settings(void)
{
	static const char *const all[][2] = {
		{ DEBUGFS "/failslab/ignore-gfp-wait", "N" },	      { DEBUGFS "/failslab/cache-filter", "N" },
		{ DEBUGFS "/failslab/task-filter", "Y" },	      { DEBUGFS "/failslab/verbose", "0" },
		{ DEBUGFS "/fail_page_alloc/ignore-gfp-wait", "N" },  { DEBUGFS "/fail_page_alloc/ignore-gfp-highmem", "N" },
		{ DEBUGFS "/fail_page_alloc/task-filter", "Y" },      { DEBUGFS "/fail_page_alloc/min-order", "0" },
		{ DEBUGFS "/fail_page_alloc/verbose", "0" },
	};

	for (u32 i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (!put(all[i][0], all[i][1]))
			return 0;
	return 1;
}

int fault_set_up(void)
{
	if (!fault_open())
		return 0;
	if (settings())
		return 1;
	/* In a virtual machine nobody has mounted it yet. */
	sys5(NR_mount, "debugfs", DEBUGFS, "debugfs", 0, 0);
	return settings();
}

int fault_open(void)
{
	s64 fd = sys4(NR_openat, AT_FDCWD, "/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC, 0);

	if (fd < 0)
		return 0;
	sys3(NR_dup3, fd, FD_FAULT, O_CLOEXEC);
	sys1(NR_close, fd);
	return 1;
}

void fault_arm(u32 n)
{
	char number[24];
	struct text t = { number, number + sizeof(number) - 1 };

	text_number(&t, n);
	sys4(NR_pwrite64, FD_FAULT, number, (u64)(t.at - number), 0);
}

u32 fault_disarm(void)
{
	char number[24];
	const char *s = number;
	s64 n = sys4(NR_pread64, FD_FAULT, number, sizeof(number) - 1, 0);
	u32 left = n > 0 ? (u32)parse_decimal(&s, number + n) : ~0u;

	sys4(NR_pwrite64, FD_FAULT, "0", 1, 0);
	return left;
}
