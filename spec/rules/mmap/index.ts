/** mmap(2): the order in which its rules are decided. */

import { decision } from '../../engine.ts';
import type { Procedure } from '../../rule.ts';
import * as address from './address.ts';
import * as a from './arguments.ts';
import * as b from './backing.ts';
import * as p from './place.ts';
import * as r from './replace.ts';
import { type Request, request } from './request.ts';

const before = [
  a.offsetUnaligned,
  a.badDescriptor,
  a.hugeWithoutHugeFile,
  a.hugeSizeImpossible,
  a.hugeNotPrivileged,
  a.hugeLength,
  a.noMemoryForHugePages,
  a.noMemoryForHugeInode,
  a.empty,
  a.lengthWraps,
  a.tooLarge,
  a.countAboveLimit,
  address.tooLong,
  address.hugeUnaligned,
  address.minusOne,
  address.beyondUserSpace,
  address.unaligned,
  address.belowMinimum,
  address.noRoom,
  address.perhapsNoRoom,
  address.hint,
  address.hintForHugePages,
  address.hintForHugePagesEarly,
  address.hintWithoutRoomToAlign,
  address.choose,
  address.exists,
  b.lockForbidden,
  b.lockLimit,
  b.offsetTooLarge,
  b.noType,
  b.noTypeDroppable,
  b.validatesAnonymous,
  b.unknownFlag,
  b.unknownSync,
  b.unknownFlagManual,
  b.notWritable,
  b.notReadable,
  b.notRegular,
  b.mayNotExecute,
  b.executesUffd,
  b.notMappable,
  b.growsDownShared,
  b.droppableMisuse,
];

const flags = [p.unreserved, p.charged, p.locked, p.lockedByFuture, p.stack, p.hugePages];
const made = [r.notSynchronous, r.hugeOffset, r.hugePool, r.sharedCommitLimit, r.sharedCommitLimitReadOnly];
const put = [
  p.mapPrivate,
  p.mapShared,
  p.mapZeroReadOnly,
  p.mapZeroReadOnlyShared,
  p.mapHuge,
  p.mapObject,
  ...p.populated,
  p.done,
];

const orders: Procedure<Request> = {
  name: 'mmap',
  orders: [
    {
      since: '6.12',
      rules: [
        ...before,
        r.replaceable,
        r.sizeLimit,
        r.chargeLimit,
        r.replace,
        r.noMemoryToMap,
        ...r.noMemoryForInode,
        ...made,
        ...flags,
        ...put,
      ],
    },
    {
      until: '6.12',
      rules: [
        ...before,
        r.sizeLimit,
        r.irreplaceable,
        r.noMemoryToReplace,
        r.replace,
        r.chargeLimitLate,
        r.noMemoryToMap,
        ...r.noMemoryForInode,
        ...made,
        ...flags,
        ...put,
      ],
    },
  ],
};

export const mmap = decision(orders, request);
