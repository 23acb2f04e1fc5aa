/**
 * brk(2), of which the contract has no rules of its own: growth is a mapping that must not lie on another one, shrinking an unmapping,
 * and what comes back is the break as it is then.
 */
import type { CallEvent } from '../strace/index.ts';
import { asMapping, asRemoval, judgeCall, type Law } from './call.ts';
import { pagesOf } from './concern.ts';
import type { Line } from './known.ts';
import type { Space } from './space.ts';
import { allowedBy, forbiddenBy, type Told, unknownFor } from './told.ts';

const hex = (n: bigint): string => `0x${n.toString(16)}`;

/** Judges `brk(wanted) = now`. */
export function judgeBrk(space: Space, law: Law, { args, ending }: CallEvent, line: Line): Told {
  const wanted = args[0]?.value;
  if (wanted === undefined || ending.kind !== 'value') {
    space.forgetAll();
    return unknownFor('the arguments or the result cannot be read');
  }
  const now = ending.value;
  const before = space.brk;
  space.brk = now;
  if (before === undefined) {
    if (wanted === 0n) return unknownFor('where the heap ended before is not known');
    space.forgetAll();
    space.brk = now;
    return unknownFor('where the heap ended before is not known');
  }
  const from = pagesOf(before);
  const to = pagesOf(now);
  if (now !== wanted) {
    if (now === before) {
      const isAsked = wanted === 0n || wanted === before;
      return isAsked ? allowedBy('brk/unchanged') : unknownFor('a limit of the heap may have been reached');
    }
    const proof = space.land.meeting({ start: Math.min(from, to) - 1, end: Math.max(from, to) });
    space.forget({ start: Math.min(from, to), end: Math.max(from, to) });
    return forbiddenBy('brk/result', hex(now), `${hex(wanted)} or ${hex(before)}`, proof);
  }
  if (to === from) return allowedBy('brk/within-page');
  if (to < from) return judgeCall(space, law, asRemoval(to, from), line);
  const told = judgeCall(space, law, asMapping(from, to), line);
  space.land.join(from);
  return told;
}
