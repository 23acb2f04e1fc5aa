/** A run as strace would have recorded it: one process, no times. Accesses to memory are no system calls; only their signals show. */
import { printCall, printResult } from '../../checker/program/index.ts';
import type { ERRNO, Step } from '../../spec/index.ts';
import type { Plan } from './plan.ts';

/** Why strace shows nothing of a call: it is none, or it stands for a situation. */
const UNSEEN: ReadonlySet<string> = new Set(['load', 'store', 'fill_mappings', 'drop_capability']);

/** Where results stand after short calls. */
const RESULT_COLUMN = 40;

const CODES = { SIGSEGV: 'SEGV_MAPERR', SIGBUS: 'BUS_ADRERR' } as const;

/** What the C library says of errors; strace prints it behind the name. */
const WORDS: Readonly<Partial<Record<keyof typeof ERRNO, string>>> = {
  EPERM: 'Operation not permitted',
  ENOENT: 'No such file or directory',
  EINTR: 'Interrupted system call',
  EBADF: 'Bad file descriptor',
  EAGAIN: 'Resource temporarily unavailable',
  ENOMEM: 'Cannot allocate memory',
  EACCES: 'Permission denied',
  EFAULT: 'Bad address',
  EBUSY: 'Device or resource busy',
  EEXIST: 'File exists',
  ENODEV: 'No such device',
  EINVAL: 'Invalid argument',
  EMFILE: 'Too many open files',
  ENOTTY: 'Inappropriate ioctl for device',
  EFBIG: 'File too large',
  ENOSYS: 'Function not implemented',
  EOVERFLOW: 'Value too large for defined data type',
  EOPNOTSUPP: 'Operation not supported',
};

function rowOf({ call, result }: Step): readonly string[] {
  if (result.kind === 'signal') {
    const at = `0x${(call.args[0] ?? 0n).toString(16)}`;
    return [`--- ${result.signal} {si_signo=${result.signal}, si_code=${CODES[result.signal]}, si_addr=${at}} ---`];
  }
  if (UNSEEN.has(call.name)) return [];
  const shown = printCall(call);
  if (result.kind === 'hung') return [`${shown} <unfinished ...>`];
  // strace aligns results as far as it can.
  const until = `${shown} `.padEnd(RESULT_COLUMN);
  if (result.kind === 'died') return [`${until}= ?`, `+++ killed by ${result.signal} +++`];
  const words = result.kind === 'error' ? WORDS[result.errno as keyof typeof ERRNO] : undefined;
  return [`${until}= ${printResult(call.name, result)}${words === undefined ? '' : ` (${words})`}`];
}

/** The run that is foretold, as a log. */
export function straceOf({ foretold: { steps } }: Plan): string {
  const rows = steps.flatMap(rowOf);
  const dies = steps.at(-1)?.result.kind;
  const end = dies === 'died' || dies === 'hung' ? [] : ['+++ exited with 0 +++'];
  return [...rows, ...end].map((row) => `${row}\n`).join('');
}

/** How many calls of a plan a log cannot show. */
export const unseen = ({ foretold: { steps } }: Plan): number =>
  steps.filter((step) => rowOf(step).length === 0).length;
