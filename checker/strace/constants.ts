/** Named constants as strace prints them in the arguments of calls that have to do with memory or with processes. */
import { MADV, MAP, MCL, MLOCK, MREMAP, O, PROT, RLIM_INFINITY, RLIMIT, UFFD } from '../../spec/index.ts';

/** Put before each name of a table: `READ` of PROT is `PROT_READ`. */
const named = (prefix: string, values: Record<string, bigint>): [string, bigint][] =>
  Object.entries(values).map(([name, value]) => [`${prefix}_${name}`, value]);

/** `A B C` from a number on, one by one. */
const counted = (prefix: string, first: number, names: string): [string, bigint][] =>
  names.split(' ').map((name, i) => [`${prefix}${name}`, BigInt(first + i)]);

/** `A B C`, each one bit above the one before. */
const bits = (prefix: string, first: number, names: string): [string, bigint][] =>
  names.split(' ').map((name, i) => [`${prefix}${name}`, 1n << BigInt(first + i)]);

const { TYPE: _, ...MAP_FLAGS } = MAP;
const { ACCMODE: __, ...OPEN_FLAGS } = O;

const SIGNALS =
  'HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS';

export const CONSTANTS: ReadonlyMap<string, bigint> = new Map<string, bigint>([
  ['NULL', 0n],
  ['PROT_NONE', 0n],
  ...named('PROT', PROT),
  ['PROT_BTI', 0x10n],
  ['PROT_MTE', 0x20n],
  ...named('MAP', MAP_FLAGS),
  ['MAP_FILE', 0n],
  ['MAP_ANON', MAP.ANONYMOUS],
  ['MAP_32BIT', 0x40n],
  ['MAP_ABOVE4G', 0x80n],
  ['MAP_EXECUTABLE', 0x1000n],
  ['MAP_SYNC', 0x80000n],
  ['MAP_UNINITIALIZED', 0x4000000n],
  ['MAP_HUGE_SHIFT', 26n],
  ['MAP_HUGE_MASK', 63n],
  ...named('MREMAP', MREMAP),
  ...named('MADV', MADV),
  ['MADV_HWPOISON', 100n],
  ['MADV_SOFT_OFFLINE', 101n],
  ...named('MCL', MCL),
  ...named('MLOCK', MLOCK),
  ...counted(
    'RLIMIT_',
    0,
    'CPU FSIZE DATA STACK CORE RSS NPROC NOFILE MEMLOCK AS LOCKS SIGPENDING MSGQUEUE NICE RTPRIO',
  ),
  ...named('RLIMIT', RLIMIT),
  ['RLIM_INFINITY', RLIM_INFINITY],
  ['RLIM64_INFINITY', RLIM_INFINITY],
  ...named('O', OPEN_FLAGS),
  ['O_CREAT', 0o100n],
  ['O_EXCL', 0o200n],
  ['O_TRUNC', 0o1000n],
  ['O_APPEND', 0o2000n],
  ...named('UFFD', UFFD),
  ...bits(
    'CLONE_',
    8,
    'VM FS FILES SIGHAND PIDFD PTRACE VFORK PARENT THREAD NEWNS SYSVSEM SETTLS PARENT_SETTID CHILD_CLEARTID DETACHED UNTRACED CHILD_SETTID NEWCGROUP NEWUTS NEWIPC NEWUSER NEWPID NEWNET IO CLEAR_SIGHAND INTO_CGROUP',
  ),
  ['CLONE_NEWTIME', 0x80n],
  ...counted('SIG', 1, SIGNALS),
  ['SHM_RDONLY', 0o10000n],
  ['SHM_RND', 0o20000n],
  ['SHM_REMAP', 0o40000n],
  ['SHM_EXEC', 0o100000n],
  ['SHM_HUGETLB', 0o4000n],
  ['SHM_NORESERVE', 0o10000n],
  ['IPC_PRIVATE', 0n],
  ['IPC_CREAT', 0o1000n],
  ['IPC_EXCL', 0o2000n],
  ...counted('IPC_', 0, 'RMID SET STAT INFO'),
  ...bits('MFD_', 0, 'CLOEXEC ALLOW_SEALING HUGETLB NOEXEC_SEAL EXEC'),
  ['MFD_HUGE_SHIFT', 26n],
  ...bits('MS_', 0, 'ASYNC INVALIDATE SYNC'),
  ['UFFDIO_API', 0xc018aa3fn],
  ['UFFDIO_REGISTER', 0xc020aa00n],
  ['UFFDIO_UNREGISTER', 0x8010aa01n],
  ['UFFDIO_WAKE', 0x8010aa02n],
  ['UFFDIO_COPY', 0xc028aa03n],
  ['UFFDIO_ZEROPAGE', 0xc020aa04n],
  ['UFFDIO_MOVE', 0xc028aa05n],
  ['UFFDIO_WRITEPROTECT', 0xc018aa06n],
  ['UFFDIO_CONTINUE', 0xc020aa07n],
  ['UFFDIO_POISON', 0xc020aa08n],
  ['AT_FDCWD', -100n & 0xffffffffffffffffn],
  ['PR_SET_MM', 35n],
  ['PR_SET_THP_DISABLE', 41n],
  ['PR_SET_MDWE', 65n],
  ['PR_SET_VMA', 0x53564d41n],
  ['PR_SET_VMA_ANON_NAME', 0n],
  ...counted(
    'PR_SET_MM_',
    1,
    'START_CODE END_CODE START_DATA END_DATA START_STACK START_BRK BRK ARG_START ARG_END ENV_START ENV_END AUXV EXE_FILE MAP MAP_SIZE',
  ),
  ['PER_LINUX', 0n],
  ['PER_LINUX32', 8n],
  ['UNAME26', 0x20000n],
  ['ADDR_NO_RANDOMIZE', 0x40000n],
  ['FDPIC_FUNCPTRS', 0x80000n],
  ['MMAP_PAGE_ZERO', 0x100000n],
  ['ADDR_COMPAT_LAYOUT', 0x200000n],
  ['READ_IMPLIES_EXEC', 0x400000n],
  ['ADDR_LIMIT_32BIT', 0x800000n],
  ['SHORT_INODE', 0x1000000n],
  ['WHOLE_SECONDS', 0x2000000n],
  ['STICKY_TIMEOUTS', 0x4000000n],
  ['ADDR_LIMIT_3GB', 0x8000000n],
  ['PKEY_DISABLE_ACCESS', 1n],
  ['PKEY_DISABLE_WRITE', 2n],
  ['SHADOW_STACK_SET_TOKEN', 1n],
]);
