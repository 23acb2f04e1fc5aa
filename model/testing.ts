/** A small machine for tests of calls: an environment, a model of it, and calls by their numbers. */
import type { CallName, Result } from '../spec/calls.ts';
import type { Environment, SeenMapping } from '../spec/observation.ts';
import { profileNamed } from '../spec/profile.ts';
import { Model } from './index.ts';

export const PAGE = 4096n;
/** First page of the window, and a place in it as an address. */
export const BASE = 0x1_0000_0000;
export const at = (page: number): bigint => BigInt(BASE + page) * PAGE;
/** Where a page that nobody places goes: just below. */
export const TOP = 0x7_f000_0000;
export const below = (pages: number): bigint => BigInt(TOP - pages) * PAGE;
/** Pages that one huge page takes. */
export const HUGE = 512;

/** What it runs in, unless told otherwise. */
export const ENVIRONMENT: Environment = {
  release: '6.18.0',
  pageSize: 4096,
  taskSize: 0x7_ffff_ffff,
  hugePage: HUGE,
  hugePool: 0,
  maxMapCount: 100,
  minAddr: 16,
  overcommit: 0,
  memory: 10_000,
  stackGap: 256,
  stackLimit: 2048,
  own: { vmSize: 100, vmLck: 0, vmData: 10, vmStk: 33, mapCount: 7, lockable: 30 },
  window: { start: BASE, end: 0x7_ff00_0000 },
  mmapTop: TOP,
  arena: BASE,
  capabilities: { ipcLock: true, rawIo: false },
  fileCustomPlacement: false,
  filePages: 16,
  features: ['mseal', 'userfaultfd', 'userfaultfd_kernel_faults'],
};

/** A model whose calls can be made by name; results are numbers, errors and signals their names. */
export class Machine {
  readonly model: Model;

  constructor(kernel = '6.18', changes: Partial<Environment> = {}) {
    const profile = profileNamed(`linux-${kernel}`);
    if (!profile) throw new Error(`no profile ${kernel}`);
    this.model = new Model({ ...ENVIRONMENT, ...changes }, profile);
  }

  call(name: CallName, ...args: (bigint | number)[]): bigint | string {
    return this.fault(0, name, ...args);
  }

  /** As `call`; the inner step of this number fails. */
  fault(step: number, name: CallName, ...args: (bigint | number)[]): bigint | string {
    const unsigned = args.map((a) => BigInt.asUintN(64, BigInt(a)));
    return shown(this.model.call({ name, args: unsigned }, step));
  }

  get mappings(): readonly SeenMapping[] {
    return this.model.observe({ mappings: true, flags: true }).mappings ?? [];
  }

  /** Mappings as pages behind BASE: `0-3 5-6`. */
  get drawn(): string {
    return this.mappings.map((m) => `${m.start - BASE}-${m.end - BASE}`).join(' ');
  }

  get counters(): Record<string, number> {
    return { ...this.model.observe({ counters: true }).counters };
  }
}

const shown = (r: Result): bigint | string =>
  r.kind === 'value' ? r.value : r.kind === 'error' ? r.errno : r.kind === 'signal' ? r.signal : r.kind;
