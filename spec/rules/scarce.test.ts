/** Want of memory: what each call may come to when one of its inner steps fails, and that none of it is allowed when none does. mremap has a file of its own. */
import { describe, expect, it } from 'vitest';
import { MADV, MAP, PROT } from '../abi.ts';
import type { Call, Result } from '../calls.ts';
import { VMFLAG } from '../observation.ts';
import type { State } from '../state.ts';
import { at, BASE, call, drawn, extra, flags, outcomesOf, pages, profile } from '../testing.ts';

const { ac, lo, um, gu, sl } = VMFLAG;
const ALL = ['6.1', '6.12', '6.16', '6.17', '6.18', '7.2', '7.3'];
const KEEPS = ALL.slice(1);
const SUCCESS: Result = { kind: 'value', value: 0n };

describe('mmap', () => {
  const make = (from: number, size: number, how: bigint, prot: bigint = PROT.READ | PROT.WRITE): Call =>
    call('mmap', at(from), pages(size), prot, MAP.ANONYMOUS | MAP.FIXED | how, -1n, 0n);

  it.each(ALL)('%s: what lay in the way is kept, or gone', (name) => {
    const lacks = ['ENOMEM A..A..', 'ENOMEM AAAA..'];
    expect(extra(name, drawn('AAAA'), make(1, 2, MAP.PRIVATE), { width: 6 })).toEqual(lacks);
    // The inode of shared memory.
    expect(extra(name, drawn('AAAA'), make(1, 2, MAP.SHARED), { width: 6 })).toEqual([...lacks, 'ENOSPC A..A..']);
  });

  it('where nothing lies in the way nothing changes', () => {
    for (const name of ALL)
      expect(extra(name, drawn('A'), make(4, 2, MAP.PRIVATE))).toEqual([`ENOMEM ${'A'.padEnd(16, '.')}`]);
  });

  it('sealed mappings are found before anything can fail; the object of huge pages is made before that', () => {
    expect(extra('7.2', drawn('SS'), make(0, 2, MAP.PRIVATE))).toEqual([]);
    const huge = call('mmap', 0n, pages(512), PROT.READ, MAP.ANONYMOUS | MAP.PRIVATE | MAP.HUGETLB, -1n, 1n << 63n);
    const rules = (scarce: boolean) =>
      outcomesOf(profile('linux-7.2'), drawn('A'), huge, SUCCESS, scarce).map((o) => o.rules.at(-1));
    expect(rules(true)).toContain('mmap/no-memory-for-huge-pages');
    expect(rules(false)).not.toContain('mmap/no-memory-for-huge-pages');
  });
});

describe('munmap', () => {
  it.each([...ALL, 'documented'])('%s: nothing has gone', (name) => {
    expect(extra(name, drawn('AABBCC'), call('munmap', at(1), pages(4)), { width: 6 })).toEqual(['ENOMEM AABBCC']);
    expect(extra(name, drawn('AA'), call('munmap', at(4), pages(4)))).toEqual([]);
  });

  it('comes before a seal further on, not before one at the start', () => {
    expect(extra('7.2', drawn('AS'), call('munmap', at(0), pages(2)), { width: 2 })).toEqual(['ENOMEM AS']);
    expect(extra('7.2', drawn('SA'), call('munmap', at(0), pages(2)))).toEqual([]);
  });

  it('6.1 makes room before it looks whether huge pages would be cut', () => {
    const state = drawn('H'.repeat(512));
    const half = call('munmap', at(256), pages(512));
    expect(extra('6.1', state, half, { width: 0 })).toEqual(['ENOMEM']);
    expect(extra('7.2', state, half, { width: 0 })).toEqual([]);
  });
});

