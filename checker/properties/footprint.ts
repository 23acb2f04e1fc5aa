/** What each call names: where it may change mappings, their flags, or contents. All else is no business of it. */
import { type Call, type CallName, MADV, MAP, PROT, VMFLAG } from '../../spec/index.ts';
import type { Act } from './acts.ts';
import { ALL_FLAGS, type Attributes, EVERYTHING, firstBehind, LOCKED, mappingAt, REGISTERED } from './layout.ts';
import type { Moment } from './moment.ts';
import { pageOf, pagesOf, type Range, touchedBy } from './ranges.ts';

/** Attributes that stay as they are, in a range of which others may change. */
export interface Restricted extends Range {
  readonly stay: Attributes;
}

export interface Footprint {
  /** Mappings come and go here. */
  readonly free: readonly Range[];
  /** Mappings stay here, but some of their attributes may change. */
  readonly restricted?: Restricted;
  /** Contents may change here, or be lost. */
  readonly contents: readonly Range[];
}

const NOTHING: Footprint = { free: [], contents: [] };

/** All but some flags stay. */
const butFlags = (flags: number): Attributes => ({ ...EVERYTHING, flags: ALL_FLAGS & ~flags });
const BUT_LOCKS = butFlags(LOCKED);
const BUT_REGISTRATION = butFlags(REGISTERED);
const BUT_SEAL = butFlags(VMFLAG.sl);
const { dc, dd, wf, hg, nh, gu, rr, sr, mg } = VMFLAG;
const BUT_ADVICE = butFlags(dc | dd | wf | hg | nh | gu | rr | sr | mg);
const BUT_PROTECTION: Attributes = { flags: ALL_FLAGS & ~VMFLAG.ac, protection: false, object: true };

/** Advice after which contents are what they were. */
const KEEPING: ReadonlySet<bigint> = new Set([
  ...[MADV.NORMAL, MADV.RANDOM, MADV.SEQUENTIAL, MADV.WILLNEED, MADV.DONTFORK, MADV.DOFORK, MADV.MERGEABLE],
  ...[MADV.UNMERGEABLE, MADV.HUGEPAGE, MADV.NOHUGEPAGE, MADV.DONTDUMP, MADV.DODUMP, MADV.WIPEONFORK],
  ...[MADV.KEEPONFORK, MADV.COLD, MADV.PAGEOUT, MADV.POPULATE_READ, MADV.POPULATE_WRITE, MADV.COLLAPSE],
]);

type Find = (moment: Moment, args: readonly bigint[]) => Footprint;

/** Whole pages from an aligned address on. */
const aligned = ({ environment }: Moment, address = 0n, bytes = 0n): Range => {
  const start = pageOf(address, environment.pageSize);
  return { start, end: start + pagesOf(bytes, environment.pageSize) };
};
const locking: Find = ({ environment }, [address = 0n, bytes = 0n]) => ({
  ...NOTHING,
  restricted: { ...touchedBy(address, bytes, environment.pageSize), stay: BUT_LOCKS },
});
const lockingAll: Find = (moment) => ({ ...NOTHING, restricted: { ...moment.environment.window, stay: BUT_LOCKS } });
const registering: Find = (moment, [, start, bytes]) => ({
  ...NOTHING,
  restricted: { ...aligned(moment, start, bytes), stay: BUT_REGISTRATION },
});

/** A mapping that grows down may come down to the page that is accessed. */
const stack = ({ before = [] }: Moment, page: number): Range => {
  const above = before[firstBehind(before, page)];
  const grows = above !== undefined && above.start > page && (above.flags ?? VMFLAG.gd) & VMFLAG.gd;
  return grows ? { start: page, end: above.start } : { start: page, end: page };
};

/** Every place that shows the page of an object which a store to `page` writes. */
function aliases({ before = [] }: Moment, page: number): readonly Range[] {
  const mapping = mappingAt(before, page);
  if (mapping === undefined || !mapping.shared) return [{ start: page, end: page + 1 }];
  const offset = mapping.offset + page - mapping.start;
  return before
    .filter((m) => m.file === mapping.file && m.offset <= offset && offset < m.offset + m.end - m.start)
    .map((m) => ({ start: m.start + offset - m.offset, end: m.start + offset - m.offset + 1 }));
}

const access: Find = (moment, [address = 0n]) => {
  const page = pageOf(address, moment.environment.pageSize);
  const free = [stack(moment, page)];
  return { free, contents: moment.step.call.name === 'store' ? [...free, ...aliases(moment, page)] : free };
};

