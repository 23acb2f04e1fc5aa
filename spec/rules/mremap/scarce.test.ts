/** mremap(2) when memory is short: one of the call's inner steps fails. */
import { describe, expect, it } from 'vitest';
import { MREMAP } from '../../abi.ts';
import type { Call, Result } from '../../calls.ts';
import { judge } from '../../judge.ts';
import { VMFLAG } from '../../observation.ts';
import { at, BASE, call, drawn, extra, flags, outcomesOf, pages, profile } from '../../testing.ts';

const { ac, lo, um, mw } = VMFLAG;
const FIX = MREMAP.MAYMOVE | MREMAP.FIXED;
const FDU = FIX | MREMAP.DONTUNMAP;
const ALL = ['6.1', '6.12', '6.16', '6.17', '6.18', '7.2', '7.3'];
const SUCCESS: Result = { kind: 'value', value: 0n };

const remap = (from: number, old: number, size: number, how: bigint | number, to = 0): Call =>
  call('mremap', at(from), pages(old), pages(size), how, at(to));

describe('mremap', () => {
  it.each(ALL)('%s: a move loses its destination or keeps it, or leaves its source behind, emptied', (name) => {
    expect(extra(name, drawn('AAAA....BBBB'), remap(0, 4, 4, FIX, 8))).toEqual([
      '@8 0000....AAAA....',
      'ENOMEM AAAA............',
      'ENOMEM AAAA....BBBB....',
    ]);
  });

  it('needs something at the destination to be cut or listed', () => {
    expect(extra('7.2', drawn('AAAA'), remap(0, 4, 4, FIX, 8))).toEqual([
      '@8 0000....AAAA....',
      'ENOMEM AAAA............',
    ]);
  });

  it.each(ALL)('%s: what is left behind stays locked and is no longer charged, its rests neither', (name) => {
    const state = drawn('LLLL');
    expect(extra(name, state, remap(1, 2, 2, FIX, 8), { more: flags({ l: lo, a: ac }) })).toEqual([
      '@8 L00L....LL...... 0-4l 8-10la',
      'ENOMEM LLLL............ 0-4la',
    ]);
    const left = outcomesOf(profile(`linux-${name}`), state, remap(1, 2, 2, FIX, 8), SUCCESS, true).at(-1);
    expect(left?.rules).toContain('mremap/no-memory-source-stays');
    expect(left?.rules).not.toContain('mremap/moved-away');
  });

  it('does not know whether the moved mapping is charged where it may have become one with what is left', () => {
    const state = drawn('AA..');
    expect(extra('7.2', state, remap(0, 2, 2, FIX, 2), { width: 4, more: flags({ a: ac }) })).toEqual([
      '@2 00AA 0-2 2-4?a',
      'ENOMEM AA.. 0-2a',
    ]);
    const both = drawn('BAAC...');
    expect(extra('7.2', both, remap(1, 2, 2, FIX, 5), { width: 7, more: flags({ a: ac }) })).toContain(
      '@5 B00C.AA 0-1?a 1-3 3-4?a 5-7a',
    );
  });

  it('keeps the registration of what is left, which the moved mapping loses', () => {
    expect(extra('7.2', drawn('UU'), remap(0, 2, 2, FIX, 8), { more: flags({ u: um }) })).toContain(
      '@8 00......UU...... 0-2u 8-10',
    );
  });

  it('loses it, too, where the copy may have become one with it', () => {
    const found = extra('7.2', drawn('UU..'), remap(0, 2, 2, FIX, 2), { width: 4, more: flags({ u: um }) });
    expect(found).toEqual(expect.arrayContaining(['@2 00UU 0-2u 2-4', expect.stringMatching(/^@2 00UU 0-2 2-4/)]));
    expect(extra('7.2', drawn('.UU..'), remap(1, 2, 2, FIX, 8), { more: flags({ u: um }) })).toHaveLength(2);
  });

  it('a private mapping of a file shows the file where its pages have left', () => {
    const state = drawn('FF', { pages: new Map([[BASE, 0x78]]) });
    expect(extra('7.2', state, remap(0, 2, 2, FIX, 8))).toContain('@8 FF......xF......');
  });

  it('leaves nothing behind where nothing is to be unmapped', () => {
    expect(extra('7.2', drawn('AA'), remap(0, 2, 2, FDU, 8))).toEqual(['ENOMEM AA..............']);
    expect(extra('7.2', drawn('MM'), remap(0, 0, 2, FIX, 8))).toEqual(['ENOMEM MM..............']);
  });

  it.each(['6.17', '6.18', '7.2', '7.3'])(
    '%s: pieces before stay moved; one of them at most is left behind',
    (name) => {
      expect(extra(name, drawn('AABBCC..ZZ.YY'), remap(0, 6, 6, FIX, 8), { width: 14 })).toEqual([
        '@8 ....00..AABBCC',
        '@8 ..00....AABBCC',
        '@8 00......AABBCC',
        'ENOMEM ....CC..AABB..',
        'ENOMEM ....CC..AABBY.',
        'ENOMEM ..BBCC..AA..Y.',
        'ENOMEM ..BBCC..AA.YY.',
        'ENOMEM AABBCC.....YY.',
        'ENOMEM AABBCC..ZZ.YY.',
      ]);
    },
  );

  it.each(ALL)('%s: a FIXED shrink has lost its destination before it drops the tail', (name) => {
    expect(extra(name, drawn('AAAABB..ZZZZ'), remap(0, 6, 2, FIX, 8))).toEqual([
      '@8 00......AAZZ....',
      'ENOMEM AA........ZZ....',
      'ENOMEM AAAABB....ZZ....',
      'ENOMEM AAAABB..ZZZZ....',
    ]);
  });

  it.each(ALL)('%s: in place, nothing changes and nothing is tried elsewhere', (name) => {
    for (const how of [0, MREMAP.MAYMOVE]) {
      expect(extra(name, drawn('AA'), remap(0, 2, 4, how))).toEqual(['ENOMEM AA..............']);
      expect(extra(name, drawn('AAAA'), remap(0, 4, 2, how))).toEqual(['ENOMEM AAAA............']);
      expect(extra(name, drawn('AAAA'), remap(0, 4, 4, how))).toEqual([]);
    }
    const seen: Result = { kind: 'value', value: at(8) };
    expect(extra(name, drawn('AAB'), remap(0, 2, 4, MREMAP.MAYMOVE), { seen })).toEqual([
      '@8 00B.....AA00....',
      'ENOMEM AAB.............',
    ]);
  });

  it('fails for nothing where the arguments or the source decide', () => {
    expect(extra('7.2', drawn('SS'), remap(0, 2, 2, FIX, 8))).toEqual([]);
    expect(extra('7.2', drawn('AA'), remap(4, 2, 2, FIX, 8))).toEqual([]);
    expect(extra('7.2', drawn('AA......SS'), remap(0, 2, 2, FIX, 8))).toEqual([]);
  });

  it('documented: partial completion as the manual words it, and success', () => {
    const found = extra('documented', drawn('AABB....ZZZZ'), remap(0, 4, 4, FIX, 8), { width: 12 });
    expect(found).toEqual(
      expect.arrayContaining([
        'ENOMEM AABB....ZZZZ',
        'ENOMEM ..BB....AAZZ',
        'ENOMEM AA......ZZBB',
        'ENOMEM ........AABB',
      ]),
    );
    expect(found.filter((line) => !line.startsWith('ENOMEM'))).toEqual([]);
  });
});

it('the judge allows it for a step that says so, and for no other', () => {
  const state = drawn('AA......BB');
  const step = {
    call: remap(0, 2, 2, FIX, 8),
    result: { kind: 'error', errno: 'ENOMEM' } as const,
    seen: { mappings: [{ start: BASE, end: BASE + 2, prot: 3, shared: false, offset: 0, file: 0, flags: mw | ac }] },
  };
  expect(judge(profile('linux-7.2'), state, { ...step, scarce: true })).toMatchObject({
    kind: 'allowed',
    rules: expect.arrayContaining(['mremap/no-memory']),
  });
  expect(judge(profile('linux-7.2'), state, step).kind).toBe('forbidden');
});
