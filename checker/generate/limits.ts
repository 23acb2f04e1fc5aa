/** Limits with small headroom above what is mapped, capabilities taken away, and the number of mappings. */
import { CAP, RLIM_INFINITY, RLIMIT } from '../../spec/index.ts';
import type { CounterName } from '../program/index.ts';
import { aimMapping, aimPart } from './aim.ts';
import { type Choices, chance } from './choices.ts';
import type { World } from './world.ts';

/**
 * The hard limit of locked memory that kernels start with. Hard limits are never raised, because whether that is allowed depends on a capability
 * (CAP_SYS_RESOURCE) of the machine that programs do not know of; the other two start without a limit and keep that.
 */
const LOCK_LIMIT = 8n << 20n;

const set = (w: World, c: Choices, resource: bigint, counter: CounterName, most: number): void => {
  const hard = resource === RLIMIT.MEMLOCK ? LOCK_LIMIT : RLIM_INFINITY;
  // Mostly room for a few pages: enough for one piece of a move and too little for the next.
  const pages = chance(c, 8) ? -1 - c.int(4) : c.int(most + 1);
  const room = BigInt(pages) * w.pageBytes + (chance(c, 8) ? 100n : 0n);
  const cur = chance(c, 10) ? w.number(hard) : { base: counter, offset: BigInt.asUintN(64, room) };
  w.emit('setrlimit', w.number(resource), cur, w.number(hard));
};

/** RLIMIT_AS or RLIMIT_DATA near what is used. */
export const limitSpace = (w: World, c: Choices): void => {
  if (chance(c, 45)) set(w, c, RLIMIT.DATA, 'VmData', 6);
  else set(w, c, RLIMIT.AS, 'VmSize', 6);
};

/** RLIMIT_MEMLOCK near what is locked, after the capability that overrides it is gone, with something locked to grow. */
export const limitLocks = (w: World, c: Choices): void => {
  if (!w.taken.ipcLock) {
    w.taken.ipcLock = true;
    w.emit('drop_capability', w.number(CAP.IPC_LOCK));
  }
  const m = aimMapping(w, c, (candidate) => candidate.backing === 'private') ?? aimMapping(w, c);
  if (m !== undefined && !m.locked) {
    const { start, end } = chance(c, 50) ? m : aimPart(w, c, m);
    if (w.emit('mlock', w.address(c, start), w.size(end - start)) !== undefined)
      w.sketch.change(start, end, { locked: true });
  }
  if (chance(c, 10)) w.emit('setrlimit', w.number(RLIMIT.MEMLOCK), w.number(0), w.number(LOCK_LIMIT));
  else set(w, c, RLIMIT.MEMLOCK, 'VmLck', 3);
};

/** Nearly as many mappings as are possible, once in a program; nowhere where that takes minutes (`skipReason`). */
export const fill = (w: World, c: Choices): void => {
  if (w.taken.filled || w.environment.features.includes('fault_injection')) return;
  w.taken.filled = true;
  w.emit('fill_mappings', w.number(c.int(9)));
};

/** Below `mmap_min_addr`, where only who has no CAP_SYS_RAWIO is refused. */
export const dropLowest = (w: World): void => {
  if (w.taken.rawIo) return;
  w.taken.rawIo = true;
  w.emit('drop_capability', w.number(CAP.SYS_RAWIO));
};
