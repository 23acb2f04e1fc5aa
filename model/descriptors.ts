/** Descriptors: numbers that stand for open files and userfaultfds. A list in the model's memory; programs have few. */

import type { Space } from './space.ts';
import * as SPACE from './space.ts';

// Constants of its own: an imported one is looked up at each use.
const { MM } = SPACE;

const FD = 0;
const KIND = 1;
const RECORD = 2;
const NEXT = 3;
const WORDS = 4;

export const FILE_DESCRIPTOR = 1;
export const UFFD_DESCRIPTOR = 2;

/** The first number that a program's descriptors have: the machine keeps its own elsewhere. */
const FIRST = 0;

const entryOf = (s: Space, fd: number): number => {
  for (let entry = s.mm(MM.DESCRIPTORS); entry !== 0; entry = s.heap.get(entry + NEXT))
    if (s.heap.get(entry + FD) === fd) return entry;
  return 0;
};

/** Opens the lowest free number for a record and returns it. */
export const openDescriptor = (s: Space, kind: number, record: number): number => {
  let fd = FIRST;
  while (entryOf(s, fd) !== 0) fd++;
  const entry = s.heap.alloc(WORDS);
  s.heap.set(entry + FD, fd);
  s.heap.set(entry + KIND, kind);
  s.heap.set(entry + RECORD, record);
  s.heap.set(entry + NEXT, s.mm(MM.DESCRIPTORS));
  s.put(MM.DESCRIPTORS, entry);
  return fd;
};

/** FILE_DESCRIPTOR, UFFD_DESCRIPTOR, or 0 for a number that is not open. */
export const kindOfDescriptor = (s: Space, fd: number): number => {
  const entry = entryOf(s, fd);
  return entry === 0 ? 0 : s.heap.get(entry + KIND);
};

/** The lowest open number from `fd` on, -1 if there is none. */
export const nextDescriptor = (s: Space, fd: number): number => {
  let next = -1;
  for (let entry = s.mm(MM.DESCRIPTORS); entry !== 0; entry = s.heap.get(entry + NEXT)) {
    const open = s.heap.get(entry + FD);
    if (open >= fd && (next < 0 || open < next)) next = open;
  }
  return next;
};

/** The open file or userfaultfd that an open number stands for. */
export const recordOf = (s: Space, fd: number): number => s.heap.get(entryOf(s, fd) + RECORD);

/** Forgets an open number. What it stood for stays with the mappings that use it. */
export const closeDescriptor = (s: Space, fd: number): void => {
  const entry = entryOf(s, fd);
  const next = s.heap.get(entry + NEXT);
  if (s.mm(MM.DESCRIPTORS) === entry) s.put(MM.DESCRIPTORS, next);
  else {
    let before = s.mm(MM.DESCRIPTORS);
    while (s.heap.get(before + NEXT) !== entry) before = s.heap.get(before + NEXT);
    s.heap.set(before + NEXT, next);
  }
  s.heap.release(entry, WORDS);
};
