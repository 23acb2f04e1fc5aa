/**
 * What the mappings add up to, beside the counters of the process. The machine's own share of each sum is known from the start; fillers and
 * `mlockall` add to it.
 */
import { type Environment, MCL, PROT, type SeenMapping, type Step, VMFLAG } from '../../spec/index.ts';
import { mapsUnseen } from './moment.ts';

/** A sum of pages (or mappings), and what it is beside what it should be. */
export interface Entry {
  readonly name: string;
  readonly seen: number;
  readonly allowed: number;
}

const WRITE = Number(PROT.WRITE);

/** What the steps so far have made of the machine's own share. */
interface Share {
  /** Pages, and as many mappings, that `fill_mappings` has made. */
  readonly filler: number;
  readonly fillerLocked: number;
  readonly ownLocked: number;
  readonly locksFuture: boolean;
  /** Something was mapped where nobody looks. */
  readonly isLost: boolean;
}

/** Never changed in place: a step makes another ledger of it. */
export class Ledger {
  readonly #environment: Environment;
  readonly #share: Share;

  private constructor(environment: Environment, share: Share) {
    this.#environment = environment;
    this.#share = share;
  }

  static atStart(environment: Environment): Ledger {
    const ownLocked = environment.own.vmLck;
    return new Ledger(environment, { filler: 0, fillerLocked: 0, ownLocked, locksFuture: false, isLost: false });
  }

  /** The ledger with a step in it. */
  after(step: Step): Ledger {
    const share = this.#shareAfter(step);
    return share === this.#share ? this : new Ledger(this.#environment, share);
  }

  #shareAfter(step: Step): Share {
    const { call, result } = step;
    const share = mapsUnseen(step, this.#environment) ? { ...this.#share, isLost: true } : this.#share;
    if (result.kind !== 'value') return share;
    if (call.name === 'munlockall') return { ...share, locksFuture: false, ownLocked: 0, fillerLocked: 0 };
    if (call.name === 'fill_mappings') {
      const made = Number(result.value);
      const fillerLocked = share.fillerLocked + (share.locksFuture ? made : 0);
      return { ...share, filler: share.filler + made, fillerLocked };
    }
    if (call.name !== 'mlockall') return share;
    const [flags = 0n] = call.args;
    const locksFuture = (flags & MCL.FUTURE) !== 0n;
    if ((flags & MCL.CURRENT) === 0n) return { ...share, locksFuture };
    return { ...share, locksFuture, ownLocked: this.#environment.own.lockable, fillerLocked: share.filler };
  }

  /** Every sum that was looked at, in the same order each time; nothing if mappings were made where nobody looks. */
  entries(mappings: readonly SeenMapping[], { counters }: Step['seen']): readonly Entry[] {
    const { filler, fillerLocked, ownLocked, isLost } = this.#share;
    if (isLost) return [];
    const { own } = this.#environment;
    const sums = sumsOf(mappings);
    const entries: Entry[] = [];
    if (counters !== undefined) {
      entries.push({ name: 'vmSize', seen: counters.vmSize, allowed: own.vmSize + filler + sums.size });
      const mapCount = own.mapCount + filler + mappings.length;
      entries.push({ name: 'mapCount', seen: counters.mapCount, allowed: mapCount });
    }
    if (!sums.hasFlags) return entries;
    if (counters !== undefined) {
      const locked = ownLocked + fillerLocked + sums.locked;
      entries.push({ name: 'vmLck', seen: counters.vmLck, allowed: locked });
      entries.push({ name: 'vmData', seen: counters.vmData, allowed: own.vmData + sums.data });
      entries.push({ name: 'vmStk', seen: counters.vmStk, allowed: own.vmStk + sums.stack });
    }
    entries.push({ name: 'pages without their charge', seen: sums.uncharged, allowed: 0 });
    entries.push({ name: 'pages locked on fault without a lock', seen: sums.halfLocked, allowed: 0 });
    return entries;
  }
}

interface Sums {
  hasFlags: boolean;
  size: number;
  locked: number;
  data: number;
  stack: number;
  /** Private pages that may be written, and count against no commit limit although nobody asked for that. */
  uncharged: number;
  halfLocked: number;
}

function sumsOf(mappings: readonly SeenMapping[]): Sums {
  const sums: Sums = { hasFlags: true, size: 0, locked: 0, data: 0, stack: 0, uncharged: 0, halfLocked: 0 };
  for (const { start, end, prot, shared, flags } of mappings) {
    const pages = end - start;
    sums.size += pages;
    if (flags === undefined) {
      sums.hasFlags = false;
      continue;
    }
    const isData = !shared && (prot & WRITE) !== 0;
    if (flags & VMFLAG.lo) sums.locked += pages;
    else if (flags & VMFLAG.lf) sums.halfLocked += pages;
    if (flags & VMFLAG.gd) sums.stack += pages;
    else if (isData) sums.data += pages;
    if (isData && (flags & (VMFLAG.ac | VMFLAG.nr | VMFLAG.ht)) === 0) sums.uncharged += pages;
  }
  return sums;
}
