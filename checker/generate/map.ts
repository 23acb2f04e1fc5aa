/** New mappings of every backing, and the ends of mappings. */
import { MAP, MFD, O, PROT } from '../../spec/index.ts';
import { aimMapping, aimRange, freeIn } from './aim.ts';
import { type Choices, chance, draw, oneOf, table } from './choices.ts';
import { type Backing, isHuge, isShared } from './sketch.ts';
import { WEIGHTS } from './weights.ts';
import type { Descriptor, World } from './world.ts';

const smallBackings = table<Backing>(WEIGHTS.backings);
const hugeBackings = table<Backing>(WEIGHTS.hugeBackings);
const placements = table(WEIGHTS.placement);
const spots = table(WEIGHTS.spot);
const extras = table(WEIGHTS.extras);
const protections = table(WEIGHTS.prot);
const PROTECTION = {
  'read write': PROT.READ | PROT.WRITE,
  read: PROT.READ,
  none: 0n,
  'read write exec': PROT.READ | PROT.WRITE | PROT.EXEC,
  write: PROT.WRITE,
} as const;

/** A protection for `mmap` or `mprotect`. */
export const aimProtection = (c: Choices): bigint => PROTECTION[draw(c, protections)];

const kindOf = (backing: Backing): Descriptor['kind'] | undefined => {
  if (backing === 'memfd' || backing === 'memfd private') return 'memfd';
  if (backing === 'file' || backing === 'file private') return 'file';
  if (backing === 'file read-only') return backing;
  return backing === 'zero private' || backing === 'zero shared' ? 'zero' : undefined;
};

/** A descriptor of a kind: one that is there, or a new one; none in a confined program that began without. Two descriptors of one file are two objects to coalescing. */
const descriptor = (w: World, c: Choices, kind: Descriptor['kind']): number | undefined => {
  const there = w.descriptors.filter((d) => d.kind === kind);
  if (w.confinement !== undefined) return there[0]?.line;
  if (there.length > 0 && !chance(c, 20)) return oneOf(c, there).line;
  let line: number;
  if (kind === 'memfd') {
    line = w.emit('memfd_create', w.number(MFD.CLOEXEC))!;
    w.emit('ftruncate', w.result(line), w.size(chance(c, 20) ? 3 : 16));
  } else
    line = w.emit(
      'openat',
      w.number(kind === 'zero' ? 1 : 0),
      w.number((kind === 'file read-only' ? O.RDONLY : O.RDWR) | O.CLOEXEC),
    )!;
  w.descriptors.push({ line, kind });
  return line;
};

/** A place for a new mapping in one of the small zones. */
const spot = (w: World, c: Choices, pages: number): number => {
  const zone = chance(c, 35) ? w.destination : w.source;
  const inside = w.sketch.all.filter((m) => m.start >= zone.start && m.end + pages <= zone.end);
  if (inside.length === 0) return zone.start + c.int(4);
  const last = inside[inside.length - 1]!;
  switch (draw(c, spots)) {
    case 'gap':
      return last.end + 1 + c.int(3);
    case 'before':
      return Math.max(w.environment.arena + 1, inside[0]!.start - pages);
    case 'hole':
      return freeIn(w, zone, pages);
    case 'over':
      return oneOf(c, inside).start + c.int(3);
    default:
      return last.end;
  }
};

/** What a new mapping is to be; what is left out is drawn. */
export interface Wanted {
  readonly backing: Backing;
  readonly start?: number;
  readonly pages: number;
  readonly prot?: bigint;
}

const offsetFor = (w: World, c: Choices, wanted: Wanted, start: number): number => {
  const kind = kindOf(wanted.backing);
  if (kind === undefined || kind === 'zero') return 0;
  // Continuing the neighbour's offset is what lets two mappings of one object coalesce.
  const left = w.sketch.at(start - 1);
  return left?.backing === wanted.backing && !chance(c, 30) ? (left.end - left.start) % 12 : c.int(4);
};

