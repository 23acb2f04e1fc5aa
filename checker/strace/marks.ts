/** Lines that are no calls: signals, exits, what strace says of itself, and text of others between strace's. */

const isDigit = (c: number): boolean => c >= 0x30 && c <= 0x39;
const isWord = (c: number): boolean => (c >= 0x61 && c <= 0x7a) || isDigit(c) || c === 0x5f;

/** `--- SIGSEGV {si_signo=SIGSEGV, si_code=SEGV_MAPERR, si_addr=0x10} ---`; `undefined` if the line is cut, a name of '' if the process only stopped. */
export function signalOf(line: string): { signal: string; address?: bigint } | undefined {
  if (!line.endsWith(' ---')) return undefined;
  if (line.startsWith('--- stopped by ')) return { signal: '' };
  const match = /^--- (SIG[A-Z0-9_]{1,20}) [{(@]/.exec(line);
  if (match?.[1] === undefined) return undefined;
  const address = /[{ ]si_addr=(0x[0-9a-f]{1,16}|NULL)[,}]/.exec(line)?.[1];
  if (address === undefined) return { signal: match[1] };
  return { signal: match[1], address: address === 'NULL' ? 0n : BigInt(address) };
}

export interface Exit {
  readonly how: 'exited' | 'killed' | 'execve superseded';
  readonly status: string;
}

/** `+++ exited with 0 +++`, `+++ killed by SIGSEGV (core dumped) +++`, `+++ superseded by execve in pid 7 +++`. */
export function exitOf(line: string): Exit | undefined {
  const match =
    /^\+\+\+ (?:(exited) with (\d{1,5})|(killed) by (SIG[A-Z0-9_]{1,20})(?: \(core dumped\))?|superseded by execve in pid (\d{1,10})(?:<.{1,40}>)?) \+\+\+$/.exec(
      line,
    );
  if (match === null) return undefined;
  if (match[1] !== undefined) return { how: 'exited', status: match[2] ?? '' };
  if (match[3] !== undefined) return { how: 'killed', status: match[4] ?? '' };
  return { how: 'execve superseded', status: match[5] ?? '' };
}

export type Message =
  | { readonly kind: 'attached' | 'detached'; readonly pid: number }
  | { readonly kind: 'narrow' }
  | { readonly kind: 'other' };

/** What strace says of itself, on standard error and sometimes in the log; `undefined` if the line is none of it. */
export function messageOf(line: string): Message | undefined {
  const process = /^(?:strace: )?Process (\d{1,10})(?:<.{1,40}>)? (attached|detached)/.exec(line);
  if (process !== null) return { kind: process[2] === 'attached' ? 'attached' : 'detached', pid: Number(process[1]) };
  const mode = /^(?:strace: )?\[ Process PID=\d+ runs in (\S+)(?: bit)? mode\. \]$/.exec(line);
  if (mode !== null) return { kind: mode[1] === '64' ? 'other' : 'narrow' };
  return line.startsWith('strace: ') ? { kind: 'other' } : undefined;
}

/** Whether this is the head of the table that `-C` prints at the end. */
export const isTable = (line: string): boolean => line.startsWith('% time ');

/** How far a call may stand from the beginning of a line that somebody else began. */
const FARTHEST = 4096;

/**
 * Where strace's part of a line begins that another program's output comes before without a line feed (`50%mmap(NULL, …) = 0x7f00`);
 * -1 if nothing in it looks like a call that `known` knows.
 */
export function callInside(line: string, known: (name: string) => boolean): number {
  const head = line.slice(0, FARTHEST);
  const pid = head.indexOf('[pid ');
  if (pid > 0) return pid;
  const open = head.indexOf('(');
  let start = open;
  while (start > 0 && open - start < 40 && isWord(head.charCodeAt(start - 1))) start--;
  for (let i = start; i < open; i++) if (known(head.slice(i, open))) return i;
  return -1;
}

/** Whether a line is the end of a call into whose line another program wrote: `)     = 6`. */
export const isTail = (line: string): boolean => /^\) {1,60}= /.test(line);
