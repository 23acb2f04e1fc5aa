/**
 * ftruncate(2): an object grows or shrinks under its mappings. Mappings stay; pages that lie beyond the end now raise SIGBUS, and
 * private copies of them are gone too. Guard markers stay.
 *
 *     object   0 1 2|3        size in bytes: the last page is cut
 *     mapping  a b C!D!       private copies C of a cut page stays, D goes
 */

import { decision } from '../engine.ts';
import { always, type Context, does, fails, mayFail, procedure, type Rule, returns } from '../rule.ts';
import { ANY_CONTENT, change, Unknown } from '../space.ts';
import type { Descriptor, MemoryObject, State } from '../state.ts';
import { int, pageSize } from './arguments.ts';

interface Request extends Context {
  /** Bytes. */
  readonly length: bigint;
  readonly descriptor: Descriptor | undefined;
  /** Its key in `State.objects`; 0 for none. */
  readonly id: number;
  readonly object: MemoryObject | undefined;
  /** Pages that the new length reaches into. */
  readonly pages: number;
}

const negative: Rule<Request> = {
  id: 'ftruncate/negative',
  manual: 'truncate(2) ERRORS, EINVAL: the argument length is negative or larger than the maximum file size',
  kernel: 'fs/open.c do_sys_ftruncate()',
  when: (c) => BigInt.asIntN(64, c.length) < 0n,
  then: fails('EINVAL'),
};

const badDescriptor: Rule<Request> = {
  id: 'ftruncate/bad-descriptor',
  manual: 'truncate(2) ERRORS, EBADF: fd is not a valid file descriptor',
  kernel: 'fs/open.c do_sys_ftruncate()',
  when: (c) => !c.descriptor,
  then: fails('EBADF'),
};

const isRegular = (c: Request): boolean => {
  if (c.object?.kind === 'unknown') throw new Unknown('what kind of object it is');
  return c.object !== undefined && c.object.kind !== 'zero device';
};

/** Neither a userfaultfd nor a device has a length. */
const notRegular: Rule<Request> = {
  id: 'ftruncate/not-regular',
  manual: 'truncate(2) ERRORS, EINVAL: fd does not reference a regular file or a POSIX shared memory object',
  kernel: 'fs/open.c do_ftruncate()',
  when: (c) => c.descriptor !== undefined && !isRegular(c),
  then: fails('EINVAL'),
};

const notWritable: Rule<Request> = {
  id: 'ftruncate/not-writable',
  manual: 'truncate(2) ERRORS, EINVAL or EBADF: the file descriptor fd is not open for writing (Linux produces EINVAL)',
  kernel: 'fs/open.c do_ftruncate()',
  when: (c) => c.descriptor?.writable === false,
  then: fails('EINVAL'),
};

/** The least that a file system in use limits files to. */
const LEAST_MAXIMUM = 2n ** 31n - 1n;

/** How long a file may be depends on the file system, which is not known. A memfd may have any length. */
const tooLarge: Rule<Request> = {
  id: 'ftruncate/too-large',
  manual: 'truncate(2) ERRORS, EFBIG: the argument length is larger than the maximum file size',
  kernel: 'fs/attr.c inode_newsize_ok()',
  when: (c) => c.object?.kind === 'file' && c.pages > c.object.size && c.length > LEAST_MAXIMUM,
  then: mayFail('EFBIG'),
};

/** The manual: or larger than the maximum file size. */
const tooLargeManual: Rule<Request> = {
  id: 'ftruncate/too-large-invalid',
  manual: 'truncate(2) ERRORS, EINVAL: the argument length is negative or larger than the maximum file size',
  when: (c) => c.object?.kind === 'file' && c.pages > c.object.size && c.length > LEAST_MAXIMUM,
  then: mayFail('EINVAL'),
};

const WORD = 8n;