/** Maps, and tells the sketch. The place is FIXED unless the draw says otherwise. */
export const mapOne = (w: World, c: Choices, wanted: Wanted): number | undefined => {
  const { backing, pages } = wanted;
  const kind = kindOf(backing);
  const fd = kind === undefined ? undefined : descriptor(w, c, kind);
  if (kind !== undefined && fd === undefined) return undefined;
  const start = wanted.start ?? spot(w, c, pages);
  const placement = wanted.start === undefined ? draw(c, placements) : 'fixed';
  const prot = wanted.prot ?? (backing === 'file read-only' && !chance(c, 15) ? PROT.READ : aimProtection(c));
  let flags: bigint = isShared(backing) ? MAP.SHARED : MAP.PRIVATE;
  if (fd === undefined) flags |= MAP.ANONYMOUS;
  if (isHuge(backing)) flags |= MAP.HUGETLB | MAP.NORESERVE;
  // Nothing that fills a whole huge page with small ones: each would be looked at after every call.
  const extra = isHuge(backing) || pages >= w.huge ? 'none' : draw(c, extras);
  if (extra !== 'none' && (backing === 'private' || extra !== 'GROWSDOWN')) flags |= MAP[extra];
  if (placement === 'fixed') flags |= MAP.FIXED;
  if (placement === 'noreplace') flags |= MAP.FIXED_NOREPLACE;
  const safeProt = fd === undefined ? prot : prot & ~PROT.EXEC;
  const line = w.emit(
    'mmap',
    placement === 'none' ? w.number(0) : w.address(c, start),
    w.size(pages),
    w.number(safeProt),
    w.number(flags),
    fd === undefined ? w.number(-1) : w.result(fd),
    w.size(offsetFor(w, c, wanted, start)),
  );
  if (line === undefined) return undefined;
  const free = w.sketch.free(start, start + pages);
  if (placement === 'noreplace' && !free) return line;
  if (placement === 'fixed' && w.sketch.within(start, start + pages).some((m) => m.sealed)) return line;
  const floats = placement === 'none' || (placement === 'hint' && !free);
  const page = floats ? w.anchor(line, pages) : start;
  if (page === undefined) return line;
  // A hint may be passed over after all, so what comes back must not stand for the place.
  if (!floats && placement !== 'hint') w.remember(line, start, pages);
  w.sketch.put({
    start: page,
    end: page + pages,
    backing,
    prot: safeProt,
    locked: extra === 'LOCKED',
    sealed: false,
    uffd: -1,
  });
  return line;
};

/** A mapping of one to four pages somewhere in the arena. */
export const mapSomething = (w: World, c: Choices): void => {
  mapOne(w, c, { backing: draw(c, smallBackings), pages: 1 + c.int(4) });
};

/** Writes to a page of each table: where nothing is present there is no table to move. */
const fillTables = (w: World, c: Choices, start: number, end: number): void => {
  for (let table = start; table < end; table += w.huge)
    w.emit('store', w.address(c, table + c.int(Math.min(w.huge, end - table))), w.number(w.freshContent()));
};

/** In the huge zone: hugetlb, or plain memory over a whole huge page, so that page tables can move as wholes. */
export const mapHuge = (w: World, c: Choices): void => {
  const backing = draw(c, hugeBackings);
  if (isHuge(backing) && w.environment.hugePage === 0) {
    mapSomething(w, c);
    return;
  }
  const pages = w.huge * (1 + c.int(2));
  const free = freeIn(w, w.hugeZone, pages, w.huge);
  const odd = isHuge(backing) || !chance(c, 50) ? 0 : 1 + c.int(4);
  // A small neighbour makes rows of small and huge pieces.
  if (chance(c, 40)) mapOne(w, c, { backing: 'private', start: free - 2, pages: 2, prot: PROT.READ | PROT.WRITE });
  mapOne(w, c, { backing, start: free, pages: pages - odd });
  if (!isHuge(backing) && chance(c, 50)) fillTables(w, c, free, free + pages - odd);
};

/** Makes a hole. */
export const unmapSomething = (w: World, c: Choices): void => {
  const m = aimMapping(w, c);
  const { start, end } =
    m !== undefined && chance(c, 40) ? { start: m.start + ((m.end - m.start) >> 1), end: m.end } : aimRange(w, c);
  if (w.emit('munmap', w.address(c, start), w.size(end - start)) === undefined) return;
  if (!w.sketch.within(start, end).some((piece) => piece.sealed)) w.sketch.remove(start, end);
};
