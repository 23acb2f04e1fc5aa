/** What descriptors of a process stand for, as far as the log tells: only what can be mapped matters. */
import type { State } from '../../spec/index.ts';
import { OBJECT } from './known.ts';

interface Descriptor {
  readonly object: number;
  readonly readable: boolean;
  readonly writable: boolean;
}

type Described = State['descriptors'];

const READ_ONLY = { readable: true, writable: false } as const;
const READ_WRITE = { readable: true, writable: true } as const;

/** More descriptors than this nobody keeps open; the log has lost count of them. */
const MOST = 1 << 16;

/** What stands at a path, in OBJECT; devices and what kernels make up as it is read are `other`. */
export function objectAt(path: string): number {
  if (path === '/dev/zero') return OBJECT.zero;
  if (path.startsWith('/memfd:')) return OBJECT.memfd;
  const isFile = path.startsWith('/dev/shm/') || (path.startsWith('/') && !/^\/(dev|proc|sys)\//.test(path));
  return isFile || /^[^/:[]/.test(path) ? OBJECT.file : OBJECT.other;
}

export class Files {
  readonly #open: Map<number, Descriptor>;

  constructor(open: ReadonlyMap<number, Descriptor> = new Map()) {
    this.#open = new Map(open);
  }

  copy(): Files {
    return new Files(this.#open);
  }

  /** A call has opened something: `flags` as strace prints them. */
  opened(fd: number, object: number, flags: string): void {
    if (this.#open.size >= MOST) this.#open.clear();
    const writable = flags.includes('O_RDWR') || flags.includes('O_WRONLY');
    this.#open.set(fd, { object, readable: !flags.includes('O_WRONLY'), writable });
  }

  same(from: number, to: number): void {
    const known = this.#open.get(from);
    if (known === undefined) this.#open.delete(to);
    else this.#open.set(to, known);
  }

  closed(fd: number): void {
    this.#open.delete(fd);
  }

  forgetAll(): void {
    this.#open.clear();
  }

  /** Whether it is known what kind of thing a descriptor stands for. */
  knows(fd: number): boolean {
    return this.#open.has(fd);
  }

  /** What the descriptor may be, each as the contract has it. `path` is what strace printed behind it. */
  described(fd: number, path: string | undefined): readonly Described[] {
    const known = this.#open.get(fd);
    const object = path === undefined ? (known?.object ?? OBJECT.file) : objectAt(path);
    const as = (access: Omit<Descriptor, 'object'>): Described =>
      new Map([[fd, { kind: 'object', id: object, readable: access.readable, writable: access.writable }]]);
    return known === undefined ? [as(READ_WRITE), as(READ_ONLY)] : [as(known)];
  }
}
