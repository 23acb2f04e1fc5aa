/** The short ways say what the long way says, on random worlds. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MADV, MAP, profileNamed, VMFLAG } from '../../spec/index.ts';
import { bytesOf, type Happened } from './concern.ts';
import { decide } from './decide.ts';
import { groundOf } from './ground.ts';
import { freeAt, type Known, mappedAt, OBJECT, OPEN, part } from './known.ts';
import { Land } from './land.ts';
import { judgedShort } from './short.ts';
import { Space } from './space.ts';

const profile = profileNamed('linux-6.18')!;
const ground = groundOf(profile);
const LINE = { file: 'log', line: 1 };
const NOW = { file: 'log', line: 2 };
const BASE = 0x7f0000000;
const PAGES = 14;
const { mw, ac, sl, lo, ht, de, gd, nr, nh } = VMFLAG;

const plain = (start: number, end: number, more: Partial<Known>): Known =>
  mappedAt(start, end, LINE, { prot: 3, shared: 0, object: OBJECT.none, unsure: 0, uffd: 0, flags: mw | ac, ...more });

/** Two pages each: mostly plain memory and holes, sometimes something that a short way must leave alone. */
const stretch = fc.oneof(
  { weight: 5, arbitrary: fc.constant((s: number, e: number) => plain(s, e, {})) },
  { weight: 2, arbitrary: fc.constant((s: number, e: number) => plain(s, e, { prot: 0 })) },
  { weight: 5, arbitrary: fc.constant((s: number, e: number) => freeAt(s, e, LINE)) },
  { weight: 2, arbitrary: fc.constant(() => undefined) },
  {
    weight: 3,
    arbitrary: fc
      .constantFrom<Partial<Known>[]>(
        { flags: mw | ac | sl },
        { flags: mw | ac | lo },
        { flags: mw | ac | gd },
        { flags: mw | ht | de, object: OBJECT.hugetlb },
        { unsure: sl },
        { unsure: lo },
        { prot: OPEN },
        { shared: 1, object: OBJECT.file },
        { flags: mw | nr },
        { flags: mw | nh | ac },
        { prot: 1, flags: 0 },
        { uffd: OPEN },
      )
      .map((more) => (s: number, e: number) => plain(s, e, more)),
  },
);

const world = fc
  .array(stretch, { minLength: PAGES / 2, maxLength: PAGES / 2 })
  .map((makers) => new Land(makers.flatMap((make, i) => make(BASE + 2 * i, BASE + 2 * i + 2) ?? [])));

const at = fc.nat({ max: PAGES - 1 }).map((n) => bytesOf(BASE + n));
const pages = fc.integer({ min: 0, max: 5 }).map((n) => bytesOf(n));
const ok = fc.constant({ kind: 'value', value: 0n } as const);
const prot = fc.constantFrom(0n, 1n, 3n, 5n);
const ANONYMOUS = MAP.PRIVATE | MAP.ANONYMOUS;
const flags = fc.constantFrom(
  ANONYMOUS,
  ANONYMOUS | MAP.FIXED,
  ANONYMOUS | MAP.FIXED_NOREPLACE,
  ANONYMOUS | MAP.NORESERVE,
  ANONYMOUS | MAP.STACK,
);

const happened: fc.Arbitrary<Happened> = fc.oneof(
  fc.tuple(at, pages, ok).map(([a, n, result]) => ({ name: 'munmap', args: [a, n], result }) as const),
  fc.tuple(at, pages, prot, ok).map(([a, n, p, result]) => ({ name: 'mprotect', args: [a, n, p], result }) as const),
  fc
    .tuple(at, pages, fc.constantFrom(MADV.DONTNEED, MADV.FREE, MADV.COLD, MADV.WILLNEED), ok)
    .map(([a, n, advice, result]) => ({ name: 'madvise', args: [a, n, advice], result }) as const),
  fc.tuple(at, pages, prot, flags).map(([a, n, p, f]) => {
    const fixed = (f & (MAP.FIXED | MAP.FIXED_NOREPLACE)) !== 0n;
    return { name: 'mmap', args: [fixed ? a : 0n, n, p, f, 0n, 0n], result: { kind: 'value', value: a } } as const;
  }),
  fc.tuple(at, pages, pages, at, fc.boolean()).map(
    ([a, old, now, to, moves]) =>
      ({
        name: 'mremap',
        args: [a, old, now, 1n, 0n],
        result: { kind: 'value', value: moves ? to : a },
      }) as const,
  ),
);

/** What is said of one page, without the lines; `undefined` where nothing is known. */
const facts = (land: Land, page: number) => {
  const k = land.at(page);
  if (k === undefined) return undefined;
  const { mapped, prot, shared, object, flags, unsure, uffd } = part(k, page, page + 1);
  return { mapped, prot, shared, object, flags: flags & ~unsure, unsure, uffd };
};

/** Whether a short way knows nothing that the long one does not know. */
const knowsNoMore = (short: ReturnType<typeof facts>, long: ReturnType<typeof facts>): boolean => {
  if (short === undefined) return true;
  if (long === undefined || short.mapped !== long.mapped) return false;
  if (!short.mapped) return true;
  const same = (a: number, b: number): boolean => a === OPEN || a === b;
  return (
    same(short.prot, long.prot) &&
    same(short.shared, long.shared) &&
    same(short.object, long.object) &&
    same(short.uffd, long.uffd) &&
    (long.unsure & ~short.unsure) === 0 &&
    ((short.flags ^ long.flags) & ~short.unsure) === 0
  );
};

test('what a short way allows is allowed, and it knows nothing else afterwards', () => {
  const taken = new Map<string, number>();
  fc.assert(
    fc.property(world, happened, (land, call) => {
      const space = new Space(land.copy(), 0);
      if (!judgedShort(space, call, NOW)) return;
      taken.set(call.name, (taken.get(call.name) ?? 0) + 1);
      const long = decide({ profile, land, ground, happened: call, line: NOW });
      expect([long.kind, long.reason]).toEqual(['allowed', undefined]);
      const after = land.copy();
      const known = long.after ?? [];
      for (const range of long.covered)
        after.replace(
          range,
          known.filter((k) => k.start >= range.start && k.start < range.end),
        );
      for (let page = BASE - 1; page < BASE + PAGES + 6; page++) {
        const [mine, its] = [facts(space.land, page), facts(after, page)];
        if (!knowsNoMore(mine, its)) expect({ page, ...mine }).toEqual({ page, ...its });
      }
    }),
    { numRuns: 6000, seed: 3 },
  );
  for (const name of ['mmap', 'munmap', 'mprotect', 'madvise', 'mremap'])
    expect(taken.get(name) ?? 0).toBeGreaterThan(20);
});
