/** Names of system calls: which ones there are, and which number is which where a strace printed a number because it was too old. */

/** Names in the order of their numbers, from the number of the first one on. */
type Run = readonly [first: number, names: string];

/** From 424 on, all architectures have the same numbers. */
const COMMON: readonly Run[] = [
  [
    424,
    `pidfd_send_signal io_uring_setup io_uring_enter io_uring_register open_tree move_mount fsopen fsconfig fsmount
    fspick pidfd_open clone3 close_range openat2 pidfd_getfd faccessat2 process_madvise epoll_pwait2 mount_setattr
    quotactl_fd landlock_create_ruleset landlock_add_rule landlock_restrict_self memfd_secret process_mrelease
    futex_waitv set_mempolicy_home_node cachestat fchmodat2 map_shadow_stack futex_wake futex_wait futex_requeue
    statmount listmount lsm_get_self_attr lsm_set_self_attr lsm_list_modules mseal setxattrat getxattrat listxattrat
    removexattrat open_tree_attr file_getattr file_setattr`,
  ],
];

const X86_64: readonly Run[] = [
  [
    0,
    `read write open close stat fstat lstat poll lseek mmap mprotect munmap brk rt_sigaction rt_sigprocmask
    rt_sigreturn ioctl pread64 pwrite64 readv writev access pipe select sched_yield mremap msync mincore madvise
    shmget shmat shmctl dup dup2 pause nanosleep getitimer alarm setitimer getpid sendfile socket connect accept
    sendto recvfrom sendmsg recvmsg shutdown bind listen getsockname getpeername socketpair setsockopt getsockopt
    clone fork vfork execve exit wait4 kill uname semget semop semctl shmdt msgget msgsnd msgrcv msgctl fcntl flock
    fsync fdatasync truncate ftruncate getdents getcwd chdir fchdir rename mkdir rmdir creat link unlink symlink
    readlink chmod fchmod chown fchown lchown umask gettimeofday getrlimit getrusage sysinfo times ptrace getuid
    syslog getgid setuid setgid geteuid getegid setpgid getppid getpgrp setsid setreuid setregid getgroups setgroups
    setresuid getresuid setresgid getresgid getpgid setfsuid setfsgid getsid capget capset rt_sigpending
    rt_sigtimedwait rt_sigqueueinfo rt_sigsuspend sigaltstack utime mknod uselib personality ustat statfs fstatfs
    sysfs getpriority setpriority sched_setparam sched_getparam sched_setscheduler sched_getscheduler
    sched_get_priority_max sched_get_priority_min sched_rr_get_interval mlock munlock mlockall munlockall vhangup
    modify_ldt pivot_root _sysctl prctl arch_prctl adjtimex setrlimit chroot sync acct settimeofday mount umount2
    swapon swapoff reboot sethostname setdomainname iopl ioperm create_module init_module delete_module
    get_kernel_syms query_module quotactl nfsservctl getpmsg putpmsg afs_syscall tuxcall security gettid readahead
    setxattr lsetxattr fsetxattr getxattr lgetxattr fgetxattr listxattr llistxattr flistxattr removexattr
    lremovexattr fremovexattr tkill time futex sched_setaffinity sched_getaffinity set_thread_area io_setup
    io_destroy io_getevents io_submit io_cancel get_thread_area lookup_dcookie epoll_create epoll_ctl_old
    epoll_wait_old remap_file_pages getdents64 set_tid_address restart_syscall semtimedop fadvise64 timer_create
    timer_settime timer_gettime timer_getoverrun timer_delete clock_settime clock_gettime clock_getres
    clock_nanosleep exit_group epoll_wait epoll_ctl tgkill utimes vserver mbind set_mempolicy get_mempolicy mq_open
    mq_unlink mq_timedsend mq_timedreceive mq_notify mq_getsetattr kexec_load waitid add_key request_key keyctl
    ioprio_set ioprio_get inotify_init inotify_add_watch inotify_rm_watch migrate_pages openat mkdirat mknodat
    fchownat futimesat newfstatat unlinkat renameat linkat symlinkat readlinkat fchmodat faccessat pselect6 ppoll
    unshare set_robust_list get_robust_list splice tee sync_file_range vmsplice move_pages utimensat epoll_pwait
    signalfd timerfd_create eventfd fallocate timerfd_settime timerfd_gettime accept4 signalfd4 eventfd2
    epoll_create1 dup3 pipe2 inotify_init1 preadv pwritev rt_tgsigqueueinfo perf_event_open recvmmsg fanotify_init
    fanotify_mark prlimit64 name_to_handle_at open_by_handle_at clock_adjtime syncfs sendmmsg setns getcpu
    process_vm_readv process_vm_writev kcmp finit_module sched_setattr sched_getattr renameat2 seccomp getrandom
    memfd_create kexec_file_load bpf execveat userfaultfd membarrier mlock2 copy_file_range preadv2 pwritev2
    pkey_mprotect pkey_alloc pkey_free statx io_pgetevents rseq`,
  ],
];