/** The first `kept` bytes of a word, the rest zero. */
const cutWord = (word: number, kept: bigint): bigint => BigInt.asUintN(64, BigInt(word)) & ((1n << (8n * kept)) - 1n);

const clamp = (n: bigint): bigint => (n < 0n ? 0n : n > WORD ? WORD : n);

/** What the content of a page (its first and its last word) becomes when all but the first `kept` bytes are zeroed: -1 where the words differ now. */
const cutContent = (content: number, kept: bigint, bytes: bigint): number => {
  if (content < 0) return ANY_CONTENT;
  const first = cutWord(content, clamp(kept));
  return first === cutWord(content, clamp(kept - (bytes - WORD))) ? Number(first) : -1;
};

const shrinks = (c: Request): boolean => c.object !== undefined && c.length < BigInt(c.object.size) * pageSize(c.state);

const resized = (c: Request, object: MemoryObject): Request => ({
  ...c,
  state: change(c.state, { objects: new Map([...c.state.objects, [c.id, object]]) }),
});

/** The rest of the page that is cut reads as zero, also when the object grows again. */
const shrunk: Rule<Request> = {
  id: 'ftruncate/shrunk',
  manual: 'truncate(2) DESCRIPTION: if the file previously was larger than this size, the extra data is lost',
  kernel: 'mm/truncate.c truncate_setsize()',
  when: shrinks,
  then: does((c) => {
    const object = c.object as MemoryObject;
    const contents = new Map([...object.contents].filter(([page]) => page < c.pages));
    const kept = c.length % pageSize(c.state);
    const last = contents.get(c.pages - 1);
    if (kept !== 0n && last !== undefined) contents.set(c.pages - 1, cutContent(last, kept, pageSize(c.state)));
    return resized(c, { ...object, size: c.pages, contents });
  }),
};

const isGone = (c: Request, page: number): boolean =>
  c.state.mappings.some(
    (m) => m.object === c.id && !m.shared && m.start <= page && page < m.end && m.offset + page - m.start >= c.pages,
  );

const copiesGone: Rule<Request> = {
  id: 'ftruncate/private-copies-gone',
  manual:
    'mmap(2) ERRORS, SIGBUS: attempted access to a page of the buffer that lies beyond the end of the mapped file',
  kernel: 'mm/memory.c unmap_mapping_range()',
  when: (c) => c.object !== undefined && c.pages < c.object.size,
  then: does((c) => ({ ...c, state: withoutCopies(c) })),
};

const withoutCopies = (c: Request): State =>
  change(c.state, { pages: new Map([...c.state.pages].filter(([page]) => !isGone(c, page))) });

const grown: Rule<Request> = {
  id: 'ftruncate/grown',
  manual:
    'truncate(2) DESCRIPTION: if the file previously was shorter, it is extended, and the extended part reads as null bytes',
  kernel: 'mm/truncate.c truncate_setsize()',
  when: (c) => c.object !== undefined && c.pages > c.object.size,
  then: does((c) => resized(c, { ...(c.object as MemoryObject), size: c.pages })),
};

const done: Rule<Request> = {
  id: 'ftruncate/done',
  manual: 'truncate(2) RETURN VALUE: 0',
  kernel: 'fs/open.c do_sys_ftruncate()',
  when: always,
  then: returns(() => 0n),
};

export const ftruncate = decision(
  procedure<Request>('ftruncate', [
    negative,
    badDescriptor,
    notRegular,
    notWritable,
    tooLarge,
    tooLargeManual,
    copiesGone,
    shrunk,
    grown,
    done,
  ]),
  (c) => {
    const [fd = 0n, length = 0n] = c.call.args;
    const descriptor = c.state.descriptors.get(int(fd));
    const id = descriptor?.kind === 'object' ? descriptor.id : 0;
    const pages = Number((length + pageSize(c.state) - 1n) / pageSize(c.state));
    return { ...c, length, descriptor, id, object: c.state.objects.get(id), pages };
  },
);