describe('changing attributes', () => {
  const prot = (m: State): string => m.mappings.map((x) => `${x.start - BASE}-${x.end - BASE}:${x.prot}`).join(' ');

  it.each([...ALL, 'documented'])(
    '%s: mprotect has changed the parts before, and what it must charge or cut fails',
    (name) => {
      const change = call('mprotect', at(1), pages(4), PROT.READ | PROT.WRITE);
      expect(extra(name, drawn('RR'), call('mprotect', at(0), pages(2), 3), { width: 0, more: prot })).toEqual([
        'ENOMEM  0-2:1',
      ]);
      expect(extra(name, drawn('RRMMAA'), change, { width: 0, more: prot })).toEqual(['ENOMEM  0-2:1 2-4:3 4-6:3']);
      expect(extra(name, drawn('AARR'), call('mprotect', at(0), pages(4), 3), { width: 0, more: prot })).toEqual([
        'ENOMEM  0-2:3 2-4:1',
      ]);
    },
  );

  it('parts before a cut that fails stay changed', () => {
    const found = extra('7.2', drawn('AABB'), call('mprotect', at(0), pages(3), PROT.READ), { width: 0, more: prot });
    expect(found).toContain('ENOMEM  0-2:1 2-4:3');
  });

  it.each(KEEPS)('%s: a merge that cannot be made fails; in 6.1 it is left out', (name) => {
    const whole = call('mprotect', at(2), pages(2), PROT.READ | PROT.WRITE);
    const state = drawn('AARR', { environment: { overcommit: 1 } });
    const charged: State = { ...state, mappings: state.mappings.map((m) => ({ ...m, flags: m.flags | ac })) };
    const failed = ['ENOMEM  0-2:3 2-4:1'];
    expect(extra(name, charged, whole, { width: 0, more: prot })).toEqual(failed);
    expect(extra('6.1', charged, whole, { width: 0, more: prot })).toEqual([]);
  });

  it('whole mappings that can become one with nothing change whatever happens', () => {
    for (const name of ALL) {
      expect(extra(name, drawn('A.B'), call('mprotect', at(0), pages(1), PROT.READ))).toEqual([]);
      expect(extra(name, drawn('A'), call('munlock', at(0), pages(1)))).toEqual([]);
    }
  });

  it.each(ALL)(
    '%s: mlock is EAGAIN, and the locks stay, where a page cannot be had; not where none is asked for',
    (name) => {
      const lock = (drawing: string, from = 0) =>
        extra(name, drawn(drawing), call('mlock', at(from), pages(1)), { width: 0, more: flags({ l: lo }) });
      expect(lock('A')).toEqual(['EAGAIN  0-1l']);
      const onFault = call('mlock2', at(0), pages(1), 1);
      expect(extra(name, drawn('A'), onFault)).toEqual([]);
      const none = extra(name, drawn('A'), call('mlock', at(4), pages(1)));
      expect(none).toEqual([]);
    },
  );

  it.each([...ALL, 'documented'])('%s: MADV_POPULATE_WRITE is ENOMEM where a page cannot be had', (name) => {
    const populate = call('madvise', at(0), pages(2), MADV.POPULATE_WRITE);
    expect(extra(name, drawn('AA'), populate, { width: 2 })).toEqual(['ENOMEM AA']);
  });

  it.each(ALL)('%s: mlock and munlock stop at the cut that fails, mseal too, and nothing is faulted in', (name) => {
    const three = { width: 0, more: flags({ l: lo, s: sl }) };
    const lock = extra(name, drawn('AAMMM'), call('mlock', at(0), pages(3)), three);
    expect(lock).toContain('ENOMEM  0-2l 2-5');
    const unlock = extra(name, drawn('LLKKK'), call('munlock', at(0), pages(3)), three);
    expect(unlock).toContain('ENOMEM  0-2 2-5l');
    if (name !== '6.1')
      expect(extra(name, drawn('AAMMM'), call('mseal', at(0), pages(3), 0n), three)).toContain('ENOMEM  0-2s 2-5');
  });

  it.each(ALL)('%s: mlockall and munlockall may leave one mapping as it was, and succeed', (name) => {
    const state = drawn('AABBLL.CC');
    const one = { width: 0, more: flags({ l: lo }) };
    // Only what could become one with a neighbour takes a step that may fail: the first mapping has none that is locked before it.
    const left = name === '6.1' ? [] : ['0  0-2l 2-4 4-6l 7-9l'];
    expect(extra(name, state, call('mlockall', 1), one).map((line) => line.replace(/^@?-?\d+ /, '0 '))).toEqual(left);
    expect(extra(name, drawn('LL.AA'), call('mlockall', 2), one)).toEqual([]);
    const locked = drawn('LLAA.LL');
    const unlocked = extra(name, locked, call('munlockall'), one).map((line) => line.replace(/^@?-?\d+ /, '0 '));
    expect(unlocked).toEqual(name === '6.1' ? [] : ['0  0-2l 2-4 5-7']);
  });
});

