/*
 * What differs between the processors: system call numbers and instructions, the entry point, the guarded memory accesses
 * and where a signal frame keeps the registers that the fault handler changes.
 */
#ifndef ARCH_H
#define ARCH_H

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef int s32;
typedef unsigned long u64;
typedef long s64;

#if defined(__x86_64__)

#define MACHINE "x86_64"
#define O_DIRECTORY 0x10000
enum {
	NR_read = 0, NR_write = 1, NR_close = 3, NR_mmap = 9, NR_mprotect = 10, NR_munmap = 11, NR_rt_sigaction = 13,
	NR_rt_sigprocmask = 14, NR_rt_sigreturn = 15, NR_ioctl = 16, NR_pread64 = 17, NR_pwrite64 = 18, NR_mremap = 25,
	NR_madvise = 28, NR_nanosleep = 35, NR_getpid = 39, NR_clone = 56, NR_execve = 59, NR_wait4 = 61, NR_kill = 62,
	NR_uname = 63, NR_fcntl = 72, NR_ftruncate = 77, NR_sysinfo = 99, NR_capget = 125, NR_capset = 126,
	NR_rt_sigtimedwait = 128, NR_personality = 135, NR_fstatfs = 138, NR_mount = 165, NR_mlock = 149, NR_munlock = 150,
	NR_mlockall = 151, NR_munlockall = 152, NR_prctl = 157, NR_clock_gettime = 228, NR_exit_group = 231, NR_openat = 257,
	NR_mkdirat = 258, NR_unlinkat = 263, NR_reboot = 169, NR_ppoll = 271, NR_dup3 = 292, NR_prlimit64 = 302, NR_memfd_create = 319, NR_userfaultfd = 323,
	NR_mlock2 = 325, NR_finit_module = 313, NR_close_range = 436, NR_mseal = 462,
};

static inline s64 sys6(s64 n, u64 a, u64 b, u64 c, u64 d, u64 e, u64 f)
{
	register u64 r10 __asm__("r10") = d;
	register u64 r8 __asm__("r8") = e;
	register u64 r9 __asm__("r9") = f;
	s64 result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(n), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
}

/* Byte offsets in struct ucontext. */
#define UC_RESULT 144 /* rax */
#define UC_PC 168     /* rip */

#define START_ASM                                                                                                      \
	".globl _start\n_start:\n"                                                                                     \
	"	xor %ebp, %ebp\n	mov %rsp, %rdi\n	and $-16, %rsp\n	call executor_main\n	ud2\n"

#define GUARDED_ASM                                                                                                    \
	".globl guarded_load, guarded_store, guarded_load_at, guarded_store_at, guarded_fault, signal_return\n"        \
	"guarded_load:\n"                                                                                              \
	"guarded_load_at:	mov (%rdi), %rax\n	mov %rax, (%rsi)\n	xor %eax, %eax\n	ret\n"                 \
	"guarded_store:\n"                                                                                             \
	"guarded_store_at:	mov %rsi, (%rdi)\n	xor %eax, %eax\n"                                              \
	"guarded_fault:	ret\n"                                                                                         \
	"signal_return:	mov $15, %eax\n	syscall\n"

#elif defined(__aarch64__)

#define MACHINE "aarch64"
#define O_DIRECTORY 0x4000
enum {
	NR_finit_module = 273, NR_dup3 = 24, NR_fcntl = 25, NR_ioctl = 29, NR_mkdirat = 34, NR_unlinkat = 35, NR_reboot = 142, NR_mount = 40, NR_fstatfs = 44, NR_ftruncate = 46, NR_openat = 56,
	NR_close = 57, NR_read = 63, NR_write = 64, NR_pread64 = 67, NR_pwrite64 = 68, NR_ppoll = 73, NR_capget = 90,
	NR_capset = 91, NR_personality = 92, NR_exit_group = 94, NR_nanosleep = 101, NR_clock_gettime = 113, NR_kill = 129,
	NR_rt_sigaction = 134, NR_rt_sigprocmask = 135, NR_rt_sigtimedwait = 137, NR_rt_sigreturn = 139, NR_uname = 160, NR_prctl = 167,
	NR_getpid = 172, NR_sysinfo = 179, NR_munmap = 215, NR_mremap = 216, NR_clone = 220, NR_execve = 221, NR_mmap = 222,
	NR_mprotect = 226, NR_mlock = 228, NR_munlock = 229, NR_mlockall = 230, NR_munlockall = 231, NR_madvise = 233,
	NR_wait4 = 260, NR_prlimit64 = 261, NR_memfd_create = 279, NR_userfaultfd = 282, NR_mlock2 = 284,
	NR_close_range = 436, NR_mseal = 462,
};

static inline s64 sys6(s64 n, u64 a, u64 b, u64 c, u64 d, u64 e, u64 f)
{
	register s64 x8 __asm__("x8") = n;
	register u64 x0 __asm__("x0") = a;
	register u64 x1 __asm__("x1") = b;
	register u64 x2 __asm__("x2") = c;
	register u64 x3 __asm__("x3") = d;
	register u64 x4 __asm__("x4") = e;
	register u64 x5 __asm__("x5") = f;

	__asm__ volatile("svc #0"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
			 : "memory", "cc");
	return (s64)x0;
}

#define UC_RESULT 184 /* x0 */
#define UC_PC 440

#define START_ASM ".globl _start\n_start:\n	mov x29, #0\n	mov x30, #0\n	mov x0, sp\n	bl executor_main\n	brk #1\n"

#define GUARDED_ASM                                                                                                    \
	".globl guarded_load, guarded_store, guarded_load_at, guarded_store_at, guarded_fault, signal_return\n"        \
	"guarded_load:\n"                                                                                              \
	"guarded_load_at:	ldr x2, [x0]\n	str x2, [x1]\n	mov x0, #0\n	ret\n"                                 \
	"guarded_store:\n"                                                                                             \
	"guarded_store_at:	str x1, [x0]\n	mov x0, #0\n"                                                          \
	"guarded_fault:	ret\n"                                                                                         \
	"signal_return:	mov x8, #139\n	svc #0\n"

#else
#error "this processor is not known to the executor"
#endif

#define sys0(n) sys6(n, 0, 0, 0, 0, 0, 0)
#define sys1(n, a) sys6(n, (u64)(a), 0, 0, 0, 0, 0)
#define sys2(n, a, b) sys6(n, (u64)(a), (u64)(b), 0, 0, 0, 0)
#define sys3(n, a, b, c) sys6(n, (u64)(a), (u64)(b), (u64)(c), 0, 0, 0)
#define sys4(n, a, b, c, d) sys6(n, (u64)(a), (u64)(b), (u64)(c), (u64)(d), 0, 0)
#define sys5(n, a, b, c, d, e) sys6(n, (u64)(a), (u64)(b), (u64)(c), (u64)(d), (u64)(e), 0)

#endif
