/** madvise(2): advice that is remembered as a flag of the mapping. Mappings are cut at the edges of the range. */
import { MADV } from '../../abi.ts';
import { VMFLAG } from '../../observation.ts';
import { fails, mayFail, performs, type Rule, type Then } from '../../rule.ts';
import { isHugetlb, type Mapping } from '../../state.ts';
import { type Modification, modification } from '../modify.ts';
import { noMemory } from '../scarce.ts';
import { isHuge, isSpecial, type Part } from './request.ts';

const { rr, sr, dc, dd, wf, hg, nh, mg, de } = VMFLAG;

const put =
  (off: number, on: number) =>
  (m: Mapping): number =>
    (m.flags & ~off) | on;

/** Pages of shared and of special mappings are not merged: the advice is ignored, without an error. */
const merge = (m: Mapping): number => (m.shared || isHugetlb(m) || (m.flags & de) !== 0 ? m.flags : m.flags | mg);

const FLAGS: ReadonlyMap<bigint, (m: Mapping) => number> = new Map([
  [MADV.NORMAL, put(rr | sr, 0)],
  [MADV.RANDOM, put(sr, rr)],
  [MADV.SEQUENTIAL, put(rr, sr)],
  [MADV.DONTFORK, put(0, dc)],
  [MADV.DOFORK, put(dc, 0)],
  [MADV.DONTDUMP, put(0, dd)],
  [MADV.DODUMP, put(dd, 0)],
  [MADV.WIPEONFORK, put(0, wf)],
  [MADV.KEEPONFORK, put(wf, 0)],
  [MADV.HUGEPAGE, put(nh, hg)],
  [MADV.NOHUGEPAGE, put(hg, nh)],
  [MADV.MERGEABLE, merge],
  [MADV.UNMERGEABLE, put(mg, 0)],
]);

/** Whether the advice is of this kind. */
export const isRemembered = (advice: bigint): boolean => FLAGS.has(advice);

const advised = (c: Part, m: Mapping): Mapping => {
  const flags = FLAGS.get(c.advice)?.(m) ?? m.flags;
  return flags === m.flags ? m : { ...m, flags };
};

/** Huge pages are special mappings too: what DONTFORK did to them cannot be undone since. 6.19 still asks for VM_IO only. */
export const inheritsSpecial: Rule<Part> = {
  id: 'madvise/dofork-special',
  kernel: 'mm/madvise.c madvise_vma_behavior()',
  since: '7.0',
  when: (c) => c.advice === MADV.DOFORK && isSpecial(c),
  then: fails('EINVAL'),
};

export const dumpsSpecial: Rule<Part> = {
  id: 'madvise/dodump-special',
  kernel: 'mm/madvise.c madvise_vma_behavior()',
  when: (c) => c.advice === MADV.DODUMP && isSpecial(c) && !isHuge(c),
  then: fails('EINVAL'),
};

/** A private mapping of /dev/zero is a file here. */
export const wipesObject: Rule<Part> = {
  id: 'madvise/wipeonfork-not-private-anonymous',
  manual: 'madvise(2) ERRORS, EINVAL: MADV_WIPEONFORK but the range includes file, Huge TLB, MAP_SHARED ranges',
  kernel: 'mm/madvise.c madvise_vma_behavior()',
  when: (c) => c.advice === MADV.WIPEONFORK && (c.part.shared || c.part.object !== 0),
  then: fails('EINVAL'),
};

const changes = (c: Part): boolean => isRemembered(c.advice) && advised(c, c.part) !== c.part;

/** Whoever merges pages must know of the process; and merged pages must be copied when it ends. */
export const noMemoryToMergePages: Rule<Part> = {
  ...noMemory<Part>(
    {
      id: 'madvise/no-memory-to-merge-pages',
      manual: 'madvise(2) ERRORS, EAGAIN: a kernel resource was temporarily unavailable',
      kernel: 'mm/ksm.c ksm_madvise()',
    },
    (c) => (c.advice === MADV.MERGEABLE || c.advice === MADV.UNMERGEABLE) && changes(c),
  ),
  then: mayFail('EAGAIN'),
};

/** The same procedure, but want of mappings is a resource that is temporarily unavailable. */
const again = (then: Then<Part>): Then<Part> =>
  then.kind !== 'performs'
    ? then
    : {
        ...then,
        run: (c, engine) =>
          then
            .run(c, engine)
            .map((b) =>
              b.end?.kind === 'error' && b.end.errno === 'ENOMEM'
                ? { ...b, end: { kind: 'error', errno: 'EAGAIN' } }
                : b,
            ),
      };

/** A mapping that has the flag already is left alone, uncut. */
export const remember: Rule<Part> = {
  id: 'madvise/remembered',
  manual:
    'madvise(2) DESCRIPTION: advice about the address range; ERRORS, EAGAIN: a kernel resource was temporarily unavailable',
  kernel: 'mm/madvise.c madvise_update_vma()',
  when: changes,
  then: again(performs(modification, (c): Modification => ({ ...c, to: (m) => advised(c, m) }))),
};
