import { describe, expect, test } from 'vitest';
import { EXAMPLE } from '../example.ts';
import { parseProgram, printProgram } from '../program/index.ts';
import { copied, draftOf } from './draft.ts';
import { lay, MOST_CALLS } from './lay.ts';

const MMAP = 'PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS';
const FIXED = `mmap(0x100200000000, 8192, ${MMAP}|MAP_FIXED, -1, 0)\n`;
const ANYWHERE = `mmap(NULL, 8192, ${MMAP}, -1, 0)\n`;

function draft(text: string) {
  const parsed = parseProgram(text);
  if (!parsed.ok) throw new Error(parsed.errors[0]?.message);
  return draftOf(parsed.program);
}

/** What becomes of a program; without the calls at `dropped`. */
const laid = (text: string, ...dropped: readonly number[]): string =>
  printProgram(
    lay(
      draft(text).filter((_, i) => !dropped.includes(i)),
      EXAMPLE,
    ),
  );

describe('results that are used', () => {
  test('become the place where that is known, once their call is gone', () => {
    expect(laid(`r0 = ${FIXED}store(r0+0x1000, 1)\n`, 0)).toBe('store(0x100200001000, 1)\n');
  });
  test('become those of another call of the same kind', () => {
    expect(laid(`r0 = ${ANYWHERE}r1 = ${ANYWHERE}store(r1, 1)\n`, 1)).toBe(`r0 = ${ANYWHERE}store(r0, 1)\n`);
    const fds = 'r0 = memfd_create("m", MFD_CLOEXEC)\nr1 = memfd_create("m", MFD_CLOEXEC)\nclose(r1)\n';
    expect(laid(fds, 1)).toBe('r0 = memfd_create("m", MFD_CLOEXEC)\nclose(r0)\n');
  });
  test('take their call with them where there is no other', () => {
    expect(laid(`r0 = ${ANYWHERE}store(r0, 1)\nmunlockall()\n`, 0)).toBe('munlockall()\n');
    expect(laid('r0 = memfd_create("m", MFD_CLOEXEC)\nclose(r0)\n', 0)).toBe('');
  });
  test('follow copies', () => {
    const calls = draft(`r0 = ${ANYWHERE}store(r0, 1)\n`);
    const both = printProgram(lay([...calls, ...copied(calls)], EXAMPLE));
    expect(both).toBe(
      `r0 = ${ANYWHERE}store(r0, 1)\nr2 = ${ANYWHERE}store(r2, 1)\n`.replace('r2 =', 'r1 =').replace('(r2', '(r1'),
    );
  });
});

describe('what is left out', () => {
  test.each([
    ['a descriptor that is a number', 'close(3)\n'],
    ['a descriptor that is no descriptor', `r0 = ${ANYWHERE}close(r0)\n`],
    ['a place that is a descriptor', 'r0 = memfd_create("m", MFD_CLOEXEC)\nstore(r0, 1)\n'],
    ['the length of the file', 'r0 = openat(AT_FDCWD, "file", O_RDWR|O_CLOEXEC)\nftruncate(r0, 4096)\n'],
    [
      'a userfaultfd for which an access would wait',
      'r0 = userfaultfd(O_CLOEXEC)\nioctl(r0, UFFDIO_API, {api=UFFD_API, features=0})\n',
    ],
    ['a size that can be had and takes long', `mmap(0x100200000000, 1073741824, ${MMAP}|MAP_FIXED, -1, 0)\n`],
    ['a limit of the machine', 'setrlimit(RLIMIT_STACK, {rlim_cur=4096, rlim_max=4096})\n'],
    ['another capability', 'drop_capability(21)\n'],
    ['too much room', 'fill_mappings(100)\n'],
    ['a call outside the window', 'munmap(0x400000, 4096)\n'],
    ['what is outside if a call fails', `r0 = ${ANYWHERE.replace('8192', '8388608')}munmap(r0+0x400000, 4096)\n`],
  ])('%s', (_, text) => {
    const before = text.trimEnd().split('\n');
    expect(laid(text).replace(/^r\d = /gm, '')).toBe(
      before
        .slice(0, -1)
        .map((line) => `${line.replace(/^r\d = /, '')}\n`)
        .join(''),
    );
  });
  test('a second time to fill all', () => {
    expect(laid('fill_mappings(1)\nfill_mappings(1)\n')).toBe('fill_mappings(1)\n');
  });
  test('what comes after the last call', () => {
    const program = lay(draft('munlockall()\n'.repeat(MOST_CALLS + 3)), EXAMPLE);
    expect(program.lines.length).toBe(MOST_CALLS);
  });
});

test('a call that is harmful only if another one fails gets numbers', () => {
  const text = `r0 = ${FIXED}mmap(r0+0x1000, 4096, ${MMAP}|MAP_FIXED, -1, 0)\n`;
  expect(laid(text)).toBe(
    `${FIXED}mmap(0x100200001000, 4096, ${MMAP}|MAP_FIXED, -1, 0)\n`.replaceAll(
      'MAP_PRIVATE|MAP_ANONYMOUS|MAP_FIXED',
      'MAP_PRIVATE|MAP_FIXED|MAP_ANONYMOUS',
    ),
  );
});

test('no lock meets a size that no memory holds', () => {
  const huge = 'mmap(NULL, 70368744177664, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS|MAP_NORESERVE, -1, 0)\n';
  expect(laid(huge)).toBe(huge);
  expect(laid(`${huge}mlockall(MCL_CURRENT)\n`)).toBe(`${huge.replace('70368744177664', '0')}mlockall(MCL_CURRENT)\n`);
});
