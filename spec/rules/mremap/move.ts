/**
 * mremap(2), pure moves since 6.17: FIXED and equal lengths, over any number of mappings.
 *
 *     AAAA..BB.CCC   ->   aaaa..bb.ccc
 *
 * Each mapping in the range is a piece. Pieces are moved in ascending order, each as one transaction that clears its own
 * part of the destination and nothing else; gaps are kept, and what lies under a gap's image stays. The first piece that fails ends
 * the call: the pieces before it have moved, it and the later ones have not.
 */
import { type Engine, fails, performs, performsEach, procedure, type Rule, returns } from '../../rule.ts';
import { parts, within } from '../../space.ts';
import type { Mapping, State } from '../../state.ts';
import { bytesOf } from '../arguments.ts';
import { type Removal, removal } from '../munmap.ts';
import { relocate } from './growth.ts';
import { isIneligible, isPureMove, newRange, oldRange, type Request } from './request.ts';
import { dontUnmapSpecial, hugePageMisuse, hugePageRounding, sourceSealed } from './source.ts';

/** One piece of a move: `from`, `old`, `to` are its own. */
interface Piece extends Request {
  readonly index: number;
}

export const gapFirst: Rule<Request> = {
  id: 'mremap/move-starts-in-gap',
  manual: 'mremap(2) DESCRIPTION: old_address must reside within a mapping; ERRORS, EFAULT',
  kernel: 'mm/mremap.c remap_move()',
  since: '6.17',
  when: (c) => isPureMove(c) && !((within(c.state, oldRange(c))[0]?.start ?? Infinity) <= c.from),
  then: fails('EFAULT'),
};

const firstMapping = (c: Request): Mapping | undefined => within(c.state, oldRange(c))[0];

/** Even if only a gap follows. Alone, exactly covered or reaching beyond the range, it may be moved. */
export const ineligibleFirst: Rule<Request> = {
  id: 'mremap/move-ineligible-first',
  kernel: 'mm/mremap.c remap_move()',
  since: '6.17',
  when: (c) => {
    const m = isPureMove(c) ? firstMapping(c) : undefined;
    return m !== undefined && isIneligible(c.state, m) && m.end < c.from + c.old;
  },
  then: fails('EFAULT'),
};

export const ineligibleLater: Rule<Piece> = {
  id: 'mremap/move-ineligible-later',
  manual:
    'mremap(2) MREMAP_FIXED: moving multiple mappings is not permitted if any of them is registered with userfaultfd(2) or its driver has address mapping logic of its own; ERRORS, EFAULT',
  kernel: 'mm/mremap.c remap_move()',
  since: '6.17',
  when: (c) => {
    const m = within(c.state, oldRange(c))[0];
    return c.index > 0 && m !== undefined && isIneligible(c.state, m);
  },
  then: fails('EFAULT'),
};

const asPiece = (rule: Rule<Request>): Rule<Piece> => rule as unknown as Rule<Piece>;

const piece = procedure<Piece>('mremap piece', [
  ineligibleLater,
  asPiece(sourceSealed),
  asPiece(hugePageMisuse),
  asPiece(hugePageRounding),
  asPiece(dontUnmapSpecial),
  asPiece(relocate),
]);

/** One mapping's part of the move. */
const asPart = (c: Request, part: Mapping, index: number): Piece => ({
  ...c,
  index,
  addr: bytesOf(c.state, part.start),
  newAddr: bytesOf(c.state, c.to + (part.start - c.from)),
  from: part.start,
  old: part.end - part.start,
  new: part.end - part.start,
  to: c.to + (part.start - c.from),
});

const sourceParts = (c: Request): readonly Mapping[] => parts(c.state, oldRange(c));

/** What the manual calls partially completed: an error, and any of the mappings moved. It promises neither order nor prefix. */
export const someMoved: Rule<Request> = {
  id: 'mremap/move-partially-completed',
  manual:
    'mremap(2) MREMAP_FIXED: atomic unless an error arises, in which case some mappings may be moved and others not',
  when: isPureMove,
  then: {
    kind: 'performs',
    through: piece,
    run: (c, engine) => {
      const tried = sourceParts(c).map((part, index) => engine.run(piece, asPart(c, part, index)));
      const failed = tried.flatMap((branches) => branches.filter((b) => b.end));
      const failures = [...new Map(failed.map((b) => [b.fired.at(-1), b])).values()];
      const goesOn = tried.every((branches) => branches.some((b) => !b.end)) ? [{ context: c, fired: [] }] : [];
      if (failures.length === 0) return goesOn;
      const partly = subsets(sourceParts(c).filter((_, i) => tried[i]?.some((b) => !b.end))).flatMap((chosen) => {
        const context = {
          ...c,
          state: chosen.reduce((state, part) => movedPart(engine, { ...c, state }, part), c.state),
        };
        return failures.map(({ fired, end }) => ({ context, fired, end: end as NonNullable<typeof end> }));
      });
      return [...partly, ...goesOn];
    },
  },
};

const movedPart = (engine: Engine, c: Request, part: Mapping): State =>
  engine.run(piece, asPart(c, part, 0)).find((b) => !b.end)?.context.state ?? c.state;

/** Every subset of up to eight mappings; of more, only those that begin with the first (enough for every kernel so far). */
const subsets = (all: readonly Mapping[]): readonly (readonly Mapping[])[] =>
  all.length > 8
    ? Array.from({ length: all.length + 1 }, (_, n) => all.slice(0, n))
    : Array.from({ length: 2 ** all.length }, (_, bits) => all.filter((_, i) => bits & (1 << i)));

/** The manual speaks of the whole range, and so of what lies under the image of a gap too; kernels leave that alone. */
export const clearAll: Rule<Request> = {
  id: 'mremap/move-clears-all',
  manual:
    'mremap(2) MREMAP_FIXED: any previous mapping at the address range specified by new_address and new_size is unmapped',
  when: isPureMove,
  then: performs(removal, (c): Removal => ({ ...c, range: newRange(c) })),
};

/** A piece of huge pages is moved whole even where the range ends inside it; nothing follows it then. */
export const pieces: Rule<Request> = {
  id: 'mremap/move-pieces',
  manual:
    'mremap(2) MREMAP_FIXED, since Linux 6.17: old_size may span beyond the mapping; gaps between mappings are maintained',
  kernel: 'mm/mremap.c remap_move()',
  since: '6.17',
  when: isPureMove,
  then: performsEach(piece, sourceParts, asPart),
};

export const movedAll: Rule<Request> = {
  id: 'mremap/move-done',
  manual: 'mremap(2) RETURN VALUE: a pointer to the new virtual memory area',
  kernel: 'mm/mremap.c remap_move()',
  since: '6.17',
  when: isPureMove,
  then: returns((c) => bytesOf(c.state, newRange(c).start)),
};
