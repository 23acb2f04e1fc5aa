/*
 * The first process of a virtual machine: mounts what the executor looks at, gives it the virtio port `programs` as its input and output, and
 * ends the machine when it ends: when the port is closed on the other side, the executor reads the end of its input.
 */
#include "../kernel/executor/arch.h"

enum { AT_FDCWD = -100, O_RDWR = 2, SIGCHLD = 17, REBOOT_MAGIC = (s32)0xfee1dead, REBOOT_MAGIC2 = 672274793, RESTART = 0x1234567 };

__asm__(".text\n" START_ASM);

static void mounted(const char *type, const char *at)
{
	sys3(NR_mkdirat, AT_FDCWD, at, 0755);
	sys5(NR_mount, type, at, type, 0, 0);
}

/* The port, as soon as its driver has made it. Its number depends on what other consoles there are. */
static s64 port(void)
{
	char path[] = "/dev/vport0p1";
	struct { s64 sec, nsec; } soon = { 0, 5000000 };

	for (int i = 0; i < 2000; i++) {
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

__attribute__((noreturn)) void executor_main(u64 *stack)
{
	static char *arguments[] = { "executor", "/tmp", 0 }, *environment[] = { 0 };
	struct { s32 fd; u16 events, revents; } other;
	struct { s64 sec, nsec; } soon = { 0, 5000000 };
	s64 fd, pid;

	(void)stack;
	mounted("proc", "/proc");
	mounted("sysfs", "/sys");
	mounted("devtmpfs", "/dev");
	mounted("tmpfs", "/tmp");
	fd = port();
	if (fd < 0)
		end();
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