const ARM64: readonly Run[] = [
  [
    0,
    `io_setup io_destroy io_submit io_cancel io_getevents setxattr lsetxattr fsetxattr getxattr lgetxattr fgetxattr
    listxattr llistxattr flistxattr removexattr lremovexattr fremovexattr getcwd lookup_dcookie eventfd2
    epoll_create1 epoll_ctl epoll_pwait dup dup3 fcntl inotify_init1 inotify_add_watch inotify_rm_watch ioctl
    ioprio_set ioprio_get flock mknodat mkdirat unlinkat symlinkat linkat renameat umount2 mount pivot_root
    nfsservctl statfs fstatfs truncate ftruncate fallocate faccessat chdir fchdir chroot fchmod fchmodat fchownat
    fchown openat close vhangup pipe2 quotactl getdents64 lseek read write readv writev pread64 pwrite64 preadv
    pwritev sendfile pselect6 ppoll signalfd4 vmsplice splice tee readlinkat fstatat fstat sync fsync fdatasync
    sync_file_range2 timerfd_create timerfd_settime timerfd_gettime utimensat acct capget capset personality exit
    exit_group waitid set_tid_address unshare futex set_robust_list get_robust_list nanosleep getitimer setitimer
    kexec_load init_module delete_module timer_create timer_gettime timer_getoverrun timer_settime timer_delete
    clock_settime clock_gettime clock_getres clock_nanosleep syslog ptrace sched_setparam sched_setscheduler
    sched_getscheduler sched_getparam sched_setaffinity sched_getaffinity sched_yield sched_get_priority_max
    sched_get_priority_min sched_rr_get_interval restart_syscall kill tkill tgkill sigaltstack rt_sigsuspend
    rt_sigaction rt_sigprocmask rt_sigpending rt_sigtimedwait rt_sigqueueinfo rt_sigreturn setpriority getpriority
    reboot setregid setgid setreuid setuid setresuid getresuid setresgid getresgid setfsuid setfsgid times setpgid
    getpgid getsid setsid getgroups setgroups uname sethostname setdomainname getrlimit setrlimit getrusage umask
    prctl getcpu gettimeofday settimeofday adjtimex getpid getppid getuid geteuid getgid getegid gettid sysinfo
    mq_open mq_unlink mq_timedsend mq_timedreceive mq_notify mq_getsetattr msgget msgctl msgrcv msgsnd semget semctl
    semtimedop semop shmget shmctl shmat shmdt socket socketpair bind listen accept connect getsockname getpeername
    sendto recvfrom setsockopt getsockopt shutdown sendmsg recvmsg readahead brk munmap mremap add_key request_key
    keyctl clone execve mmap fadvise64 swapon swapoff mprotect msync mlock munlock mlockall munlockall mincore
    madvise remap_file_pages mbind get_mempolicy set_mempolicy migrate_pages move_pages rt_tgsigqueueinfo
    perf_event_open accept4 recvmmsg`,
  ],
  [260, `wait4 prlimit64 fanotify_init fanotify_mark`],
  [
    266,
    `clock_adjtime syncfs setns sendmmsg process_vm_readv process_vm_writev kcmp finit_module sched_setattr
    sched_getattr renameat2 seccomp getrandom memfd_create bpf execveat userfaultfd membarrier mlock2
    copy_file_range preadv2 pwritev2 pkey_mprotect pkey_alloc pkey_free statx io_pgetevents rseq kexec_file_load`,
  ],
];

