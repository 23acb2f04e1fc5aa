/** Calls that change attributes of what is mapped: protection, locks, advice, seals, registrations; and memory accesses. */
import { MADV, MCL, MLOCK, O, PROT, UFFD, UFFD_FEATURE, UFFDIO_REGISTER_MODE } from '../../spec/index.ts';
import { aimMapping, aimPage, aimPart, aimRange, aimRow, type Range } from './aim.ts';
import { type Choices, chance, draw, oneOf, table } from './choices.ts';
import { aimProtection } from './map.ts';
import type { Guess } from './sketch.ts';
import { WEIGHTS } from './weights.ts';
import type { World } from './world.ts';

const advice = table(WEIGHTS.advice);
const locks = table(WEIGHTS.locks);
const MODES = [
  UFFDIO_REGISTER_MODE.MISSING,
  UFFDIO_REGISTER_MODE.MISSING | UFFDIO_REGISTER_MODE.WP,
  UFFDIO_REGISTER_MODE.WP,
] as const;

/** Writes a content of its own to a page, most often to several pages, so that a later mix-up shows. */
export const storeSome = (w: World, c: Choices): void => {
  const times = 1 + c.int(3);
  const row = aimRow(w, c, times);
  for (const m of row) {
    if ((m.prot & PROT.WRITE) === 0n && !chance(c, 20)) continue;
    const page = chance(c, 6) ? aimPage(w, c) : m.start + c.int(m.end - m.start);
    const odd = chance(c, 4) ? 8 * c.int(512) : 0;
    const address = w.address(c, page);
    w.emit('store', { ...address, offset: address.offset + BigInt(odd) }, w.number(w.freshContent()));
  }
};

/** Reads a page, now and then one that is not mapped. */
export const loadOne = (w: World, c: Choices): void => {
  const wild = chance(c, 4);
  w.emit('load', wild ? w.number(oneOf(c, [0n, 1n << 47n, -1n, 1n << 63n])) : w.address(c, aimPage(w, c)));
};

/** A part of a mapping that has something about it; nothing where there is none such. */
const aimPartOf = (w: World, c: Choices, wanted: (m: Guess) => boolean): Range | undefined => {
  const m = aimMapping(w, c, wanted);
  return m === undefined ? undefined : aimPart(w, c, m);
};

/** Changes the protection of a part, a mapping or a row. What is locked and becomes writable is copied at once: that needs two changes. */
export const protect = (w: World, c: Choices): void => {
  const locked = chance(c, WEIGHTS.aims.protectLocked) ? aimMapping(w, c, (m) => m.locked) : undefined;
  if (locked !== undefined)
    changeProtection(w, c, aimPart(w, c, locked), locked.prot === PROT.READ ? PROT.READ | PROT.WRITE : PROT.READ);
  else changeProtection(w, c, aimRange(w, c), aimProtection(c));
};

const changeProtection = (w: World, c: Choices, { start, end }: Range, prot: bigint): void => {
  if (w.emit('mprotect', w.address(c, start), w.size(end - start), w.number(prot)) !== undefined)
    w.sketch.change(start, end, { prot });
};

/** Locks or unlocks. */
export const lock = (w: World, c: Choices): void => {
  const { start, end } = aimRange(w, c);
  const name = draw(c, locks);
  if (name === 'munlockall') {
    if (w.emit(name) !== undefined) for (const m of [...w.sketch.all]) w.sketch.put({ ...m, locked: false });
    return;
  }
  const range = [w.address(c, start), w.size(end - start)] as const;
  const line =
    name === 'mlock2' ? w.emit(name, ...range, w.number(oneOf(c, [MLOCK.ONFAULT, 0n]))) : w.emit(name, ...range);
  if (line !== undefined) w.sketch.change(start, end, { locked: name !== 'munlock' });
};

