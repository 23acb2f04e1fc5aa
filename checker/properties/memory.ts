/**
 * What a read of each page would return, as far as it follows from what was seen: a page that was once seen with a content keeps it until a
 * call that may destroy it. Pages of which that is not certain are simply not known.
 *
 * A list of pages in ascending order, never changed in place: every change is another memory, so that many calls can be asked about
 * from one.
 */
import type { SeenPage } from '../../spec/index.ts';
import type { Act } from './acts.ts';
import type { Layout } from './layout.ts';
import type { Range } from './ranges.ts';

/** A content, and the step after which it was seen or followed from a call. */
export interface Known {
  readonly page: number;
  /** `undefined`: the page was given up with MADV_FREE; until it is written it may turn to zero at any time. */
  readonly content: number | undefined;
  readonly at: number;
}

/** Fresh pages are zero; of more than so many at once that is not remembered. */
const MOST_FRESH = 64;

/** Position of the first page that is not below `page`. */
function position(list: readonly Known[], page: number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list[middle]!.page < page) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The list with another one (ascending, inside the range) in the place of a range; the same if that is nothing for nothing. */
function replaced(list: readonly Known[], { start, end }: Range, by: readonly Known[]): readonly Known[] {
  const from = position(list, start);
  const to = position(list, end);
  if (from >= to && by.length === 0) return list;
  const out = list.slice(0, from);
  for (const known of by) out.push(known);
  for (let i = to; i < list.length; i++) out.push(list[i]!);
  return out;
}

const partOf = (list: readonly Known[], { start, end }: Range): readonly Known[] =>
  list.slice(position(list, start), position(list, end));

export class Memory {
  readonly #known: readonly Known[];

  private constructor(known: readonly Known[]) {
    this.#known = known;
  }

  /** Nothing is known. */
  static readonly EMPTY = new Memory([]);

  at(page: number): Known | undefined {
    const known = this.#known[position(this.#known, page)];
    return known?.page === page ? known : undefined;
  }

  /** What is known when these pages were seen after the step `at`. */
  seeing(pages: readonly SeenPage[], at: number): Memory {
    if (pages.length === 0) return this;
    const out = this.#known.slice();
    for (const { page, content } of pages) {
      if (content === undefined) continue;
      const i = out.length === 0 || out[out.length - 1]!.page < page ? out.length : position(out, page);
      const known = out[i];
      if (known?.page !== page) out.splice(i, 0, { page, content, at });
      else out[i] = { page, content: known.content === undefined ? undefined : content, at };
    }
    return new Memory(out);
  }

  /** What is known when a call has done this; `layout` is that before the call, `at` its step. */
  after(acts: readonly Act[], layout: Layout, at: number): Memory {
    let list = this.#known;
    for (const act of acts) {
      if (act.kind === 'drop' || act.kind === 'forget') list = replaced(list, act, []);
      else if (act.kind === 'give up') list = givenUp(list, act, at);
      else if (act.kind === 'carry') list = carried(list, act, at);
      else if (act.kind === 'zero') list = zeroed(list, act, at);
      else if (act.kind === 'forget objects') {
        for (const m of layout) if (m.file !== 0) list = replaced(list, m, []);
      } else if (act.kind === 'write') {
        const { page, content } = act;
        list = replaced(list, { start: page, end: page + 1 }, content === undefined ? [] : [{ page, content, at }]);
      }
    }
    return list === this.#known ? this : new Memory(list);
  }
}

const givenUp = (list: readonly Known[], range: Range, at: number): readonly Known[] =>
  replaced(
    list,
    range,
    partOf(list, range).map(({ page }) => ({ page, content: undefined, at })),
  );

function carried(list: readonly Known[], act: Act & { kind: 'carry' }, at: number): readonly Known[] {
  const { start, end, to, leaves } = act;
  const by = to - start;
  const there = partOf(list, act).map((known) => ({ page: known.page + by, content: known.content, at: known.at }));
  const left = leaves === 'same' ? list : replaced(list, act, []);
  const moved = replaced(left, { start: to, end: end + by }, there);
  return leaves === 'zero' ? zeroed(moved, act, at) : moved;
}

function zeroed(list: readonly Known[], { start, end }: Range, at: number): readonly Known[] {
  const fresh: Known[] = [];
  if (end - start <= MOST_FRESH) for (let page = start; page < end; page++) fresh.push({ page, content: 0, at });
  return replaced(list, { start, end }, fresh);
}
