/** mremap(2) exactly at its limits: one page more or less decides. Found by generic mutants that nothing else showed. */
import { describe, expect, it } from 'vitest';
import { MREMAP } from '../../abi.ts';
import { VMFLAG } from '../../observation.ts';
import type { State } from '../../state.ts';
import {
  at,
  call,
  draw,
  drawn,
  ENVIRONMENT,
  endText,
  extra,
  flags,
  outcomesOf,
  pages,
  profile,
} from '../../testing.ts';

const { MAYMOVE, FIXED } = MREMAP;
const FIX = MAYMOVE | FIXED;
const { ac } = VMFLAG;
const { taskSize } = ENVIRONMENT;

/** Every allowed end with the rule that decides. */
const ends = (name: string, state: State, ...args: (bigint | number)[]): readonly string[] =>
  outcomesOf(profile(name), state, call('mremap', ...args)).map((o) => `${endText(o)} ${o.rules.at(-1)}`);

describe('sizes', () => {
  it('all of user space is not too large, but there is no room for it', () => {
    expect(ends('linux-6.18', drawn('A'), at(0), pages(1), pages(taskSize), MAYMOVE)).not.toContain(
      'EINVAL mremap/new-size-too-large',
    );
    expect(ends('linux-6.18', drawn('A'), at(0), pages(1), pages(taskSize + 1), MAYMOVE)).toEqual([
      'EINVAL mremap/new-size-too-large',
    ]);
  });

  it('a mapping grows up to the end of user space and not beyond it', () => {
    const state = drawn('A', { unknown: [] });
    const top = { ...state, mappings: state.mappings.map((m) => ({ ...m, start: taskSize - 3, end: taskSize - 2 })) };
    const address = pages(taskSize - 3);
    expect(ends('linux-6.18', top, address, pages(1), pages(3), 0)).toEqual([`${address} mremap/grown`]);
    expect(ends('linux-6.18', top, address, pages(1), pages(4), 0)).toEqual(['ENOMEM mremap/may-not-move']);
  });

  it('a destination ends with user space, and not beyond it', () => {
    const state = drawn('A', { unknown: [] });
    const place = (page: number) => ends('linux-6.18', state, at(0), pages(1), pages(1), FIX, pages(page));
    expect(place(taskSize - 1)).toEqual([`${pages(taskSize - 1)} mremap/move-done`]);
    expect(place(taskSize)).toEqual(['EINVAL mremap/new-address-too-high']);
    const odd = pages(taskSize - 1) + 1n;
    expect(ends('linux-6.18', state, at(0), pages(1), pages(1), FIX, odd)).toEqual([
      'EINVAL mremap/new-address-too-high',
    ]);
  });

  it('a charge of which nobody knows counts what is added alone', () => {
    const state = drawn('AAAA', { environment: { memory: 8 } });
    const unsure = { ...state, mappings: state.mappings.map((m) => ({ ...m, unsure: ac })) };
    expect(ends('linux-6.18', unsure, at(0), pages(4), pages(12), 0)).toEqual(['@0 mremap/grown']);
    expect(ends('linux-6.18', unsure, at(0), pages(4), pages(13), 0)).toEqual([
      'ENOMEM mremap/growth-perhaps-beyond-commit-limit',
      '@0 mremap/grown',
    ]);
  });
});

it('7.1: room for exactly the worst case is enough', () => {
  const tight = (maxMapCount: number) => drawn('A', { environment: { maxMapCount } });
  const args = [at(0), pages(1), pages(1), 0] as const;
  expect(ends('linux-7.1', tight(15), ...args)).toEqual(['@0 mremap/same-size']);
  expect(ends('linux-7.1', tight(14), ...args)).toEqual(['ENOMEM mremap/mapping-count-worst-case']);
});

