/**
 * mremap(2): the order in which its rules are decided.
 *
 * 6.17 moved every check of the source in front of the destination's removal; before, a call refused for its source had
 * already lost its destination. 7.1 asks for room for all mappings that the worst case could make, once, at the start.
 */

import { decision } from '../../engine.ts';
import { fails, type Procedure, performs, procedure, type Rule, returns } from '../../rule.ts';
import { countBefore } from '../limits.ts';
import * as a from './arguments.ts';
import * as g from './growth.ts';
import * as m from './move.ts';
import * as r from './relocate.ts';
import { namesPlace, type Request, request } from './request.ts';
import * as s from './source.ts';

/** Four mappings below the limit, counting two that unmapping could add. Precedes every look at the source since 6.17. */
const countEarly: Rule<Request> = {
  id: 'mremap/mapping-count',
  manual: 'mremap(2) ERRORS, ENOMEM: … or would exceed the maximum number of allowed mappings',
  kernel: 'mm/mremap.c check_mremap_params()',
  until: '7.1',
  when: (c) => namesPlace(c) && countBefore(c.state) + 2 >= c.state.environment.maxMapCount - 3,
  then: fails('ENOMEM'),
};

/** Every call, even one that changes nothing. */
const countWorstCase: Rule<Request> = {
  id: 'mremap/mapping-count-worst-case',
  kernel: 'mm/mremap.c check_map_count_against_split_early()',
  since: '7.1',
  when: (c) => countBefore(c.state) + (c.dontUnmap ? 5 : 4) > c.state.environment.maxMapCount,
  then: fails('ENOMEM'),
};

const lookup = [s.sourceUnmapped, s.sourceSealed, s.hugePageMisuse, s.hugePageRounding];

/** Only the manual has these; kernels decide otherwise. */
const manualOnly = [s.duplicatesInPlace, s.dontUnmapNotPrivateAnonymous, s.spansSeveral, s.movedShrinkSpansSeveral];

const fit = [
  s.duplicatesPrivate,
  s.dontUnmapSpecial,
  s.beyondMapping,
  s.growsSpecial,
  s.growsBeyondMemlock,
  s.growsBeyondSize,
];

const inPlace = [g.sameSize, g.shrinkInPlace, g.shrunk];
const growth = [
  g.growthBeyondCommit,
  g.growthPerhapsBeyondCommit,
  g.noMemoryToGrow,
  g.growInPlace,
  ...r.populated,
  g.grown,
  g.mayNotMove,
];

/** Until 6.17: destination and tail go first, then the source is looked at. */
const lateRelocation = procedure<Request>('mremap relocation', [
  r.clearDestination,
  r.sourceLost,
  r.dropTail,
  ...fit,
  ...r.afterClearing,
]);

const relocateLate: Rule<Request> = {
  id: 'mremap/relocated-unchecked',
  kernel: 'mm/mremap.c mremap_to()',
  until: '6.17',
  when: namesPlace,
  then: performs(
    lateRelocation,
    (c) => c,
    (_, d) => d,
  ),
};

const placedLate: Rule<Request> = {
  id: 'mremap/placed-unchecked',
  kernel: 'mm/mremap.c mremap_to()',
  until: '6.17',
  when: namesPlace,
  then: returns(r.whereTo),
};

const orders: Procedure<Request> = {
  name: 'mremap',
  orders: [
    {
      since: '6.17',
      rules: [
        a.unknownFlag,
        a.sourceUnaligned,
        a.newSizeZero,
        a.newSizeTooLarge,
        a.placeTooHigh,
        a.placeUnaligned,
        a.needsMayMove,
        a.dontUnmapResizes,
        a.overlaps,
        countEarly,
        countWorstCase,
        ...manualOnly,
        m.gapFirst,
        m.ineligibleFirst,
        m.someMoved,
        m.clearAll,
        m.pieces,
        m.movedAll,
        ...lookup,
        ...inPlace,
        ...fit,
        ...growth,
        g.relocate,
        g.placed,
      ],
    },
    {
      since: '6.15',
      until: '6.17',
      rules: [
        a.unknownFlag,
        a.sourceUnaligned,
        a.newSizeZero,
        a.placeUnaligned,
        a.needsMayMove,
        a.dontUnmapResizesBytes,
        countEarly,
        ...lookup,
        ...inPlace,
        a.placeTooHigh,
        a.overlaps,
        relocateLate,
        placedLate,
        ...fit,
        ...growth,
        g.relocate,
        g.placed,
      ],
    },
    {
      until: '6.15',
      rules: [
        a.unknownFlag,
        a.needsMayMove,
        a.dontUnmapResizesBytes,
        a.sourceUnaligned,
        a.newSizeZero,
        ...lookup,
        ...inPlace,
        a.placeUnaligned,
        a.placeTooHigh,
        a.overlaps,
        countEarly,
        relocateLate,
        placedLate,
        ...fit,
        ...growth,
        g.relocate,
        g.placed,
      ],
    },
  ],
};

export const mremap = decision(orders, request);
