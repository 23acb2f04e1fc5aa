/**
 * Calls and their results, as they cross the system-call boundary: arguments are unsigned 64-bit `bigint`s in the order
 * of `ARGUMENTS`, exactly as given, because unaligned and overflowing values are part of the contract.
 */
import type { Errno } from './abi.ts';

/**
 * What each call takes, in order. `load`, `store` are memory accesses; `fill_mappings(room)` maps unrelated pages, far from
 * everything else, until only `room` more mappings are possible (it returns how many pages it mapped); `drop_capability` takes
 * a capability out of the effective set. The last two stand for situations, not for system calls.
 * `store(addr, value)` writes the content `value` into the whole page that holds `addr`; `load(addr)` returns that page's content.
 */
export const ARGUMENTS = {
  mremap: ['addr', 'old_size', 'new_size', 'flags', 'new_addr'],
  mmap: ['addr', 'length', 'prot', 'flags', 'fd', 'offset'],
  munmap: ['addr', 'length'],
  mprotect: ['addr', 'length', 'prot'],
  mlock: ['addr', 'length'],
  mlock2: ['addr', 'length', 'flags'],
  munlock: ['addr', 'length'],
  mlockall: ['flags'],
  munlockall: [],
  madvise: ['addr', 'length', 'advice'],
  mseal: ['addr', 'length', 'flags'],
  userfaultfd: ['flags'],
  uffdio_api: ['fd', 'features'],
  uffdio_register: ['fd', 'start', 'len', 'mode'],
  uffdio_unregister: ['fd', 'start', 'len'],
  memfd_create: ['flags'],
  openat: ['file', 'flags'],
  ftruncate: ['fd', 'length'],
  close: ['fd'],
  setrlimit: ['resource', 'cur', 'max'],
  load: ['addr'],
  store: ['addr', 'value'],
  fill_mappings: ['room'],
  drop_capability: ['capability'],
} as const;

export type CallName = keyof typeof ARGUMENTS;
export const CALL_NAMES = Object.keys(ARGUMENTS) as readonly CallName[];

/** One call with its arguments as given. Unsigned: −1 is 0xffffffffffffffff. */
export interface Call {
  readonly name: CallName;
  readonly args: readonly bigint[];
}

export type Signal = 'SIGSEGV' | 'SIGBUS';

/**
 * What came back: a value (address, descriptor, content, 0), an errno, or for `load`/`store` the signal that the access raised.
 * `died` and `hung` are no results of the contract: the process was killed in the call, or did not come back in time.
 */
export type Result =
  | { readonly kind: 'value'; readonly value: bigint }
  | { readonly kind: 'error'; readonly errno: Errno | `errno ${number}` }
  | { readonly kind: 'signal'; readonly signal: Signal }
  | { readonly kind: 'died'; readonly signal: string }
  | { readonly kind: 'hung' };