describe('madvise', () => {
  it.each([...ALL, 'documented'])('%s: advice that is remembered is temporarily unavailable', (name) => {
    expect(extra(name, drawn('AAAA'), call('madvise', at(1), pages(2), MADV.DONTFORK), { width: 4 })).toEqual([
      'EAGAIN AAAA',
    ]);
    expect(extra(name, drawn('A'), call('madvise', at(0), pages(1), MADV.MERGEABLE), { width: 1 })).toEqual([
      'EAGAIN A',
    ]);
    expect(extra(name, drawn('A'), call('madvise', at(0), pages(1), MADV.UNMERGEABLE), { width: 1 })).toEqual([]);
    expect(extra(name, drawn('A'), call('madvise', at(0), pages(1), MADV.DONTNEED), { width: 1 })).toEqual([]);
  });

  it('guards stand up to the page table that could not be made', () => {
    const install = (from: number, size: number): Call => call('madvise', at(from), pages(size), MADV.GUARD_INSTALL);
    expect(extra('7.2', drawn('AAA'), install(1, 2), { width: 3 })).toEqual(['ENOMEM A00', 'ENOMEM AAA']);
    expect(extra('6.12', drawn('AAA'), install(1, 2), { width: 3 })).toEqual([]);
    const long = drawn('A'.repeat(514), { pages: new Map([[BASE + 513, 0x78]]) });
    const short = (line: string): string => line.replace(/0{500,}/, '…').replace(/!{500,}/, '#');
    expect(extra('7.2', long, install(0, 514), { width: 514 }).map(short)).toEqual(
      ['ENOMEM #00', 'ENOMEM #0x', 'ENOMEM …', 'ENOMEM …x'].sort(),
    );
    const guarded = outcomesOf(profile('linux-7.2'), drawn('AAA'), install(1, 2), SUCCESS, true).at(-1);
    expect(guarded?.state.mappings.some((m) => m.flags & gu)).toBe(true);
  });
});

describe('descriptors', () => {
  it.each([...ALL, 'documented'])('%s: what makes one may fail and has done nothing', (name) => {
    const state = drawn('UU', { environment: { features: ['userfaultfd', 'userfaultfd_kernel_faults'] } });
    const fails = ['ENOMEM UU'];
    expect(extra(name, state, call('userfaultfd', 0), { width: 2 })).toEqual(fails);
    const noInode = name === 'documented' ? [] : ['ENOSPC UU'];
    expect(extra(name, state, call('memfd_create', 0), { width: 2 })).toEqual([...fails, ...noInode]);
    expect(extra(name, state, call('openat', 0, 0), { width: 2 })).toEqual(fails);
    const open = {
      ...state,
      descriptors: new Map([[5, { kind: 'uffd', id: 1, readable: true, writable: false }]]),
    } as State;
    expect(extra(name, open, call('close', 5), { width: 2 })).toEqual([]);
  });

  it.each(ALL)('%s: registering and unregistering stop at the cut that fails', (name) => {
    const of = (drawing: string): State =>
      ({
        ...drawn(drawing),
        descriptors: new Map([[5, { kind: 'uffd', id: 1, readable: true, writable: false }]]),
      }) as State;
    const seen = { width: 0, more: flags({ u: um }) };
    expect(extra(name, of('RRAAA'), call('uffdio_register', 5, at(0), pages(3), 1), seen)).toContain(
      'ENOMEM  0-2u 2-5',
    );
    expect(extra(name, of('UU.UUU'), call('uffdio_unregister', 5, at(0), pages(4)), seen)).toEqual([
      'ENOMEM  0-2 3-6u',
    ]);
    // A whole mapping is unregistered without a merge where there is no memory for one.
    expect(extra(name, of('UUAA'), call('uffdio_unregister', 5, at(0), pages(2)), seen)).toEqual([]);
  });
});
