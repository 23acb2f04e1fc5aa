/** Memory accesses and mremap, from their arguments. */
import { type Prepare, pagesOf } from '../arguments.ts';
import { load as loadPage, store as storePage } from '../fault/index.ts';
import { mremap as remap } from '../mremap/index.ts';
import { SIGSEGV } from '../signals.ts';

export const load: Prepare = (s, args) => {
  const page = Math.floor(pagesOf(s, args[0] ?? 0n));
  return () => (page >= s.environment.taskSize ? SIGSEGV : loadPage(s, page));
};

export const store: Prepare = (s, args) => {
  const page = Math.floor(pagesOf(s, args[0] ?? 0n));
  const content = Number(args[1] ?? 0n);
  return () => (page >= s.environment.taskSize ? SIGSEGV : storePage(s, page, content));
};

export const mremap: Prepare = (s, args) => {
  const [from = 0, old = 0, length = 0, , to = 0] = args.map((arg) => pagesOf(s, arg));
  const flags = Number(args[3] ?? 0n);
  return () => remap(s, from, old, length, flags, to);
};
