/** Advice that is remembered as a flag of the mapping. */
import { MADV } from '../../../spec/abi.ts';
import { VMFLAG } from '../../../spec/observation.ts';
import { modifyFlags } from '../../mapping/modify.ts';
import { EAGAIN, EINVAL, ENOMEM, FILE, MAYSHARE, SHARED, type Space } from '../../space.ts';

const { rr, sr, dc, dd, wf, hg, nh, mg, de, ht } = VMFLAG;

/** What each advice takes away and gives. */
const CHANGES: ReadonlyMap<number, readonly [off: number, on: number]> = new Map([
  [Number(MADV.NORMAL), [rr | sr, 0]],
  [Number(MADV.RANDOM), [sr, rr]],
  [Number(MADV.SEQUENTIAL), [rr, sr]],
  [Number(MADV.DONTFORK), [0, dc]],
  [Number(MADV.DOFORK), [dc, 0]],
  [Number(MADV.DONTDUMP), [0, dd]],
  [Number(MADV.DODUMP), [dd, 0]],
  [Number(MADV.WIPEONFORK), [0, wf]],
  [Number(MADV.KEEPONFORK), [wf, 0]],
  [Number(MADV.HUGEPAGE), [nh, hg]],
  [Number(MADV.NOHUGEPAGE), [hg, nh]],
  [Number(MADV.MERGEABLE), [0, mg]],
  [Number(MADV.UNMERGEABLE), [mg, 0]],
]);

export const isRemembered = (advice: number): boolean => CHANGES.has(advice);

/** Pages of shared and of special mappings are not merged: the advice is ignored. */
const isIgnored = (advice: number, flags: number): boolean =>
  advice === Number(MADV.MERGEABLE) && (flags & (SHARED | MAYSHARE | de | ht)) !== 0;

const isRefused = (s: Space, m: number, advice: number): boolean => {
  const flags = s.flags(m);
  if (advice === Number(MADV.DOFORK)) return s.kernel.keepsSpecialFromChildren && (flags & de) !== 0;
  if (advice === Number(MADV.DODUMP)) return (flags & de) !== 0 && (flags & ht) === 0;
  return advice === Number(MADV.WIPEONFORK) && (s.heap.get(m + FILE) !== 0 || (flags & SHARED) !== 0);
};

/** Returns the mapping that holds the range then, or an error. */
export const remember = (s: Space, m: number, start: number, end: number, advice: number): number => {
  const old = s.flags(m);
  if (isRefused(s, m, advice)) return EINVAL;
  const [off, on] = CHANGES.get(advice) ?? [0, 0];
  const flags = isIgnored(advice, old) ? old : (old & ~off) | on;
  if (flags === old) return m;
  const changed = modifyFlags(s, m, start, end, flags);
  return changed === ENOMEM ? EAGAIN : changed;
};
