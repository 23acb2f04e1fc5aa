/**
 * What a read of each page would return, as far as it follows from what was seen: a page that was once seen with a content keeps it until a
 * call that may destroy it. Pages of which that is not certain are simply not known.
 */
import type { Act } from './acts.ts';
import type { Layout } from './layout.ts';
import type { Range } from './ranges.ts';

/** A content, and the step after which it was seen or followed from a call. */
export interface Known {
  /** `undefined`: the page was given up with MADV_FREE; until it is written it may turn to zero at any time. */
  readonly content: number | undefined;
  at: number;
}

/** Fresh pages are zero; of more than so many at once that is not remembered. */
const MOST_FRESH = 64;

export class Memory {
  readonly #known = new Map<number, Known>();

  at(page: number): Known | undefined {
    return this.#known.get(page);
  }

  learn(page: number, content: number, at: number): void {
    const known = this.#known.get(page);
    if (known !== undefined && (known.content === content || known.content === undefined)) known.at = at;
    else this.#known.set(page, { content, at });
  }

  /** Knows the same now, and forgets and learns for itself. */
  copy(): Memory {
    const other = new Memory();
    for (const [page, known] of this.#known) other.#known.set(page, known);
    return other;
  }

  /** Does what a call did; `layout` is that before the call, `at` its step. */
  apply(acts: readonly Act[], layout: Layout, at: number): void {
    for (const act of acts) {
      if (act.kind === 'drop' || act.kind === 'forget') this.#forget(act);
      else if (act.kind === 'give up') this.#giveUp(act, at);
      else if (act.kind === 'carry') this.#carry(act, at);
      else if (act.kind === 'zero') this.#zero(act, at);
      else if (act.kind === 'forget objects') this.#forgetObjects(layout);
      else if (act.kind === 'write') {
        if (act.content === undefined) this.#known.delete(act.page);
        else this.#known.set(act.page, { content: act.content, at });
      }
    }
  }

  #pagesIn({ start, end }: Range): number[] {
    if (end - start < this.#known.size) {
      const pages: number[] = [];
      for (let page = start; page < end; page++) if (this.#known.has(page)) pages.push(page);
      return pages;
    }
    return [...this.#known.keys()].filter((page) => page >= start && page < end);
  }

  #forget(range: Range): void {
    for (const page of this.#pagesIn(range)) this.#known.delete(page);
  }

  #giveUp(range: Range, at: number): void {
    for (const page of this.#pagesIn(range)) this.#known.set(page, { content: undefined, at });
  }

  #carry({ start, end, to, leaves }: Act & { kind: 'carry' }, at: number): void {
    const pages = this.#pagesIn({ start, end });
    const carried = pages.map((page) => this.#known.get(page) as Known);
    this.#forget({ start: to, end: to + end - start });
    pages.forEach((page, i) => {
      if (leaves !== 'same') this.#known.delete(page);
      this.#known.set(to + page - start, { ...(carried[i] as Known) });
    });
    if (leaves === 'zero') this.#zero({ start, end }, at);
  }

  #zero({ start, end }: Range, at: number): void {
    this.#forget({ start, end });
    if (end - start > MOST_FRESH) return;
    for (let page = start; page < end; page++) this.#known.set(page, { content: 0, at });
  }

  #forgetObjects(layout: Layout): void {
    for (const m of layout) if (m.file !== 0) this.#forget(m);
  }
}
