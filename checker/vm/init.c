/*
 * The first process of a virtual machine: mounts what the executor looks at, gives it the virtio port `programs` as its input and output (with
 * `port=serial` on the kernel's command line, the second serial port), and ends the machine when it ends: when the port is closed on the other
 * side, the executor reads the end of its input.
 */
#include "../kernel/executor/arch.h"

enum { AT_FDCWD = -100, O_RDWR = 2, O_NOCTTY = 0x100, TCSETS = 0x5402, RAW_115200 = 0x18b2, VMIN = 6, SIGCHLD = 17, REBOOT_MAGIC = (s32)0xfee1dead, REBOOT_MAGIC2 = 672274793, RESTART = 0x1234567 };

__asm__(".text\n" START_ASM);

static void mounted(const char *type, const char *at)
{
	sys3(NR_mkdirat, AT_FDCWD, at, 0755);
	sys5(NR_mount, type, at, type, 0, 0);
}

/* Modules of the archive, which stand there in the order in which they need each other. */
static void load_modules(void)
{
	char path[] = "/modules/00.ko";

	for (int i = 0; i < 100; i++) {
		path[9] = (char)('0' + i / 10);
		path[10] = (char)('0' + i % 10);
		s64 fd = sys4(NR_openat, AT_FDCWD, path, 0, 0);
		if (fd < 0)
			return;
		sys3(NR_finit_module, fd, "", 0);
		sys1(NR_close, fd);
	}
}

/* Whatever the kernel finds wrong with itself ends it: that is how it is seen from outside which program it was. */
static void end_on_warnings(void)
{
	static const char *const settings[] = {
		"/proc/sys/kernel/panic_on_warn", "/proc/sys/kernel/panic_on_oops", "/proc/sys/kernel/panic_on_rcu_stall",
		"/proc/sys/kernel/softlockup_panic", "/proc/sys/kernel/hung_task_panic",
	};

	for (u64 i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		s64 fd = sys4(NR_openat, AT_FDCWD, settings[i], O_RDWR, 0);
		if (fd < 0)
			continue;
		sys3(NR_write, fd, "1", 1);
		sys1(NR_close, fd);
	}
}

/* The second serial port, on which every byte goes through as it is. */
static s64 serial(void)
{
	struct { u32 iflag, oflag, cflag, lflag; u8 line, cc[19]; } raw = { 0, 0, RAW_115200, 0, 0, { 0 } };
	s64 fd = sys4(NR_openat, AT_FDCWD, "/dev/ttyS1", O_RDWR | O_NOCTTY, 0);

	raw.cc[VMIN] = 1;
	return fd >= 0 && sys3(NR_ioctl, fd, TCSETS, &raw) == 0 ? fd : -1;
}

/* Whether the kernel's command line says `port=serial`: it hands on, as environment, what it does not know itself. */
static int is_serial(const u64 *stack)
{
	const char *wanted = "port=serial";

	for (stack += 1 + stack[0] + 1; *stack; stack++) {
		const char *word = (const char *)*stack;
		int i = 0;

		while (wanted[i] && word[i] == wanted[i])
			i++;
		if (!wanted[i] && !word[i])
			return 1;
	}
	return 0;
}

/* The port, as soon as its driver has made it. Its number depends on what other consoles there are. */
static s64 port(void)
{
	char path[] = "/dev/vport0p1";
	struct { s64 sec, nsec; } soon = { 0, 5000000 };

	for (int i = 0; i < 600; i++) {
		for (char n = '0'; n < '4'; n++) {
			path[10] = n;
			s64 fd = sys4(NR_openat, AT_FDCWD, path, O_RDWR, 0);
			if (fd >= 0)
				return fd;
		}
		sys2(NR_nanosleep, &soon, 0);
	}
	return -1;
}

static void end(void)
{
	sys4(NR_reboot, REBOOT_MAGIC, REBOOT_MAGIC2, RESTART, 0);
}

/* On the console. */
static void say(const char *text)
{
	s64 fd = sys4(NR_openat, AT_FDCWD, "/dev/console", O_RDWR | O_NOCTTY, 0);
	u64 length = 0;

	while (text[length])
		length++;
	sys3(NR_write, fd, text, length);
	sys1(NR_close, fd);
}

__attribute__((noreturn)) void executor_main(u64 *stack)
{
	static char *arguments[] = { "executor", "/tmp", 0 }, *environment[] = { 0 };
	struct { s32 fd; u16 events, revents; } other;
	struct { s64 sec, nsec; } soon = { 0, 5000000 };
	s64 fd, pid;

	mounted("proc", "/proc");
	mounted("sysfs", "/sys");
	mounted("devtmpfs", "/dev");
	mounted("tmpfs", "/tmp");
	load_modules();
	fd = is_serial(stack) ? serial() : port();
	if (fd < 0) {
		say(is_serial(stack) ? "mremap-check: no second serial port\n" : "mremap-check: no virtio port\n");
		end();
	}
	/* Until somebody listens on the other side, the port says that he has hung up. */
	for (int i = 0; i < 2000; i++) {
		other.fd = (s32)fd;
		other.events = 1;
		other.revents = 0;
		sys5(NR_ppoll, &other, 1, &soon, 0, 0);
		if (!(other.revents & 16))
			break;
		sys2(NR_nanosleep, &soon, 0);
	}
	end_on_warnings();
	pid = sys5(NR_clone, SIGCHLD, 0, 0, 0, 0);
	if (pid == 0) {
		sys3(NR_dup3, fd, 0, 0);
		sys3(NR_dup3, fd, 1, 0);
		sys3(NR_execve, "/executor", arguments, environment);
		sys1(NR_exit_group, 127);
	}
	sys1(NR_close, fd);
	while (sys4(NR_wait4, -1, 0, 0, 0) != pid)
		;
	end();
	for (;;)
		sys2(NR_nanosleep, &soon, 0);
}
