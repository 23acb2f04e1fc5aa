/*
 * The executor: runs programs of memory calls and tells what could be seen after every call. Freestanding, so that nothing
 * but the program under test maps memory, and so that it can be the only process of a virtual machine.
 *
 *   executor DIRECTORY [no-procmap-query] [no-pagemap-scan]
 *
 * This file is the supervisor. It reads batches, forks a worker from its own pristine state and waits. The worker runs
 * programs one after another and writes answers to shared memory; it ends at the end of the batch, or when a program left
 * something behind that cannot be undone. When it dies or takes too long, the supervisor completes the answer for the call
 * that was running and goes on with the next program in a new worker. Only the supervisor writes to the outside.
 */
#include "executor/abi.h"
#include "executor/calls.h"
#include "executor/hello.h"
#include "executor/observe.h"
#include "executor/text.h"
#include "executor/wire.h"
#include "executor/worker.h"
#include "executor/world.h"

__asm__(".text\n" START_ASM);

u64 page_size, page_shift, window_end, task_size = ~0UL, max_map_count;
int use_query, use_scan;

static void die(const char *why)
{
	wire_error(0, why);
	sys1(NR_exit_group, 1);
}

/* --- start --- */

static void read_auxv(u64 *stack)
{
	u64 *p = stack + 1 + stack[0] + 1; /* argc, argv, 0 */

	while (*p)
		p++; /* environment */
	for (p++; p[0]; p += 2)
		if (p[0] == AT_PAGESZ)
			page_size = p[1];
	while (1UL << page_shift < page_size)
		page_shift++;
}

/*
 * Starts the same file again without address randomisation and with the default stack limit, from which the kernel derives
 * where unfixed mappings go. The mark tells the second start from the first, also where the personality may not be changed.
 * Returns whether the layout is fixed.
 */
static int restart_without_randomisation(char **argv)
{
	static char mark[] = "restarted";
	static char *again[8];
	static char *empty[1];
	struct rlimit stack;
	int n = 0;

	if (argv[0] && text_equal(argv[0], mark))
		return (sys1(NR_personality, 0xffffffff) & ADDR_NO_RANDOMIZE) != 0;
	sys4(NR_prlimit64, 0, RLIMIT_STACK, 0, &stack);
	stack.cur = stack.max < 8 << 20 ? stack.max : 8 << 20;
	sys4(NR_prlimit64, 0, RLIMIT_STACK, &stack, 0);
	sys1(NR_personality, ADDR_NO_RANDOMIZE);
	again[n++] = mark;
	for (int i = 1; argv[0] && argv[i] && n < 7; i++)
		again[n++] = argv[i];
	sys3(NR_execve, "/proc/self/exe", again, empty);
	die("cannot start itself again: /proc is not mounted");
	return 0;
}

/* Touched now, the stack does not grow later; 64 KiB lie within what exec maps. */
static void touch_stack(void)
{
	volatile char room[65536];

	for (u64 i = 0; i < sizeof(room); i += 4096)
		room[i] = 1;
}

/* vdso and its data lie where unfixed mappings of programs would; nothing here needs them. Where they are sealed they stay. */
static void leave_window(void)
{
	struct walk w;
	struct seen m;
	u64 here = (u64)&w;

	for (int again = 1; again;) {
		again = 0;
		walk_start(&w, WINDOW_START, 0);
		while (!again && walk_next(&w, &m))
			if (!(m.start <= here && here < m.end) && sys2(NR_munmap, m.start, m.end - m.start) == 0)
				again = 1;
	}
}

static void open_directory(const char *path)
{
	s64 fd = sys4(NR_openat, AT_FDCWD, path, O_DIRECTORY | O_CLOEXEC, 0);

	if (fd < 0)
		die("cannot open the directory for files");
	sys3(NR_dup3, fd, FD_DIRECTORY, O_CLOEXEC);
}

/* Runs a task in a process of its own, since trying leaves traces. */
static void in_child(void (*task)(void))
{
	s64 pid = sys5(NR_clone, SIGCHLD, 0, 0, 0, 0);

	if (pid == 0) {
		task();
		sys1(NR_exit_group, 0);
	}
	if (pid > 0)
		sys4(NR_wait4, pid, 0, 0, 0);
}

static int option(char **argv, const char *name)
{
	for (int i = 2; argv[0] && argv[1] && argv[i]; i++)
		if (text_equal(argv[i], name))
			return 1;
	return 0;
}

static void look_around(char **argv)
{
	u64 found;

	in_child(try_features);
	found = shared->findings.features;
	task_size = shared->findings.task_size;
	use_query = found >> FEATURE_PROCMAP_QUERY & 1 && !option(argv, "no-procmap-query");
	use_scan = found >> FEATURE_PAGEMAP_SCAN & 1 && !option(argv, "no-pagemap-scan");
	in_child(measure_lockable);
	leave_window();
	in_child(find_mmap_top);
	worker_baseline();
	window_end = own_end();
	if (window_end <= WINDOW_START)
		die("user space is too small for the window of programs");
}

static void hello(int fixed_layout)
{
	u32 n = write_hello((char *)out, 4096, fixed_layout);

	wire_send(FRAME_HELLO, 0, FRAME_LAST, out, n);
}

/* --- programs --- */

static u64 pending = 1UL << (SIGCHLD - 1);

