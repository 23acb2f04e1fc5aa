/**
 * The machine on which a log was made, as far as the contract asks. What the log does not tell is taken as large enough: limits, memory,
 * the number of mappings, privileges. Where an error came back, it is tried whether one of them being short explains it (`SHORTAGES`).
 */
import {
  type Environment,
  initialState,
  type MemoryObject,
  type Profile,
  type Result,
  type State,
} from '../../spec/index.ts';
import { OBJECT } from './known.ts';

const NOTHING = { vmSize: 0, vmLck: 0, vmData: 0, vmStk: 0, mapCount: 0 };
const PLENTY = Number.MAX_SAFE_INTEGER;
/** Pages of user space: 47 bits of addresses without the last page, as on x86-64. */
const TASK_PAGES = 2 ** 35 - 1;

const environmentOf = (profile: Profile): Environment => ({
  release:
    profile.version === undefined ? '7.3.0' : `${Math.floor(profile.version / 1000)}.${profile.version % 1000}.0`,
  pageSize: 4096,
  taskSize: TASK_PAGES,
  hugePage: 512,
  hugePool: 2 ** 30,
  maxMapCount: PLENTY,
  minAddr: 16,
  overcommit: 0,
  memory: PLENTY,
  stackGap: 256,
  stackLimit: 2048,
  own: { ...NOTHING, lockable: 0 },
  window: { start: 0, end: TASK_PAGES },
  arena: 0x100200000,
  capabilities: { ipcLock: true, rawIo: true, sysResource: true },
  fileCustomPlacement: false,
  filePages: 0,
  features: [],
});

const object = (kind: MemoryObject['kind']): MemoryObject => ({
  kind,
  size: Infinity,
  contents: new Map(),
  file: 0,
  customPlacement: kind === 'zero device',
});

/** The objects of OBJECT, by key. */
export const OBJECTS: ReadonlyMap<number, MemoryObject> = new Map([
  [OBJECT.file, object('file')],
  [OBJECT.memfd, object('memfd')],
  [OBJECT.zero, object('zero device')],
  [OBJECT.shared, object('shared anonymous')],
  [OBJECT.hugetlb, object('hugetlb')],
  [OBJECT.other, object('unknown')],
]);

/** The same, but files lie on a file system with address logic of its own. */
export const OBJECTS_PLACED_BY_FILE: ReadonlyMap<number, MemoryObject> = new Map([
  ...OBJECTS,
  [OBJECT.file, { ...object('file'), customPlacement: true }],
]);

const KEYS: ReadonlyMap<MemoryObject['kind'], number> = new Map([...OBJECTS].map(([key, o]) => [o.kind, key]));

/** The key in OBJECT of what a mapping shows in a state that the contract gave back. */
export const keyOf = (state: State, id: number): number => {
  if (id === OBJECT.none) return id;
  const kind = state.objects.get(id)?.kind;
  return (kind === undefined ? undefined : KEYS.get(kind)) ?? OBJECT.other;
};

/** The state in which everything is unknown, and nothing is short. */
export const groundOf = (profile: Profile): State => ({
  ...initialState(environmentOf(profile)),
  objects: OBJECTS,
  uffds: new Map([[1, { enabled: true, features: 0n, eventRemap: false, sigbus: false, userModeOnly: false }]]),
  outside: { size: 0, locked: 0, data: 0, stack: 0, count: 0 },
  nextId: 16,
});

/** Something that may have been short, or that the log does not tell. */
export interface Shortage {
  readonly why: string;
  readonly applied: (state: State) => State;
}

const withEnvironment = (state: State, changes: Partial<Environment>): State => ({
  ...state,
  environment: { ...state.environment, ...changes },
});

const unprivileged = (state: State): State => ({
  ...state,
  capabilities: { ipcLock: false, rawIo: false, sysResource: false },
});

const size: Shortage = {
  why: 'RLIMIT_AS or RLIMIT_DATA may have been reached',
  applied: (s) => ({ ...s, limits: { ...s.limits, as: 0, data: 0 } }),
};
const commit: Shortage = {
  why: 'the system may have had no memory left to commit',
  applied: (s) => withEnvironment(s, { overcommit: 2, memory: 0 }),
};
/** More than there is of everything is refused in every mode, more than the mode allows in the strict one. */
const count: Shortage = {
  why: 'the process may have had as many mappings as it may have',
  applied: (s) => ({ ...withEnvironment(s, { maxMapCount: 1 }), outside: { ...s.outside, count: 9 } }),
};
const locked: Shortage = {
  why: 'RLIMIT_MEMLOCK may have been reached',
  applied: (s) => ({
    ...unprivileged(s),
    limits: { ...s.limits, memlock: 4096 },
    outside: { ...s.outside, locked: 2 },
  }),
};
const mayNotLock: Shortage = {
  why: 'RLIMIT_MEMLOCK may be 0',
  applied: (s) => ({ ...unprivileged(s), limits: { ...s.limits, memlock: 0 } }),
};
const lowest: Shortage = {
  why: 'the lowest address that may be mapped is not known',
  applied: (s) => withEnvironment(unprivileged(s), { minAddr: 2 ** 20 }),
};
const pool: Shortage = {
  why: 'there may have been no huge pages left',
  applied: (s) => withEnvironment(s, { hugePool: 0 }),
};
const unconfigured: Shortage = {
  why: 'the kernel may have been built without it',
  applied: (s) => withEnvironment(s, { features: ['none'], hugePage: 0 }),
};
const shortFile: Shortage = {
  why: 'the file may be shorter than what is mapped of it',
  applied: (s) => ({
    ...s,
    objects: new Map([...s.objects].map(([key, o]) => [key, { ...o, size: 0 }])),
  }),
};
const noDescriptor: Shortage = {
  why: 'the descriptor may have been closed by a call that is not in the log',
  applied: (s) => ({ ...s, descriptors: new Map() }),
};

const BY_ERRNO: Readonly<Record<string, readonly Shortage[]>> = {
  ENOMEM: [size, commit, count, locked, pool, shortFile],
  EAGAIN: [locked, count],
  EPERM: [mayNotLock, lowest],
  EINVAL: [unconfigured],
  EBADF: [noDescriptor],
};

/** What may have been short where a call ended so. */
export const shortagesFor = (result: Result): readonly Shortage[] =>
  result.kind === 'error' ? (BY_ERRNO[result.errno] ?? []) : [];