/** Locks everything, or everything to come. */
export const lockAll = (w: World, c: Choices): void => {
  const flags = oneOf(c, [
    MCL.CURRENT,
    MCL.FUTURE,
    MCL.CURRENT | MCL.FUTURE,
    MCL.FUTURE | MCL.ONFAULT,
    MCL.CURRENT | MCL.ONFAULT,
  ]);
  w.emit('mlockall', w.number(flags));
};

/** Gives advice, guard regions included; mostly to what is sealed where there is such. */
export const advise = (w: World, c: Choices): void => {
  const sealed = chance(c, WEIGHTS.aims.adviseSealed) ? aimPartOf(w, c, (m) => m.sealed) : undefined;
  const { start, end } = sealed ?? aimRange(w, c);
  w.emit('madvise', w.address(c, start), w.size(end - start), w.number(MADV[draw(c, advice)]));
};

/** Seals a range. */
export const sealRange = (w: World, c: Choices, { start, end }: Range): void => {
  if (w.emit('mseal', w.address(c, start), w.size(end - start), w.number(0)) !== undefined)
    w.sketch.change(start, end, { sealed: true });
};

/** Seals a part of what is mapped, now and then made read-only before: only then is advice refused that discards contents. */
export const seal = (w: World, c: Choices): void => {
  const m = aimMapping(w, c);
  if (m === undefined) return;
  const range = chance(c, 15) ? aimRange(w, c) : aimPart(w, c, m);
  if (chance(c, WEIGHTS.aims.sealReadOnly)) changeProtection(w, c, range, PROT.READ);
  sealRange(w, c, range);
};

/** A userfaultfd that registers: with SIGBUS always, so that touching a missing page raises a signal and never waits. */
const userfaultfd = (w: World, c: Choices): number | undefined => {
  const there = w.descriptors.filter((d) => d.kind === 'userfaultfd');
  if (w.confinement !== undefined) return there[0]?.line;
  if (there.length > 0 && !chance(c, 15)) return oneOf(c, there).line;
  const line = w.emit('userfaultfd', w.number(O.CLOEXEC | O.NONBLOCK | (chance(c, 20) ? UFFD.USER_MODE_ONLY : 0n)))!;
  w.emit('uffdio_api', w.result(line), w.number(UFFD_FEATURE.SIGBUS | (chance(c, 35) ? UFFD_FEATURE.EVENT_REMAP : 0n)));
  w.descriptors.push({ line, kind: 'userfaultfd' });
  return line;
};

/** Registers a range. */
export const registerRange = (w: World, c: Choices, { start, end }: Range): void => {
  const fd = userfaultfd(w, c);
  if (fd === undefined) return;
  const line = w.emit(
    'uffdio_register',
    w.result(fd),
    w.address(c, start),
    w.size(end - start),
    w.number(oneOf(c, MODES)),
  );
  if (line !== undefined) w.sketch.change(start, end, { uffd: fd });
};

/** Registers, or takes a registration back. */
export const register = (w: World, c: Choices): void => {
  const old = w.descriptors.find((d) => d.kind === 'userfaultfd');
  if (old === undefined || !chance(c, 35)) {
    const m = aimMapping(w, c);
    registerRange(w, c, m === undefined || chance(c, 25) ? aimRange(w, c) : aimPart(w, c, m));
    return;
  }
  const { start, end } = aimRange(w, c);
  const line = w.emit('uffdio_unregister', w.result(old.line), w.address(c, start), w.size(end - start));
  if (line !== undefined) w.sketch.change(start, end, { uffd: -1 });
};

/** Closes a descriptor; it may be used again afterwards, which gives EBADF. */
export const closeOne = (w: World, c: Choices): void => {
  if (w.descriptors.length === 0) return;
  const at = c.int(w.descriptors.length);
  const d = w.descriptors[at]!;
  w.emit('close', w.result(d.line));
  if (!chance(c, 30)) w.descriptors.splice(at, 1);
  for (const m of [...w.sketch.all]) if (m.uffd === d.line) w.sketch.put({ ...m, uffd: -1 });
};