/* Waits for the worker. Returns its status as wait4 gives it, or -1 when it had to be killed: no program ended in time. */
static s32 await(s64 pid, u32 limit_ms)
{
	u64 slice = limit_ms / 8 + 1, waited = 0;
	u32 seen = shared->program;
	s32 status = 0;

	for (;;) {
		struct timespec t = { (s64)(slice / 1000), (s64)(slice % 1000 * 1000000) };
		s64 got = sys4(NR_rt_sigtimedwait, &pending, 0, &t, 8);
		if (sys4(NR_wait4, pid, &status, WNOHANG, 0) == pid)
			return status;
		if (got != -E_AGAIN)
			continue;
		waited = shared->program == seen ? waited + slice : 0;
		seen = shared->program;
		if (waited >= limit_ms)
			break;
	}
	sys2(NR_kill, pid, SIGKILL);
	sys4(NR_wait4, pid, &status, 0, 0);
	return -1;
}

/* Completes the answer of a worker that is no more; shared memory may have been overwritten by the program. */
static void bury(u32 program, u32 kind, u32 signal)
{
	u32 end = shared->out_used, start = shared->header_at, n = shared->nargs;
	struct answer *answer = (void *)(out + start);

	if (start > end || end > OUT_SIZE - 128 || end - start < sizeof(*answer) || answer->program != program || n > MAX_ARGS)
		return;
	u32 head[2] = { kind | n << 8, signal };
	u8 *to = out + end;
	memcpy(to, head, 8);
	memset(to + 8, 0, 8);
	for (u32 i = 0; i < n; i++)
		memcpy(to + 16 + 8 * i, (const void *)&shared->args[i], 8);
	answer->steps++;
	shared->out_used = end + 16 + 8 * n;
}

static void no_answer(u32 program)
{
	struct answer a = { program, 0, DEFECT_NO_WORKER, 0 };

	memcpy(out + shared->out_used, &a, sizeof(a));
	shared->out_used += sizeof(a);
}

static void flush(u32 batch, u32 flags)
{
	wire_send(FRAME_ANSWERS, batch, flags, out, shared->out_used);
	shared->out_used = 0;
}

/*
 * One worker, from the program `first` on. Returns the program to go on with. When a program overwrote the shared state and
 * died, nothing that its worker answered can be believed: *single is set, and the same programs run again, one worker each.
 */
static u32 run_worker(const struct frame *f, const struct batch *b, u32 first, int *single)
{
	u32 sent = shared->out_used;
	s64 pid;
	s32 status;

	shared->program = first;
	shared->phase = PHASE_SETUP;
	pid = sys5(NR_clone, SIGCHLD, 0, 0, 0, 0);
	if (pid == 0)
		worker_run(f->payload, *single);
	if (pid < 0) {
		no_answer(first);
		return first + 1;
	}
	status = await(pid, b->limit_ms);
	u32 now = shared->program, phase = shared->phase;
	if (now < first || now > b->programs || shared->out_used < sent || shared->out_used > OUT_SIZE - 128) {
		shared->out_used = sent;
		if (!*single) {
			*single = 1;
			return first;
		}
		no_answer(first);
		return first + 1;
	}
	int killed = status < 0 || status & 0x7f;
	if (killed && phase == PHASE_CALLS) {
		bury(now, status < 0 ? HUNG : DIED, status < 0 ? 0 : (u32)status & 0x7f);
		return now + 1;
	}
	if (now == first) { /* it came to nothing; without this the same would be tried for ever */
		no_answer(now);
		return now + 1;
	}
	return now;
}

static void run_batch(const struct frame *f)
{
	const struct batch *b = (const void *)f->payload;
	u32 next = 0;
	int single = 0;

	if (!batch_valid(f->payload, f->length)) {
		wire_error(f->batch, "batch garbled: not a list of programs");
		return;
	}
	shared->out_used = 0;
	while (next < b->programs) {
		next = run_worker(f, b, next, &single);
		if (next < b->programs && OUT_SIZE - shared->out_used < OUT_RESERVE)
			flush(f->batch, 0);
	}
	flush(f->batch, FRAME_LAST);
}

__attribute__((noreturn)) void executor_main(u64 *stack)
{
	char **argv = (char **)(stack + 1);
	struct rlimit none = { 0, 0 };
	struct frame f;
	const char *why;
	int fixed_layout;

	if (!wire_open())
		die("fewer than 1024 descriptors are allowed (ulimit -n)");
	read_auxv(stack);
	fixed_layout = restart_without_randomisation(argv);
	touch_stack();
	sys3(NR_close_range, 0, FD_OWN_FIRST - 1, 0);
	sys3(NR_close_range, FD_OUT + 1, ~0u, 0);
	if (sys6(NR_mmap, SHARED_AT, 0x10000 + OUT_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, ~0UL,
		 0) != (s64)SHARED_AT)
		die("cannot map memory for answers");
	if ((why = learn_machine()) != 0)
		die(why);
	open_directory(argv[0] && argv[1] ? argv[1] : "/tmp");
	sys4(NR_prlimit64, 0, RLIMIT_CORE, &none, 0);
	sys4(NR_rt_sigprocmask, SIG_BLOCK, &pending, 0, 8);
	observe_open();
	look_around(argv);
	hello(fixed_layout);
	for (;;) {
		int got = wire_next(&f, &why);
		if (got == 0)
			sys1(NR_exit_group, 0);
		if (got < 0)
			wire_error(f.batch, why);
		else
			run_batch(&f);
	}
}
