/** Which pages a call is about, and which mapping holds a page. */
import { type Call, type Environment, MREMAP, type Result, type SeenMapping, type Step } from '../../spec/index.ts';

/** Pages `[start, end)`. */
export interface Pages {
  readonly start: number;
  readonly end: number;
}

const NONE: Pages = { start: 0, end: 0 };

export const pageOf = (address: bigint, { pageSize }: Environment): number => Number(address / BigInt(pageSize));

const pagesFrom = (address: bigint, length: bigint, environment: Environment): Pages => {
  const start = pageOf(address, environment);
  return { start, end: pageOf(address + length + BigInt(environment.pageSize - 1), environment) };
};

export const within = ({ start, end }: Pages, page: number): boolean => page >= start && page < end;

/** The pages that a call acts on by its arguments: where `mmap` put them, of `mremap` those that it is to change. */
export function actsOn({ name, args }: Call, result: Result, environment: Environment): Pages {
  const [address = 0n, length = 0n] = args;
  if (name === 'load' || name === 'store') return pagesFrom(address, 1n, environment);
  if (name === 'mmap') return result.kind === 'value' ? pagesFrom(result.value, length, environment) : NONE;
  return ['munmap', 'madvise', 'mremap'].includes(name) ? pagesFrom(address, length, environment) : NONE;
}

/** Where a page was before the call: elsewhere only if `mremap` brought it. */
export function sourceOf({ name, args }: Call, result: Result, page: number, environment: Environment): number {
  if (name !== 'mremap') return page;
  const [address = 0n, , newSize = 0n, flags = 0n, newAddress = 0n] = args;
  // A move of several mappings that failed has moved those before.
  if (result.kind !== 'value' && (flags & MREMAP.FIXED) === 0n) return page;
  const to = pagesFrom(result.kind === 'value' ? result.value : newAddress, newSize, environment);
  return within(to, page) ? page - to.start + pageOf(address, environment) : page;
}

export const mappingAt = ({ seen }: Step, page: number): SeenMapping | undefined =>
  seen.mappings?.find((m) => within(m, page));
