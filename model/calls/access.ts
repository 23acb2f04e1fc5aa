/** Memory accesses and mremap, from their arguments. */
import { pagesOf } from '../arguments.ts';
import { load as loadPage, store as storePage } from '../fault/index.ts';
import { mremap as remap } from '../mremap/index.ts';
import { SIGSEGV } from '../signals.ts';
import type { Space } from '../space.ts';

export const load = (s: Space, args: readonly bigint[]): number => {
  const page = Math.floor(pagesOf(s, args[0] ?? 0n));
  return page >= s.environment.taskSize ? SIGSEGV : loadPage(s, page);
};

export const store = (s: Space, args: readonly bigint[]): number => {
  const page = Math.floor(pagesOf(s, args[0] ?? 0n));
  return page >= s.environment.taskSize ? SIGSEGV : storePage(s, page, Number(args[1] ?? 0n));
};

export const mremap = (s: Space, args: readonly bigint[]): number => {
  const [from = 0n, old = 0n, length = 0n, flags = 0n, to = 0n] = args;
  return remap(s, pagesOf(s, from), pagesOf(s, old), pagesOf(s, length), Number(flags), pagesOf(s, to));
};