describe('huge pages', () => {
  const huge = (page: number) => pages(512 * page);
  // The first page of drawings is the start of a huge one.
  const state = (): State => {
    const one = drawn('H');
    return { ...one, mappings: one.mappings.map((m) => ({ ...m, end: m.start + 1024 })) };
  };
  const rule = (...args: (bigint | number)[]) => ends('linux-6.18', state(), ...args).map((end) => end.split(' ')[1]);

  it('neither old nor new address may lie within one', () => {
    expect(rule(at(1), huge(1), huge(1), MAYMOVE)).toEqual(['mremap/huge-page-misuse']);
    expect(rule(at(0), huge(1), huge(1), FIX, at(4095))).toEqual(['mremap/huge-page-misuse']);
    expect(rule(at(0), huge(2), huge(3), MAYMOVE)).toEqual(['mremap/huge-page-misuse']);
    expect(rule(at(0), huge(1), huge(1), MAYMOVE)).toEqual(['mremap/same-size']);
  });

  it('of a move of several, each piece has a place of its own', () => {
    const one = drawn(`${'.'.repeat(511)}AH`);
    const both = { ...one, mappings: one.mappings.map((m, i) => (i === 1 ? { ...m, end: m.start + 512 } : m)) };
    const move = (to: number) => ends('linux-6.18', both, at(511), pages(513), pages(513), FIX, at(to));
    expect(move(2047)).toEqual(['@2047 mremap/move-done']);
    expect(move(2046)).toEqual(['EINVAL mremap/huge-page-misuse']);
  });

  it('either length is rounded to them', () => {
    expect(rule(at(0), pages(1), huge(1), MAYMOVE)).toEqual(['mremap/same-size']);
    expect(rule(at(0), huge(1), pages(1), MAYMOVE)).toEqual(['mremap/same-size']);
  });
});

describe('the manual', () => {
  const errors = (state: State, ...args: (bigint | number)[]) => [
    ...new Set(outcomesOf(profile('documented'), state, call('mremap', ...args)).flatMap((o) => o.rules.at(-1) ?? [])),
  ];

  it('nothing can grow where nothing is', () => {
    expect(errors(drawn('.A'), at(0), pages(1), pages(2), 0)).toEqual(
      expect.arrayContaining(['mremap/source-unmapped', 'mremap/may-not-move']),
    );
  });

  it('a duplicate needs leave to move', () => {
    expect(errors(drawn('MM'), at(0), 0, pages(1), 0)).toContain('mremap/duplicates-in-place');
    expect(errors(drawn('MM'), at(0), 0, pages(1), MAYMOVE)).not.toContain('mremap/duplicates-in-place');
  });

  it('what a moving shrink keeps lies in one mapping', () => {
    const rule = 'mremap/moved-shrink-spans-several';
    expect(errors(drawn('AAB'), at(0), pages(3), pages(2), FIX, at(8))).not.toContain(rule);
    expect(errors(drawn('ABB'), at(0), pages(3), pages(2), FIX, at(8))).toContain(rule);
    expect(errors(drawn('ABB'), at(0), pages(3), pages(2), MAYMOVE)).not.toContain(rule);
  });

  const failing = (letters: string) => {
    const source = `${letters}S`;
    const far = 32;
    const args = [at(0), pages(source.length), pages(source.length), FIX, at(far)] as const;
    return outcomesOf(profile('documented'), drawn(source), call('mremap', ...args)).map((o) =>
      draw(o.state, source.length),
    );
  };
  it('of a failing move any of up to eight mappings have moved, of more only first ones, up to all', () => {
    expect(new Set(failing('ABCDEGIJ')).size).toBe(2 ** 8);
    expect(failing('ABCDEGIJN')).toEqual(
      Array.from({ length: 10 }, (_, n) => `${'.'.repeat(n)}${'ABCDEGIJN'.slice(n)}S`),
    );
  });
});

it('no memory: what was never charged is not charged perhaps', () => {
  const state = drawn('RAAR');
  expect(
    extra('7.2', state, call('mremap', at(0), pages(1), pages(1), FIX, at(8)), { width: 9, more: flags({ a: ac }) }),
  ).toContain('@8 0AAR....R 0-1 1-3a 3-4 8-9');
});
