import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ARGUMENTS, MADV, MAP, RLIMIT, UFFD_FEATURE, UFFDIO_REGISTER_MODE } from '../../spec/index.ts';
import { EXAMPLE } from '../example.ts';
import { type Line, type Program, parseProgram, printProgram } from '../program/index.ts';
import { distribution, flagsName } from './distribution.ts';
import { FAMILIES } from './family.ts';
import { programArbitrary, programAt, programs } from './generate.ts';
import { expectHarmless } from './harm.ts';
import { WEIGHTS } from './weights.ts';

const LIMIT = 1n << 64n;
const sample = [...programs({ seed: 20, environment: EXAMPLE, count: 2000 })];
const lines = sample.flatMap((p) => p.lines);
const constants = (name: string, at: number): bigint[] =>
  lines.flatMap((l) => (l.name === name && l.operands[at]!.base === null ? [l.operands[at]!.offset] : []));

const expectValid = (program: Program): void => {
  program.lines.forEach(({ name, operands }, at) => {
    expect(operands).toHaveLength(ARGUMENTS[name].length);
    for (const { base, offset } of operands) {
      expect(offset >= 0n && offset < LIMIT, `${name} ${offset}`).toBe(true);
      if (typeof base === 'number') expect(base >= 0 && base < at && Number.isInteger(base)).toBe(true);
      else if (base !== null) expect(name).toBe('setrlimit');
    }
  });
};

describe('a stream of programs', () => {
  it('is the same for the same seed, and another for another', () => {
    expect([...programs({ seed: 20, environment: EXAMPLE, count: 200 })]).toEqual(sample.slice(0, 200));
    const other = [...programs({ seed: 21, environment: EXAMPLE, count: 200 })];
    expect(other.filter((p, i) => printProgram(p) === printProgram(sample[i]!))).toEqual([]);
  });

  it('gives each program alone', () => {
    for (const i of [1999, 0, 77, 1234]) expect(programAt(20, i, EXAMPLE)).toEqual(sample[i]);
  });

  it('has programs of the length that is asked for', () => {
    for (const p of sample) expect(p.lines.length <= 24).toBe(true);
    expect(sample.filter((p) => p.lines.length < 10)).toEqual([]);
    for (const p of programs({ seed: 1, environment: EXAMPLE, count: 50, calls: { min: 200, max: 200 } })) {
      expect(p.lines).toHaveLength(200);
      expectValid(p);
    }
  });

  it('is valid', () => {
    for (const p of sample) expectValid(p);
  });

  it('survives being written and read', () => {
    for (const p of sample.slice(0, 300)) {
      const read = parseProgram(printProgram(p));
      if (!('program' in read)) throw new Error(JSON.stringify(read));
      expect(read.program.lines).toEqual(p.lines);
    }
  });
});