/** Of other architectures and of 32-bit programs: known, but not by number. */
const OTHER = `_llseek _newselect arm_fadvise64_64 arm_sync_file_range bdflush break breakpoint cacheflush chown32 clock_adjtime64
  clock_getres_time64 clock_gettime64 clock_nanosleep_time64 clock_settime64 fadvise64_64 fchown32 fcntl64 fstat64
  fstatat64 fstatfs64 ftime ftruncate64 futex_time64 get_tls getegid32 geteuid32 getgid32 getgroups32 getresgid32
  getresuid32 getuid32 gtty idle io_pgetevents_time64 ipc lchown32 listns lock lstat64 mmap2 mpx mq_timedreceive_time64
  mq_timedsend_time64 nice old_mmap old_select oldfstat oldlstat oldolduname oldstat olduname or1k_atomic
  pciconfig_iobase pciconfig_read pciconfig_write ppoll_time64 prof profil pselect6_time64 readdir recv recvmmsg_time64
  riscv_flush_icache riscv_hwprobe rseq_slice_yield rt_sigtimedwait_time64 rtas s390_guarded_storage s390_pci_mmio_read
  s390_pci_mmio_write s390_runtime_instr s390_sthyi sched_rr_get_interval_time64 semtimedop_time64 send sendfile64
  set_tls setfsgid32 setfsuid32 setgid32 setgroups32 setregid32 setresgid32 setresuid32 setreuid32 setuid32 sgetmask
  sigaction signal sigpending sigprocmask sigreturn sigsuspend socketcall spu_create spu_run ssetmask stat64 statfs64
  stime stty subpage_prot swapcontext switch_endian timer_gettime64 timer_settime64 timerfd_gettime64 timerfd_settime64
  truncate64 ugetrlimit ulimit umount uprobe uretprobe usr26 usr32 utimensat_time64 vm86 vm86old waitpid`;

export type Architecture = 'x86-64' | 'arm64';

function byNumber(...lists: (readonly Run[])[]): Map<number, string> {
  const names = new Map<number, string>();
  for (const [first, text] of lists.flat())
    for (const [i, name] of text.split(/\s+/).entries()) names.set(first + i, name);
  return names;
}

const NAMES: Record<Architecture, ReadonlyMap<number, string>> = {
  'x86-64': byNumber(COMMON, X86_64),
  arm64: byNumber(COMMON, ARM64),
};

/** Every name that a strace of any version may print, on any architecture that we heard of. */
export const KNOWN: ReadonlySet<string> = new Set([
  ...NAMES['x86-64'].values(),
  ...NAMES.arm64.values(),
  ...OTHER.split(/\s+/),
]);

const NUMBERED = /^syscall_(?:0x([0-9a-f]{1,8})|([0-9]{1,8}))$/;

/** The name of a call that was printed as `syscall_0x1ce` or `syscall_462`; `undefined` if nobody knows it. */
export function nameOfNumber(printed: string, architecture: Architecture): string | undefined {
  const match = NUMBERED.exec(printed);
  if (match === null) return undefined;
  const number = match[1] === undefined ? Number(match[2]) : Number.parseInt(match[1], 16);
  return NAMES[architecture].get(number);
}

/** What is known of the name of a call. */
export interface Name {
  readonly name: string;
  /** Whether its calls are delivered. */
  readonly wanted: boolean;
  /** Whether what it returns is the pid of a new process. */
  readonly makes: boolean;
  count: number;
}

const MAKES: ReadonlySet<string> = new Set(['clone', 'clone3', 'fork', 'vfork']);

/** More names than there are calls: beyond, unknown ones are not remembered. */
const MOST = 2000;

/** The names in one log, and how often each was called. */
export class Names {
  readonly #names = new Map<string, Name>();
  #architecture: Architecture = 'x86-64';

  constructor(interesting: ReadonlySet<string>) {
    for (const name of KNOWN)
      this.#names.set(name, { name, wanted: interesting.has(name), makes: MAKES.has(name), count: 0 });
  }

  /** What is known of a printed name; `undefined` if it is none that strace is known to print. */
  of(printed: string): Name | undefined {
    const name = this.#names.get(printed);
    if (name !== undefined || !printed.startsWith('syscall_')) return name;
    const real = nameOfNumber(printed, this.#architecture);
    return real === undefined ? undefined : this.#names.get(real);
  }

  /** Takes over a name that nobody knew. Its calls are delivered: they may have done anything. */
  add(printed: string): Name {
    const name = { name: Buffer.from(printed, 'latin1').toString('latin1'), wanted: true, makes: false, count: 0 };
    if (this.#names.size < MOST) this.#names.set(name.name, name);
    return name;
  }

  /** Takes the architecture from what `uname` printed. */
  machine(printed: string): void {
    if (printed.includes('machine="aarch64"')) this.#architecture = 'arm64';
  }

  /** Puts into `counts` how often each call was made that is not delivered. */
  skipped(counts: Map<string, number>): void {
    for (const { name, wanted, count } of this.#names.values()) if (!wanted && count > 0) counts.set(name, count);
  }
}
