/**
 * ftruncate(2): an object grows or shrinks under its mappings. Page-table entries for what lies beyond the end go, private copies too
 * (mm/memory.c unmap_mapping_range()); guard markers stay.
 */
import { ERRNO } from '../../spec/abi.ts';
import { int } from '../arguments.ts';
import { FILE_DESCRIPTOR, kindOfDescriptor, recordOf } from '../descriptors.ts';
import { ENTRY, zapObject } from '../fault/index.ts';
import { CONTENTS, FILE_ACCESS, KIND, LENGTH, OBJECT, objectOf, WRITABLE } from '../objects.ts';
import { EINVAL, type Space } from '../space.ts';

const EBADF = -ERRNO.EBADF;
const EFBIG = -ERRNO.EFBIG;

const WORD = 8;

/** The first `kept` bytes of a word, the rest zero. */
const cutWord = (word: number, kept: number): number =>
  Number(BigInt(word) & ((1n << BigInt(8 * Math.min(WORD, Math.max(0, kept)))) - 1n));

/** The token of a page when all but its first `kept` bytes are zeroed: see `contentShown`. A page that was torn stays so while it keeps its first word. */
const cutToken = (token: number, kept: number, pageSize: number): number => {
  if (token < 0 && kept >= WORD) return token;
  const first = cutWord(token < 0 ? -1 - token : token, kept);
  return first === cutWord(first, kept - (pageSize - WORD)) ? first : -1 - first;
};

/** Takes what the object holds beyond `bytes`. */
const cutObject = (s: Space, object: number, pages: number, bytes: bigint): void => {
  const { pageSize } = s.environment;
  const contents = s.contentsOf(s.heap.get(object + CONTENTS));
  contents.clear(pages, Infinity);
  const kept = Number(bytes % BigInt(pageSize));
  if (kept === 0 || contents.kindAt(pages - 1) === 0) return;
  const token = cutToken(contents.tokenAt(pages - 1), kept, pageSize);
  contents.set(pages - 1, pages, ENTRY.PRIVATE, token, 0);
};

/** Of ext4: what 32 bits can number. Memory has no limit that a length could exceed. */
const mostPages = (s: Space, kind: number): number => {
  const { fileCustomPlacement, fileInSharedMemory } = s.environment;
  return kind !== OBJECT.FILE || fileCustomPlacement || fileInSharedMemory === true ? Infinity : 2 ** 32 - 1;
};

export const ftruncate = (s: Space, args: readonly bigint[]): number => {
  const bytes = args[1] ?? 0n;
  if (BigInt.asIntN(64, bytes) < 0n) return EINVAL;
  const fd = int(args[0] ?? 0n);
  const descriptor = kindOfDescriptor(s, fd);
  if (descriptor === 0) return EBADF;
  const file = recordOf(s, fd);
  if (descriptor !== FILE_DESCRIPTOR || (s.heap.get(file + FILE_ACCESS) & WRITABLE) === 0) return EINVAL;
  const object = objectOf(s, file);
  const kind = s.heap.get(object + KIND);
  const size = BigInt(s.environment.pageSize);
  const pages = Number((bytes + size - 1n) / size);
  if (
    kind === OBJECT.ZERO_DEVICE ||
    (kind === OBJECT.HUGETLB && bytes % (size * BigInt(s.environment.hugePage)) !== 0n)
  )
    return EINVAL;
  if (pages > mostPages(s, kind)) return EFBIG;
  const before = s.heap.get(object + LENGTH);
  s.heap.set(object + LENGTH, pages);
  if (bytes >= BigInt(before) * size) return 0;
  if (pages < before) zapObject(s, object, pages, Infinity, true);
  cutObject(s, object, pages, bytes);
  return 0;
};