describe('what comes up in 2,000 programs', () => {
  const d = distribution(sample);
  const often = (name: string, calls: number | undefined, atLeast: number): void => {
    expect(calls ?? 0, name).toBeGreaterThanOrEqual(atLeast);
  };

  it('every call', () => {
    for (const name of Object.keys(ARGUMENTS)) often(name, d.calls[name]?.calls, name === 'fill_mappings' ? 2 : 8);
  });

  it('every family of mremap, and mremap more than any other call', () => {
    for (const family of FAMILIES) often(family, d.families[family].calls, 40);
    for (const [name, { calls }] of Object.entries(d.calls))
      if (name !== 'mmap') expect(calls <= d.calls.mremap!.calls, name).toBe(true);
  });

  it('every combination of the three flags', () => {
    for (let flags = 0n; flags < 8n; flags++) often(flagsName(flags), d.flags[flagsName(flags)]?.calls, 40);
  });

  it('every advice', () => {
    const seen = constants('madvise', 2);
    for (const name of Object.keys(WEIGHTS.advice) as (keyof typeof WEIGHTS.advice)[])
      often(name, seen.filter((advice) => advice === MADV[name]).length, 5);
  });

  it('every limit', () => {
    for (const limit of [RLIMIT.AS, RLIMIT.DATA, RLIMIT.MEMLOCK])
      often(`${limit}`, constants('setrlimit', 0).filter((l) => l === limit).length, 20);
    for (const counter of ['VmSize', 'VmData', 'VmLck'])
      often(counter, lines.filter((l) => l.name === 'setrlimit' && l.operands[1]!.base === counter).length, 20);
  });

  it('every backing, and every extra flag of mmap', () => {
    const kinds = new Map<string, number>();
    const count = (kind: string) => kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    const sourceOf = (p: Program, fd: Line['operands'][number]): string => {
      if (typeof fd.base !== 'number') return 'none';
      const made = p.lines[fd.base]!;
      return made.name === 'openat' ? `openat ${made.operands[0]!.offset} ${made.operands[1]!.offset & 3n}` : made.name;
    };
    for (const p of sample)
      for (const l of p.lines.filter((line) => line.name === 'mmap')) {
        const flags = l.operands[3]!.offset;
        const huge = (flags & MAP.HUGETLB) !== 0n ? ' huge' : '';
        count(`${(flags & 3n) === 2n ? 'private' : 'shared'} ${sourceOf(p, l.operands[4]!)}${huge}`);
        for (const name of ['LOCKED', 'POPULATE', 'NORESERVE', 'GROWSDOWN', 'FIXED', 'FIXED_NOREPLACE'] as const)
          if ((flags & MAP[name]) !== 0n) count(name);
        if ((flags & (MAP.FIXED | MAP.FIXED_NOREPLACE)) === 0n)
          count(l.operands[0]!.offset === 0n && l.operands[0]!.base === null ? 'anywhere' : 'hint');
      }
    for (const sharing of ['private', 'shared'])
      for (const source of ['none', 'memfd_create', 'openat 0 2', 'openat 1 2', 'none huge'])
        often(`${sharing} ${source}`, kinds.get(`${sharing} ${source}`), 40);
    often('shared openat 0 0', kinds.get('shared openat 0 0'), 40);
    for (const name of ['LOCKED', 'POPULATE', 'NORESERVE', 'GROWSDOWN', 'FIXED', 'FIXED_NOREPLACE', 'anywhere', 'hint'])
      often(name, kinds.get(name), 40);
  });

  it('userfaultfd in both modes, with and without the event of a move', () => {
    const { MISSING, WP } = UFFDIO_REGISTER_MODE;
    for (const mode of [MISSING, WP, MISSING | WP])
      often(`mode ${mode}`, constants('uffdio_register', 3).filter((m) => m === mode).length, 20);
    const features = constants('uffdio_api', 1);
    often('EVENT_REMAP', features.filter((f) => (f & UFFD_FEATURE.EVENT_REMAP) !== 0n).length, 20);
    often('no EVENT_REMAP', features.filter((f) => (f & UFFD_FEATURE.EVENT_REMAP) === 0n).length, 20);
  });

  it('moves there and back, and earlier results as arguments', () => {
    const reused = lines.filter((l) => l.name === 'mremap' && typeof l.operands[0]!.base === 'number').length;
    often('results', reused, 2000);
  });
});

describe('the arbitrary', () => {
  const arbitrary = programArbitrary(EXAMPLE);

  it('gives valid and harmless programs', () => {
    fc.assert(
      fc.property(arbitrary, (p) => {
        expectValid(p);
        expectHarmless(p);
      }),
      { seed: 3, numRuns: 300 },
    );
  });

  it('shrinks to the smallest program that still has what is looked for, by valid programs only', () => {
    const tried: Program[] = [];
    const moves = (p: Program) => p.lines.some((l) => l.name === 'mremap' && l.operands[3]!.offset === 3n);
    const found = fc.check(
      fc.property(arbitrary, (p) => {
        tried.push(p);
        return !moves(p);
      }),
      { seed: 5, numRuns: 200 },
    );
    expect(found.failed).toBe(true);
    const smallest = found.counterexample![0];
    expect(moves(smallest)).toBe(true);
    expect(smallest.lines.length).toBeLessThanOrEqual(3);
    for (const p of tried) {
      expectValid(p);
      expectHarmless(p);
    }
  });
});

describe('other machines', () => {
  it('lack what they lack', () => {
    const environment = { ...EXAMPLE, features: [], hugePage: 0 };
    for (const p of programs({ seed: 1, environment, count: 500 })) {
      expectValid(p);
      for (const l of p.lines) {
        expect(['mseal', 'userfaultfd']).not.toContain(l.name);
        if (l.name === 'mmap') expect(l.operands[3]!.offset & MAP.HUGETLB).toBe(0n);
      }
    }
  });

  it('have other page sizes', () => {
    const environment = {
      ...EXAMPLE,
      pageSize: 65536,
      taskSize: 0x7fffffff,
      window: { start: 0x10000000, end: 0x7f000000 },
      arena: 0x10010000,
      hugePage: 8192,
    };
    for (const p of programs({ seed: 1, environment, count: 200 })) expectValid(p);
  });
});
