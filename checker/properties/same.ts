/** Whether two runs show the same. */
import { type Counters, type Observation, type Result, type SeenPage, type Step, VMFLAG } from '../../spec/index.ts';
import { ALL_FLAGS, EVERYTHING, firstDifference, type Layout } from './layout.ts';
import type { Range } from './ranges.ts';
import type { Disagreement } from './variant.ts';
import { segmentWords } from './words.ts';

/** Objects have other numbers in every run: they are told by the order in which they appeared. */
export class Objects {
  readonly #numbers = new Map<number, number>([[0, 0]]);

  constructor(steps: readonly Pick<Step, 'seen'>[]) {
    for (const { seen } of steps)
      for (const { file } of seen.mappings ?? [])
        if (!this.#numbers.has(file)) this.#numbers.set(file, this.#numbers.size);
  }

  renumbered(layout: Layout): Layout {
    return layout.map((m) => (m.file === 0 ? m : { ...m, file: this.#numbers.get(m.file) ?? -1 }));
  }
}

/** Contents of the original as the variant must show them. */
export type Rename = (content: number) => number;
const SAME_NAME: Rename = (content) => content;

const BUT_GUARDS = { ...EVERYTHING, flags: ALL_FLAGS & ~VMFLAG.gu };
const SUMS: readonly (keyof Counters)[] = ['vmSize', 'vmLck', 'vmData', 'vmStk'];

/**
 * The first thing that the variant shows otherwise than it must. Boundaries between equal mappings, and with them their number, and
 * which pages are present are the kernel's freedom; what a page shows is compared wherever both runs saw it.
 */
export function disagreement(
  seen: Observation,
  allowed: Observation,
  window: Range,
  rename: Rename = SAME_NAME,
): Disagreement | undefined {
  if (seen.mappings !== undefined && allowed.mappings !== undefined) {
    const found = firstDifference(seen.mappings, allowed.mappings, window, BUT_GUARDS);
    if (found !== undefined) {
      const { page } = found;
      return { page, seen: segmentWords(found.seen, page), allowed: segmentWords(found.allowed, page) };
    }
  }
  for (const name of SUMS) {
    const [is, was] = [seen.counters?.[name], allowed.counters?.[name]];
    if (is !== undefined && was !== undefined && is !== was)
      return { seen: `${name} ${is}`, allowed: `${name} ${was}` };
  }
  return (
    contentsDisagree(seen.present, allowed.present, rename) ?? contentsDisagree(seen.touched, allowed.touched, rename)
  );
}

function contentsDisagree(
  seen: readonly SeenPage[] = [],
  allowed: readonly SeenPage[] = [],
  rename: Rename,
): Disagreement | undefined {
  const words = ({ content, signal }: SeenPage, by: Rename): string =>
    signal ?? (content === undefined ? '' : `content ${by(content)}`);
  const byPage = new Map(allowed.map((page) => [page.page, page]));
  for (const page of seen) {
    const other = byPage.get(page.page);
    if (other === undefined) continue;
    const [is, must] = [words(page, SAME_NAME), words(other, rename)];
    if (is !== '' && must !== '' && is !== must) return { page: page.page, seen: is, allowed: must };
  }
  return undefined;
}

/** The same with the objects of the variant's run under the numbers of the original's. */
export const withObjects = (seen: Observation, objects: Objects): Observation =>
  seen.mappings === undefined ? seen : { ...seen, mappings: objects.renumbered(seen.mappings) };

const resultWords = (result: Result): string => {
  if (result.kind === 'value') return `0x${result.value.toString(16)}`;
  if (result.kind === 'error') return result.errno;
  return result.kind === 'hung' ? 'hung' : result.signal;
};

/** Whether two results differ. */
export function resultsDisagree(seen: Result, allowed: Result): Disagreement | undefined {
  const [is, must] = [resultWords(seen), resultWords(allowed)];
  return is === must ? undefined : { seen: is, allowed: must };
}

/** Compares the steps of the original from `first` on with those of the variant that stand `behind` places later. */
export function stepsDisagree(
  original: readonly Step[],
  variant: readonly Step[],
  { first, behind, window, rename }: { first: number; behind: number; window: Range; rename?: Rename },
): (Disagreement & { readonly index: number }) | undefined {
  const [ours, theirs] = [new Objects(original), new Objects(variant)];
  for (let index = first; index < original.length; index++) {
    const [o, v] = [original[index]!, variant[index + behind]];
    if (v === undefined) return { index, seen: 'no such step', allowed: resultWords(o.result) };
    const must = renamedResult(o, rename);
    // Of several calls in the place of one, the first has the result.
    const found =
      (index === first && behind > 0 ? undefined : resultsDisagree(v.result, must)) ??
      disagreement(withObjects(v.seen, theirs), withObjects(o.seen, ours), window, rename);
    if (found !== undefined) return { ...found, index };
  }
  return undefined;
}

function renamedResult({ call, result }: Step, rename: Rename = SAME_NAME): Result {
  if (call.name !== 'load' || result.kind !== 'value' || result.value > Number.MAX_SAFE_INTEGER) return result;
  return { kind: 'value', value: BigInt(rename(Number(result.value))) };
}
