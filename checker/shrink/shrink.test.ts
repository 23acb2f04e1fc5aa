/** The search on made-up predicates: nothing is run. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EXAMPLE } from '../example.ts';
import { programAt } from '../generate/index.ts';
import { type Program, parseProgram, printProgram } from '../program/index.ts';
import { compare, measure } from './measure.ts';
import { type Fails, type ShrinkOptions, shrink } from './shrink.ts';
import { parsed } from './testing.ts';

const START = 0x100000000000n;
type Predicate = (program: Program) => boolean;
const asked =
  (predicate: Predicate): Fails =>
  async (candidates) =>
    candidates.map(predicate);
const shrunk = async (text: string, predicate: Predicate, options?: ShrinkOptions): Promise<string> =>
  printProgram((await shrink(parsed(text), asked(predicate), options)).program);

const names = ({ lines }: Program): string[] => lines.map((l) => l.name);
/** Whether `part` is left of `whole` when some of it is taken away. */
const holds = (whole: readonly string[], part: readonly string[]): boolean => {
  let next = 0;
  for (const word of whole) if (word === part[next]) next++;
  return next === part.length;
};

/** Predicates of different shapes that a program fulfils. */
const predicateOf = (program: Program): fc.Arbitrary<Predicate> => {
  const all = names(program);
  const order = fc.subarray(all, { minLength: 0, maxLength: Math.min(all.length, 6) });
  const size = (p: Program): bigint => p.lines.reduce((n, l) => n + (l.operands[1]?.offset ?? 0n), 0n);
  const bits = (p: Program): bigint => p.lines.reduce((n, l) => n | (l.operands[3]?.offset ?? 0n), 0n);
  const uses = (p: Program): number => p.lines.flatMap((l) => l.operands.filter((o) => o.base !== null)).length;
  return fc.oneof(
    order.map(
      (part): Predicate =>
        (p) =>
          holds(names(p), part),
    ),
    fc.nat({ max: all.length }).map(
      (n): Predicate =>
        (p) =>
          p.lines.length >= n,
    ),
    fc.nat({ max: 4 }).map(
      (n): Predicate =>
        (p) =>
          size(p) >= size(program) >> BigInt(n),
    ),
    fc.nat({ max: 4 }).map(
      (n): Predicate =>
        (p) =>
          uses(p) >= uses(program) >> n,
    ),
    fc.constant<Predicate>((p) => bits(p) === bits(program)),
  );
};
const cases = fc
  .tuple(fc.nat({ max: 1_000_000 }), fc.nat({ max: 100 }))
  .map(([seed, index]) => programAt(seed, index, EXAMPLE))
  .chain((program) => fc.tuple(fc.constant(program), predicateOf(program)));

/** Candidates that were asked about, each checked for being a program. */
const watched =
  (predicate: Predicate, seen: Program[]): Fails =>
  async (candidates) => {
    seen.push(...candidates);
    return candidates.map(predicate);
  };

describe('whatever the predicate', () => {
  test('the result fails, is no larger, and nothing can be made simpler', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ([program, predicate]) => {
        const { program: small, complete } = await shrink(program, asked(predicate), { candidates: 20_000 });
        expect(predicate(small)).toBe(true);
        expect(compare(measure(small, START), measure(program, START))).toBeLessThanOrEqual(0);
        expect(small.lines.length).toBeGreaterThan(0);
        expect(complete).toBe(true);
        const again = await shrink(small, asked(predicate), { candidates: 20_000 });
        expect(printProgram(again.program)).toBe(printProgram(small));
      }),
      { numRuns: 150 },
    );
  });
  test('every candidate is a program that is not empty, simpler than the first, and asked about once', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ([program, predicate]) => {
        const seen: Program[] = [];
        const { candidates } = await shrink(program, watched(predicate, seen), { candidates: 20_000 });
        expect(candidates).toBe(seen.length);
        const texts = seen.map((candidate) => {
          const text = printProgram(candidate);
          expect(parseProgram(text).ok && candidate.lines.length > 0).toBe(true);
          expect(compare(measure(candidate, START), measure(program, START))).toBeLessThan(0);
          return text;
        });
        expect(new Set(texts).size).toBe(texts.length);
      }),
      { numRuns: 100 },
    );
  });
  test('the same program and predicate give the same result, asked in the same order', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ([program, predicate]) => {
        const [one, two]: [Program[], Program[]] = [[], []];
        const a = await shrink(program, watched(predicate, one));
        const b = await shrink(program, watched(predicate, two));
        expect(a).toEqual(b);
        expect(one).toEqual(two);
      }),
      { numRuns: 50 },
    );
  });
  test('no more candidates than allowed', async () => {
    await fc.assert(
      fc.asyncProperty(cases, fc.integer({ min: 1, max: 60 }), async ([program, predicate], candidates) => {
        const seen: Program[] = [];
        const result = await shrink(program, watched(predicate, seen), { candidates });
        expect(seen.length).toBeLessThanOrEqual(candidates);
        expect(predicate(result.program)).toBe(true);
      }),
      { numRuns: 50 },
    );
  });
});

