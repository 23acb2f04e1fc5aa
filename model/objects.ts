/** What mappings and descriptors refer to: objects (what can be mapped), open files, userfaultfds. Records of the model's memory. */

import { Pages } from './pages/index.ts';
import type { Space } from './space.ts';
import * as SPACE from './space.ts';

// Constants of its own: an imported one is looked up at each use.
const { MM } = SPACE;

/** Words of an object. */
export const KIND = 0;
/** Pages; an access beyond raises SIGBUS. */
export const LENGTH = 1;
/** The root of what it holds, by page (pages/index.ts). */
export const CONTENTS = 2;
/** What stands for device and inode in /proc/PID/maps. */
export const INODE = 3;
const OBJECT_WORDS = 4;

export const OBJECT = { SHARED_ANONYMOUS: 1, MEMFD: 2, FILE: 3, ZERO_DEVICE: 4, HUGETLB: 5 } as const;

/** Words of an open file. Two mappings are of the same file only if they came from the same `open`. */
export const FILE_OBJECT = 0;
export const FILE_ACCESS = 1;
const FILE_WORDS = 2;
export const READABLE = 1;
export const WRITABLE = 2;

/** Words of a userfaultfd. */
export const UFFD_FLAGS = 0;
/** Bits of UFFD_FEATURE that it asked for. */
export const UFFD_FEATURES = 1;
export const UFFD_WORDS = 2;
/** Faults of the kernel itself are not handled, they fail. */
export const UFFD_USER_MODE = 1;
/** UFFDIO_API has been done. */
export const UFFD_ENABLED = 2;

export const newObject = (s: Space, kind: number, length: number): number => {
  const object = s.heap.alloc(OBJECT_WORDS);
  s.add(MM.INODES, 1);
  s.heap.set(object + KIND, kind);
  s.heap.set(object + LENGTH, length);
  s.heap.set(object + CONTENTS, Pages.create(s.heap));
  s.heap.set(object + INODE, s.mm(MM.INODES));
  return object;
};

export const newFile = (s: Space, object: number, access: number): number => {
  const file = s.heap.alloc(FILE_WORDS);
  s.heap.set(file + FILE_OBJECT, object);
  s.heap.set(file + FILE_ACCESS, access);
  return file;
};

/** The object of a mapping with this file. */
export const objectOf = (s: Space, file: number): number => s.heap.get(file + FILE_OBJECT);
export const kindOf = (s: Space, file: number): number => (file === 0 ? 0 : s.heap.get(objectOf(s, file) + KIND));
