/** Which rules decide which call. */
import type { CallName } from '../calls.ts';
import type { Decision } from '../rule.ts';
import { mremap } from './mremap/index.ts';
import { munmap } from './munmap.ts';

export const DECISIONS: { readonly [name in CallName]?: Decision } = {
  mremap,
  munmap,
};