const MAP = 'mmap(0x100000000000, 4096, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_FIXED|MAP_ANONYMOUS, -1, 0)';
const has = (name: string) => (p: Program) => names(p).includes(name);

test('of several candidates that still fail the first is taken', async () => {
  const text = 'munlockall()\nmlockall(MCL_CURRENT)\nmunlock(NULL, 0)\n';
  // Any one call may go, no two.
  const seen: Program[] = [];
  const small = await shrink(
    parsed(text),
    watched((p) => p.lines.length > 1 && p.lines[0]?.operands[0] === undefined, seen),
  );
  const good = seen.find((p) => p.lines.length === 2 && p.lines[0]?.name === 'munlockall');
  expect(names(small.program)).toEqual(names(good as Program));
});

describe('what is simpler', () => {
  test('one call is left where any will do', async () => {
    const { program } = await shrink(programAt(1, 1, EXAMPLE), async (c) => c.map(() => true));
    expect(program.lines).toHaveLength(1);
  });
  test('who uses a dropped result gets the address, renumbered', async () => {
    const text = `munlockall()\nr0 = ${MAP}\nr1 = userfaultfd(0)\nioctl(r1, UFFDIO_API, {api=UFFD_API, features=0})\nload(r0)\n`;
    const needs: Predicate = (p) => has('uffdio_api')(p) && has('load')(p);
    expect(await shrunk(text, needs)).toBe(
      'r0 = userfaultfd(0)\nioctl(r0, UFFDIO_API, {api=UFFD_API, features=0})\nload(0x100000000000)\n',
    );
  });
  test('a descriptor is never a number', async () => {
    const text = 'r0 = userfaultfd(0)\nioctl(r0, UFFDIO_API, {api=UFFD_API, features=0})\n';
    const values = (p: Program): bigint[] => p.lines.map(() => 3n);
    expect(await shrunk(text, has('uffdio_api'), { values })).toBe(text);
  });
  test('what the run showed takes the place of a result that no text tells', async () => {
    const text = 'r0 = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\nload(r0+0x10)\n';
    const values = (p: Program): bigint[] => p.lines.map(() => 0x100000005000n);
    expect(await shrunk(text, has('load'), { values })).toBe('load(0x100000000000)\n');
    // Without it the user goes with the call.
    expect(await shrunk(text, (p) => has('load')(p) && p.lines[0]?.name === 'mmap')).toBe(
      `${MAP}\nload(0x100000000000)\n`,
    );
  });
  test('comments, header and expectations go; what the predicate needs of them stays', async () => {
    const text = `# pins: this\n# and that\n${MAP} = 0x100000000000\nmunlockall() = -1 EPERM\n# end\n`;
    expect(await shrunk(text, has('munlockall'))).toBe('munlockall()\n');
    const wants: Predicate = (p) => p.lines.some((l) => l.expect?.kind === 'error');
    expect(await shrunk(text, wants)).toBe('munlockall() = -1 EPERM\n');
  });
  test('inner steps that need not fail do not; of those that must an earlier one does where that will do', async () => {
    const text = `${MAP} (fault 3)\nmunlockall() = -1 ENOMEM (fault 9)\nmlockall(MCL_CURRENT) (fault 4)\n`;
    const faulty: Predicate = ({ lines }) => lines.length === 3 && (lines[1]?.fault ?? 0) > 2;
    expect(await shrunk(text, faulty)).toBe(`${MAP}\nmunlockall() (fault 3)\nmlockall(0)\n`);
    const first: Predicate = ({ lines }) => lines.some((l) => l.fault !== undefined);
    expect(await shrunk(text, first)).toMatch(/^[^\n]* \(fault 1\)\n$/);
    const seen: Program[] = [];
    await shrink(parsed(text), watched(faulty, seen));
    // Behind the two without texts: nothing fails, then one step less, then earlier ones, all before any call is dropped.
    expect(seen.slice(2, 5).map(({ lines }) => lines.map((l) => l.fault ?? 0).join())).toEqual([
      '0,0,0',
      '0,9,4',
      '3,0,4',
    ]);
  });
  test('mappings become private, anonymous, fixed and small, close to the start', async () => {
    const text =
      'r0 = memfd_create("m", 0)\nmmap(0x100000123000, 65536, PROT_READ|PROT_EXEC, MAP_SHARED|MAP_NORESERVE, r0, 0x3000)\n';
    expect(await shrunk(text, has('mmap'))).toBe(`${MAP}\n`);
  });
  test('both ranges of a move lose the same pages, and what lies in them moves along', async () => {
    const text = `${MAP.replace('4096', '32768')}\nstore(0x100000005000, 77)\nmremap(0x100000000000, 32768, 32768, MREMAP_MAYMOVE|MREMAP_FIXED, 0x100000345000)\n`;
    const inside: Predicate = ({ lines: [map, store, move] }) => {
      const at = (line: typeof map, i: number): bigint => line?.operands[i]?.offset ?? -1n;
      const covers = at(map, 0) <= at(store, 0) && at(store, 0) < at(map, 0) + at(map, 1);
      return covers && at(move, 0) === at(map, 0) && at(move, 1) === at(map, 1) && at(move, 2) === at(map, 1);
    };
    const moved = 'mremap(0x100000000000, 4096, 4096, 0)';
    expect(await shrunk(text, inside)).toBe(`${MAP}\nstore(0x100000000000, 1)\n${moved}\n`);
  });
  test('a page that a move carries is taken out at both of its places', async () => {
    const text = `${MAP.replace('4096', '32768')}\nstore(0x100000005000, 1)\nmremap(0x100000000000, 32768, 32768, MREMAP_MAYMOVE|MREMAP_FIXED, 0x100000345000)\nload(0x10000034a000)\n`;
    const carried: Predicate = ({ lines }) => {
      const [start, stored, from, loaded] = lines.map((l) => l.operands[0]?.offset ?? 0n);
      const to = lines[2]?.operands[4]?.offset ?? 0n;
      const whole = lines[2]?.operands[1]?.offset === lines[0]?.operands[1]?.offset && start === from;
      return lines.length === 4 && whole && (stored as bigint) - (from as bigint) === (loaded as bigint) - to;
    };
    const moved = 'mremap(0x100000000000, 4096, 4096, 0, 0x100000008000)';
    expect(await shrunk(text, carried)).toBe(`${MAP}\nstore(0x100000000000, 1)\n${moved}\nload(0x100000008000)\n`);
  });
  test('a move that need not be is left out, and what works on its result works elsewhere', async () => {
    const text = `${MAP}\nmremap(0x100000000000, 4096, 4096, MREMAP_MAYMOVE|MREMAP_FIXED, 0x100000008000)\nmlock(0x100000008008, 0)\n`;
    const there: Predicate = ({ lines }) => {
      const place = lines.findLast((l) => l.name === 'mremap')?.operands[4]?.offset ?? lines[0]?.operands[0]?.offset;
      const [at = 0n, size = 0n] = lines.at(-1)?.operands.map((o) => o.offset) ?? [];
      const locks = lines.at(-1)?.name === 'mlock' && (size > 0n || at % 4096n !== 0n);
      return locks && lines[0]?.name === 'mmap' && at >> 12n === (place ?? 0n) >> 12n;
    };
    expect(await shrunk(text, there)).toBe(`${MAP}\nmlock(0x100000000000, 4096)\n`);
  });
  test('counts, and sizes behind a result, become small', async () => {
    const anywhere = 'r0 = mmap(NULL, 65536, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n';
    const used: Predicate = (p) => p.lines.some((l) => l.operands.some((o) => o.base !== null));
    const small = await shrunk(
      `${anywhere}munmap(r0+0x2000, 8193)\nfill_mappings(8)\n`,
      (p) => used(p) && has('fill_mappings')(p),
    );
    expect(small).toContain('munmap(r0+0x2000, 4096)');
    expect(small).toContain('fill_mappings(0)');
  });
  test('limits become numbers, or what there is', async () => {
    const text = 'setrlimit(RLIMIT_AS, {rlim_cur=VmSize-12288, rlim_max=RLIM_INFINITY})\n';
    expect(await shrunk(text, () => true)).toBe('setrlimit(RLIMIT_AS, {rlim_cur=0, rlim_max=RLIM_INFINITY})\n');
    const relative = ({ lines }: Program): boolean => lines[0]?.operands[1]?.base === 'VmSize';
    expect(await shrunk(text, relative)).toBe('setrlimit(RLIMIT_AS, {rlim_cur=VmSize, rlim_max=RLIM_INFINITY})\n');
  });
  test('a change that was found to fail among others is not lost', async () => {
    const small = await shrunk('store(0x100000000000, 1)\nstore(0x100000001000, 4)\n', (p) => p.lines.length === 2);
    expect(small.match(/\d\)/g)).toEqual(['1)', '1)']);
  });
  test('contents become 1, 2, 3 and stay as different as they must be', async () => {
    const text = 'store(0x100000000000, 70)\nstore(0x100000001000, 50)\nstore(0x100000002000, 70)\n';
    const different: Predicate = ({ lines }) => {
      const [a, b, c] = lines.map((l) => l.operands[1]?.offset);
      return lines.length === 3 && a !== b && a === c;
    };
    expect((await shrunk(text, different)).match(/\d\)/g)).toEqual(['1)', '2)', '1)']);
  });
});
