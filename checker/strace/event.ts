/**
 * What a strace log says, line by line, before anything is known about memory. Numbers are as printed, nothing is resolved.
 *
 * Texts of events are parts of the chunk that was read: who keeps one for long keeps the chunk. `path` alone is a copy.
 */

/** An argument as printed: `value` where it is a number or a known constant expression, else only its text. */
export interface Argument {
  /** As printed, without `-y` decorations, comments and the label. */
  readonly text: string;
  /** Of numbers, hexadecimal or decimal, NULL, and named constants that we know (`PROT_READ|PROT_WRITE`), as an unsigned 64-bit value; negative numbers wrapped. */
  readonly value?: bigint;
  /** What `-y`/`-yy` printed between `<` and `>` behind a descriptor. */
  readonly path?: string;
  /** `flags` of `clone(child_stack=NULL, flags=CLONE_VM, …)`, where strace prints arguments with names. */
  readonly label?: string;
}

export type Ending =
  | { readonly kind: 'value'; readonly value: bigint }
  /** `errno` is a name, or `errno 530` where strace knew none. */
  | { readonly kind: 'error'; readonly errno: string }
  /** `= ?`: the call did not return, or was restarted (ERESTARTSYS …: `restart`). */
  | { readonly kind: 'none'; readonly restart?: string };

/** Where in the log: FILE:LINE of the line on which the call began, and of the one on which it ended (resumed). */
export interface Where {
  readonly file: string;
  readonly line: number;
  readonly endLine: number;
}

export interface CallEvent {
  readonly kind: 'call';
  readonly where: Where;
  /** Of strace `-f`; 0 where the log has none, and for the first process of a log that names pids only while there are several. */
  readonly pid: number;
  /** `syscall_0x1ce` of old versions is given its name here, as far as the number has one. */
  readonly name: string;
  readonly args: readonly Argument[];
  readonly ending: Ending;
  /** `(INJECTED…)`: the result is not the kernel's. */
  readonly injected: boolean;
}

/** A call that began and whose end comes later; the `CallEvent` with the same pid follows when it resumes. Needed for overlap in time. */
export interface BeginEvent {
  readonly kind: 'begin';
  readonly where: Where;
  readonly pid: number;
  readonly name: string;
  /** Those that were printed at that time; the `CallEvent` has them all. */
  readonly args: readonly Argument[];
}

export interface SignalEvent {
  readonly kind: 'signal';
  readonly where: Where;
  readonly pid: number;
  readonly signal: string;
  /** `si_addr`, where there is one. */
  readonly address?: bigint;
}

export interface ExitEvent {
  readonly kind: 'exit';
  readonly where: Where;
  /** Who is gone. */
  readonly pid: number;
  readonly how: 'exited' | 'killed' | 'execve superseded';
  /** The exit status, the signal, or the pid whose execve took this process's place. */
  readonly status: string;
}

/** `strace: Process N attached`: from here on the calls of `pid` are in the log. Logs written with `-o` do not say it. */
export interface AttachEvent {
  readonly kind: 'attach';
  readonly where: Where;
  readonly pid: number;
}

/** A line that is none of strace's, or is cut: reported by number, the rest is judged. */
export interface GarbledEvent {
  readonly kind: 'garbled';
  readonly where: Where;
  readonly pid: number;
  /** What is wrong, in words that depend on nothing but the kind of damage. */
  readonly why: string;
  /** Where it is wrong, from 1 on. */
  readonly column: number;
  /** Name of the call if it can be told: what it did is unknown then. */
  readonly name?: string;
}

export type TraceEvent = CallEvent | BeginEvent | SignalEvent | ExitEvent | AttachEvent | GarbledEvent;
