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

/**
 * Where what a page holds may have been before the call: there, unless `mremap` brought it. Nowhere if it took away what was there. A
 * move of several mappings that failed has moved those before: then both.
 */
export function sourcesOf(call: Call, result: Result, page: number, environment: Environment): readonly number[] {
  if (call.name !== 'mremap') return [page];
  const [address = 0n, , newSize = 0n, flags = 0n, newAddress = 0n] = call.args;
  const moved = result.kind === 'value';
  if (!moved && (flags & MREMAP.FIXED) === 0n) return [page];
  const to = pagesFrom(moved ? result.value : newAddress, newSize, environment);
  const rest = moved && within(actsOn(call, result, environment), page) ? [] : [page];
  if (!within(to, page)) return rest;
  const source = page - to.start + pageOf(address, environment);
  return moved ? [source] : [source, page];
}

export const mappingAt = ({ seen }: Step, page: number): SeenMapping | undefined =>
  seen.mappings?.find((m) => within(m, page));
