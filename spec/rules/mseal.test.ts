import { expect, it } from 'vitest';
import { VMFLAG } from '../observation.ts';
import type { State } from '../state.ts';
import { at, BASE, call, drawn, endText, outcomesOf, pages, profile } from '../testing.ts';

const shown = (state: State, length: number): string =>
  Array.from({ length }, (_, i) => {
    const m = state.mappings.find((x) => x.start <= BASE + i && BASE + i < x.end);
    return m ? ((m.flags & VMFLAG.sl) !== 0 ? 's' : '-') : '.';
  }).join('');

const all = (name: string, state: State, ...args: (bigint | number)[]) =>
  outcomesOf(profile(name), state, call('mseal', ...args)).map(
    (o) => `${endText(o)} ${shown(o.state, 5)} ${o.rules.at(-1)}`,
  );

const one = (state: State, ...args: (bigint | number)[]): string => {
  const found = all('linux-6.18', state, ...args);
  expect(found).toHaveLength(1);
  return found[0] as string;
};

it.each([
  ['flags', [at(0), 4096, 1], 'mseal/flags'],
  ['flags above 32 bits', [at(0), 4096, 1n << 32n], 'mseal/flags'],
  ['unaligned', [at(0) + 1n, 4096, 0], 'mseal/unaligned'],
  ['length wraps when rounded', [at(0), -1, 0], 'mseal/wraps'],
  ['end wraps', [at(1), -4096, 0], 'mseal/wraps'],
] as [string, (bigint | number)[], string][])('%s', (_, args, rule) => {
  expect(one(drawn('AAA'), ...args)).toBe(`EINVAL ---.. ${rule}`);
});

it('length 0 is right wherever it is', () => {
  expect(one(drawn('A'), at(3), 0, 0)).toBe('0 -.... mseal/empty');
});
it('nothing is sealed where there is a hole', () => {
  expect(one(drawn('AA.A'), at(0), pages(4), 0)).toBe('ENOMEM --.-. mseal/hole');
  expect(one(drawn('AA.A'), at(2), pages(1), 0)).toBe('ENOMEM --.-. mseal/hole');
});
it('seals exactly the range; twice is once', () => {
  expect(one(drawn('AASB'), at(1), pages(3) - 1n, 0)).toBe('0 -sss. mseal/done');
});
it('huge pages are not cut; what stood before them is sealed', () => {
  expect(one(drawn(`${'A'.repeat(512)}${'H'.repeat(512)}`), at(511), pages(2), 0)).toBe(
    'EINVAL ----- modify/cut-inside-huge-page',
  );
});
it('stops where there is no room for another mapping, unless the sealed ones merge', () => {
  const tight = (maxMapCount: number) => drawn('AARR', { environment: { maxMapCount } });
  expect(one(tight(13), at(0), pages(3), 0)).toBe('0 sss-. mseal/done');
  expect(one(tight(12), at(0), pages(3), 0)).toBe('ENOMEM ss--. modify/cut-at-limit');
  const same = drawn('AABB', { environment: { maxMapCount: 12 } });
  expect(all('linux-6.18', same, at(0), pages(3), 0)).toEqual([
    'ENOMEM ss--. modify/cut-may-be-at-limit',
    '0 sss-. mseal/done',
  ]);
});
it('did not exist before 6.10', () => {
  expect(all('linux-6.1', drawn('A'), at(0), 4096, 7)).toEqual(['ENOSYS -.... mseal/absent']);
  expect(all('linux-6.12', drawn('A'), at(0), 4096, 0)).toEqual(['0 s.... mseal/done']);
});
