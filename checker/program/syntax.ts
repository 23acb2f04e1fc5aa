/** How each call is written: one table, from which texts are read and written. */
import { ARGUMENTS, CALL_NAMES, type CallName, MREMAP } from '../../spec/index.ts';
import {
  ADDRESS,
  ADVICE,
  CAPABILITY,
  FD,
  FEATURES,
  FILE,
  type Kind,
  LIMIT,
  MAP_FLAGS,
  MCL_FLAGS,
  MFD_FLAGS,
  MLOCK_FLAGS,
  MREMAP_FLAGS,
  NO_FLAGS,
  OFFSET,
  OPEN_FLAGS,
  PROTECTION,
  REGISTER_MODE,
  RESOURCE,
  SIZE,
  UFFD_FLAGS,
} from './kinds.ts';
import type { Operand } from './program.ts';

/** A fixed word of the text that is no argument of the call, e.g. AT_FDCWD. */
export interface Word {
  readonly form: 'word';
  readonly text: string;
  /** Other spellings that are read. */
  readonly also: readonly string[];
}
/** `{field=…, field=…}`, in this order. */
export interface Struct {
  readonly form: 'struct';
  readonly fields: readonly (readonly [string, Form])[];
}
/** What stands between two commas. Arguments stand in the order of `ARGUMENTS`, and take their names from there. */
export type Form = Kind | Word | Struct;

export interface Syntax {
  /** The call's name in the text; several calls may share one and are then told apart by a word. */
  readonly spelled: string;
  readonly takes: readonly Form[];
  /** What its result is, when it succeeds. */
  readonly gives: 'address' | 'number';
  /** A memory access ends in a signal, a system call in an errno. */
  readonly fails: 'errno' | 'signal';
  /** Whether the last argument, being 0, is left out; where this is defined, an absent last argument is 0. */
  readonly leavesOut?: (operands: readonly Operand[]) => boolean;
}

const word = (text: string, ...also: readonly string[]): Word => ({ form: 'word', text, also });
const struct = (fields: Readonly<Record<string, Form>>): Struct => ({ form: 'struct', fields: Object.entries(fields) });

const call = (spelled: string, ...takes: readonly Form[]): Syntax => ({
  spelled,
  takes,
  gives: 'number',
  fails: 'errno',
});
const mapping = (spelled: string, ...takes: readonly Form[]): Syntax => ({
  spelled,
  takes,
  gives: 'address',
  fails: 'errno',
});
const access = (spelled: string, ...takes: readonly Form[]): Syntax => ({
  spelled,
  takes,
  gives: 'number',
  fails: 'signal',
});

const RANGE = struct({ start: ADDRESS, len: OFFSET });

/** mremap reads its fifth argument only with one of these flags; strace then prints it. */
const withoutNewAddress = (operands: readonly Operand[]): boolean =>
  ((operands[3]?.offset ?? 0n) & (MREMAP.FIXED | MREMAP.DONTUNMAP)) === 0n;

export const SYNTAX: Readonly<Record<CallName, Syntax>> = {
  mremap: { ...mapping('mremap', ADDRESS, SIZE, SIZE, MREMAP_FLAGS, ADDRESS), leavesOut: withoutNewAddress },
  mmap: mapping('mmap', ADDRESS, SIZE, PROTECTION, MAP_FLAGS, FD, OFFSET),
  munmap: call('munmap', ADDRESS, SIZE),
  mprotect: call('mprotect', ADDRESS, SIZE, PROTECTION),
  mlock: call('mlock', ADDRESS, SIZE),
  mlock2: call('mlock2', ADDRESS, SIZE, MLOCK_FLAGS),
  munlock: call('munlock', ADDRESS, SIZE),
  mlockall: call('mlockall', MCL_FLAGS),
  munlockall: call('munlockall'),
  madvise: call('madvise', ADDRESS, SIZE, ADVICE),
  mseal: call('mseal', ADDRESS, SIZE, NO_FLAGS),
  userfaultfd: call('userfaultfd', UFFD_FLAGS),
  uffdio_api: call('ioctl', FD, word('UFFDIO_API'), struct({ api: word('UFFD_API', '0xaa'), features: FEATURES })),
  uffdio_register: call('ioctl', FD, word('UFFDIO_REGISTER'), struct({ range: RANGE, mode: REGISTER_MODE })),
  uffdio_unregister: call('ioctl', FD, word('UFFDIO_UNREGISTER'), RANGE),
  memfd_create: call('memfd_create', word('"m"'), MFD_FLAGS),
  openat: call('openat', word('AT_FDCWD'), FILE, OPEN_FLAGS),
  ftruncate: call('ftruncate', FD, SIZE),
  close: call('close', FD),
  setrlimit: call('setrlimit', RESOURCE, struct({ rlim_cur: LIMIT, rlim_max: LIMIT })),
  load: access('load', ADDRESS),
  store: access('store', ADDRESS, SIZE),
  fill_mappings: call('fill_mappings', SIZE),
  drop_capability: call('drop_capability', CAPABILITY),
};

/** The calls that a name in the text may stand for. */
export const SPELLED: ReadonlyMap<string, readonly CallName[]> = Map.groupBy(
  CALL_NAMES,
  (name) => SYNTAX[name].spelled,
);

function writeForm(form: Form, names: Iterator<string>): string {
  if (form.form === 'word') return form.text;
  if (form.form === 'argument') return names.next().value as string;
  return `{${form.fields.map(([field, inner]) => `${field}=${writeForm(inner, names)}`).join(', ')}}`;
}

/** The call with its arguments already written, in order; all of them, or all but the last. */
export function writeCall(name: CallName, written: readonly string[]): string {
  const { spelled, takes } = SYNTAX[name];
  const present = written.length < ARGUMENTS[name].length ? takes.slice(0, -1) : takes;
  const texts = written.values();
  return `${spelled}(${present.map((form) => writeForm(form, texts)).join(', ')})`;
}

/** `mremap(addr, old_size, new_size, flags[, new_addr])`: what a hint shows. */
export function signature(name: CallName): string {
  const names: readonly string[] = ARGUMENTS[name];
  if (SYNTAX[name].leavesOut === undefined) return writeCall(name, names);
  return writeCall(name, names.slice(0, -1)).replace(/\)$/, `[, ${names.at(-1)}])`);
}

const kindsOf = (form: Form): readonly Kind[] =>
  form.form === 'argument' ? [form] : form.form === 'word' ? [] : form.fields.flatMap(([, inner]) => kindsOf(inner));

const KINDS: ReadonlyMap<CallName, readonly Kind[]> = new Map(
  CALL_NAMES.map((name) => [name, SYNTAX[name].takes.flatMap(kindsOf)]),
);

/** The kinds of a call's arguments, in the order of `ARGUMENTS`. */
export const argumentKinds = (name: CallName): readonly Kind[] => KINDS.get(name) ?? [];

/** Every name of every argument kind, with the first argument that it belongs to: `flags of mmap`. */
export const HOME: ReadonlyMap<string, string> = new Map(
  CALL_NAMES.flatMap((call) =>
    argumentKinds(call).flatMap((kind, i) =>
      kind.names.map(({ name }) => [name, `${ARGUMENTS[call][i]} of ${SYNTAX[call].spelled}`] as const),
    ),
  ).toReversed(),
);