const mapping: Find = (moment, [address = 0n, bytes = 0n, , flags = 0n]) => {
  const { result } = moment.step;
  const huge = (flags & MAP.HUGETLB) !== 0n ? moment.environment.hugePage || 1 : 1;
  const asked = result.kind === 'value' ? result.value : address;
  if (result.kind !== 'value' && (flags & MAP.FIXED) === 0n) return NOTHING;
  const { start, end } = aligned(moment, asked, bytes);
  const range = { start, end: start + Math.ceil((end - start) / huge) * huge };
  return { free: [range], contents: [range] };
};

const protecting: Find = (moment, [address, bytes, prot = 0n]) => {
  const range = aligned(moment, address, bytes);
  const below = mappingAt(moment.before ?? [], range.start)?.start ?? range.start;
  const start = (prot & PROT.GROWSDOWN) !== 0n ? below : range.start;
  return { ...NOTHING, restricted: { start, end: range.end, stay: BUT_PROTECTION } };
};

const advising: Find = (moment, [address, bytes, advice = 0n]) => {
  const range = aligned(moment, address, bytes);
  return { free: [], restricted: { ...range, stay: BUT_ADVICE }, contents: KEEPING.has(advice) ? [] : [range] };
};

/** Everything that is of an object. */
const objects = ({ before = [] }: Moment): readonly Range[] => before.filter((m) => m.file !== 0);

const FOOTPRINTS: Partial<Record<CallName, Find>> = {
  mremap: ({ ranges }) => ({ free: ranges, contents: ranges }),
  mmap: mapping,
  munmap: (moment, [address, bytes]) => {
    const range = aligned(moment, address, bytes);
    return { free: [range], contents: [range] };
  },
  mprotect: protecting,
  mlock: locking,
  mlock2: locking,
  munlock: locking,
  mlockall: lockingAll,
  munlockall: lockingAll,
  madvise: (moment, args) =>
    args[2] === MADV.REMOVE ? { ...advising(moment, args), contents: objects(moment) } : advising(moment, args),
  mseal: (moment, [address, bytes]) => ({
    ...NOTHING,
    restricted: { ...aligned(moment, address, bytes), stay: BUT_SEAL },
  }),
  uffdio_register: registering,
  uffdio_unregister: registering,
  close: (moment) => ({ ...NOTHING, restricted: { ...moment.environment.window, stay: BUT_REGISTRATION } }),
  ftruncate: (moment) => ({ ...NOTHING, contents: objects(moment) }),
  load: access,
  store: access,
};

/** Asked for by `Moment.footprint`. */
export const footprintAt = (moment: Moment): Footprint =>
  FOOTPRINTS[moment.step.call.name]?.(moment, moment.step.call.args) ?? NOTHING;

/** What any call but `mremap` does to contents. */
export function actsOf(moment: Moment): readonly Act[] {
  const { step, environment } = moment;
  const { call, result } = step;
  const changed = (kind: 'forget' | 'give up'): readonly Act[] =>
    moment.footprint.contents.map((range) => ({ kind, ...range }));
  const forget = (): readonly Act[] => changed('forget');
  const failed = result.kind !== 'value';
  if (call.name === 'store')
    return failed ? forget() : stored(moment, pageOf(call.args[0] ?? 0n, environment.pageSize), call);
  if (call.name === 'ftruncate' || (call.name === 'madvise' && call.args[2] === MADV.REMOVE))
    return failed && call.name === 'ftruncate' ? [] : [{ kind: 'forget objects' }];
  if (call.name === 'madvise' && call.args[2] === MADV.FREE) return changed('give up');
  if (call.name === 'mmap' && !failed) return [...forget(), ...fresh(call, forget())];
  if (call.name === 'munmap' && failed) return [];
  if (call.name === 'mmap' || call.name === 'munmap' || call.name === 'madvise') return forget();
  return call.name === 'load' ? forget() : [];
}

/** Numbers above are not exact in an observation. */
const MOST_EXACT = 2n ** 53n;

function stored(moment: Moment, page: number, { args }: Call): readonly Act[] {
  const value = args[1] ?? 0n;
  const content = value < MOST_EXACT ? Number(value) : undefined;
  const { before = [] } = moment;
  const grown: Act = { kind: 'forget', ...stack(moment, page) };
  return [
    grown,
    ...aliases(moment, page).map(({ start }): Act => {
      const shows = start === page || mappingAt(before, start)?.shared === true;
      return { kind: 'write', page: start, content: shows ? content : undefined };
    }),
  ];
}

/** Private anonymous pages that were just mapped are zero. */
function fresh({ args }: Call, forgotten: readonly Act[]): readonly Act[] {
  const flags = args[3] ?? 0n;
  const isAnonymous = (flags & (MAP.ANONYMOUS | MAP.TYPE | MAP.HUGETLB)) === (MAP.ANONYMOUS | MAP.PRIVATE);
  return isAnonymous
    ? forgotten.flatMap((act) => (act.kind === 'forget' ? [{ ...act, kind: 'zero' as const }] : []))
    : [];
}
