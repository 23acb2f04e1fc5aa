/**
 * The search: breadth first from all layouts, level by level, so that the first program that reaches a state or breaks a rule is a shortest one.
 *
 * Workers expand states and tell of what they reach; this thread alone knows which states there are. Tasks are begun in the order of the states and
 * their answers merged in that order, whatever the order in which they come: so all that is counted, and which path to a state is kept, is the
 * same on any number of threads.
 *
 * With faults, a state that was reached without one has all the futures of the same state reached with one, and more. So the second is a state of its own
 * only as long as the first has not been seen.
 */
import { bump, Findings, type Group } from '../run/index.ts';
import { type Crew, startCrew } from './crew.ts';
import { type Counts, nothingCounted } from './expand.ts';
import { faultOf } from './ground.ts';
import { Here } from './here.ts';
import type { Scope } from './scope.ts';
import { Seen } from './seen.ts';
import { NONE, STATE_WORDS, States } from './states.ts';
import type { ExpandTask, Expansion, Settings } from './task.ts';

/** Changes the fingerprint of a state that was reached with a failed step. */
const FAILED_LOW = 0x5bd1e995;
const FAILED_HIGH = 0x27d4eb2f;

/** Of the memory, what the table of seen states gets: a fingerprint has half as many bytes as a state. */
const SEEN_SHARE = 1 / 3;

/** States in a task. */
const CHUNK = 16;

/** A level: all states with so many steps from a layout, and what came of expanding them. */
export interface Level extends Counts {
  /** Steps. */
  readonly depth: number;
  /** States first reached with so many steps. */
  states: number;
  /** Of these, expanded; at the last depth, looked at once more. */
  expanded: number;
}

export interface Progress {
  readonly states: number;
  readonly unique: number;
  readonly depth: number;
  readonly transitions: number;
  /** Of the level that is being expanded: how many of its states have been. */
  readonly expanded: number;
  readonly waiting: number;
  /** Bytes that the states take. */
  readonly bytes: number;
  readonly findings: number;
}

export interface SearchOptions extends Settings {
  /** Threads that expand states; 0: this one. */
  readonly jobs: number;
  /** Bytes that states may take. */
  readonly mostBytes?: number;
  readonly isOver?: () => boolean;
  /** Called after each task; how far it is counts up what there is, so it is asked for where it is shown. */
  readonly onProgress?: (progress: () => Progress) => void;
  /** Called with each group of findings that is new and not known. */
  readonly onFound?: (group: Group) => void;
  /** What an earlier search has left; gone on from. */
  readonly from?: Saved;
  /** Called after each task, when what there is could be gone on from. */
  readonly onMerged?: (search: Search) => void;
}

/** What is kept of a search besides its states. */
export interface Saved {
  readonly levels: readonly Level[];
  readonly rules: readonly string[];
  readonly groups: ReadonlyMap<string, Group>;
  readonly open: ReadonlyMap<string, number>;
  readonly states: Uint32Array;
}

export type End = 'complete' | 'memory' | 'interrupted';

export class Search {
  readonly levels: Level[] = [];
  readonly rules = new Set<string>();
  readonly findings: Findings;
  readonly open = new Map<string, number>();
  readonly states = new States();
  readonly seen: Seen;
  end: End = 'complete';
  readonly #options: SearchOptions;
  readonly #crew: Crew;
  /** That states may take, without the table of those that have been seen. */
  readonly #mostBytes: number;

  constructor(options: SearchOptions, crew: Crew) {
    this.#options = options;
    this.#crew = crew;
    this.findings = new Findings();
    const { mostBytes = Number.POSITIVE_INFINITY } = options;
    this.seen = new Seen({ mostBytes: mostBytes * SEEN_SHARE });
    this.#mostBytes = mostBytes * (1 - SEEN_SHARE);
  }

  get scope(): Scope {
    return this.#options.scope;
  }

  /** All transitions counted together. */
  get total(): Counts {
    const total = nothingCounted();
    for (const level of this.levels) addCounts(total, level);
    return total;
  }

  /** How often a state was reached, the layouts and those that had been reached before included. */
  get reached(): number {
    return this.total.changed + (this.levels[0]?.states ?? 0);
  }

  get bytes(): number {
    return this.states.bytes + this.seen.bytes;
  }

  /** Goes on to the end, or until it must stop. `roots`: the layouts as states, asked for where it begins anew. */
  async run(roots: () => Expansion): Promise<void> {
    const { scope, from, judged } = this.#options;
    if (from === undefined) this.#mergeRoots(roots());
    else this.#goOn(from);
    const deepest = judged ? scope.depth : scope.depth - 1;
    for (let depth = 0; depth <= deepest && this.end === 'complete'; depth++) await this.#expandLevel(depth);
  }

  #mergeRoots({ reached }: Expansion): void {
    const level = { depth: 0, states: 0, expanded: 0, ...nothingCounted() };
    this.levels.push(level);
    for (let at = 0; at < reached.length; at += STATE_WORDS)
      if (this.seen.add(reached[at] as number, reached[at + 1] as number)) {
        this.states.add(reached[at] as number, reached[at + 1] as number, NONE, reached[at + 3] as number);
        level.states++;
      }
  }

  #goOn({ levels, rules, groups, open, states }: Saved): void {
    this.levels.push(...levels.map((level) => ({ ...level })));
    for (const rule of rules) this.rules.add(rule);
    this.findings.merge(groups);
    for (const [reason, n] of open) this.open.set(reason, n);
    this.states.load(states);
    for (let state = 0; state < this.states.count; state++)
      this.seen.add(this.states.low(state), this.states.high(state));
  }

  async #expandLevel(depth: number): Promise<void> {
    const level = this.levels[depth] as Level;
    const next = this.levels[depth + 1] ?? { depth: depth + 1, states: 0, expanded: 0, ...nothingCounted() };
    if (this.levels.length === depth + 1 && depth < this.scope.depth) this.levels.push(next);
    const first = this.levels.slice(0, depth).reduce((sum, { states }) => sum + states, 0);
    const end = first + level.states;
    const waiting: { readonly first: number; readonly count: number; readonly answer: Promise<Expansion> }[] = [];
    let begun = first + level.expanded;
    while (begun < end || waiting.length > 0) {
      while (begun < end && waiting.length < this.#crew.atOnce && this.end === 'complete') {
        const count = Math.min(CHUNK, end - begun);
        const answer = this.#crew.expand(this.#task(begun, count, depth));
        // It is waited for below, when it is its turn.
        answer.catch(() => undefined);
        waiting.push({ first: begun, count, answer });
        begun += count;
      }
      const turn = waiting.shift();
      if (turn === undefined) break;
      const answer = await turn.answer;
      if (!this.#hasRoomFor(answer)) this.end = 'memory';
      else {
        this.#merge(answer, turn.first, level, next);
        level.expanded += turn.count;
        this.#tellProgress(depth);
        if (this.#options.isOver?.() === true) this.end = 'interrupted';
      }
      if (this.end !== 'complete') break;
    }
    await Promise.allSettled(waiting.map(({ answer }) => answer));
  }

  #task(first: number, count: number, level: number): ExpandTask {
    const paths = new Uint32Array(count * (level + 1));
    for (let i = 0; i < count; i++) this.states.path(first + i, level, paths, i * (level + 1));
    return { paths, level, tries: level < this.scope.depth };
  }

  #merge({ reached, counts, rules, groups, open }: Expansion, first: number, level: Level, next: Level): void {
    addCounts(level, counts);
    for (const rule of rules) this.rules.add(rule);
    for (const [reason, n] of open) bump(this.open, reason, n);
    for (const group of this.findings.merge(groups)) this.#options.onFound?.(group);
    for (let at = 0; at < reached.length; at += STATE_WORDS) {
      const before = first + (reached[at + 2] as number);
      const step = reached[at + 3] as number;
      if (this.#add(reached[at] as number, reached[at + 1] as number, before, step)) next.states++;
    }
  }

  #add(low: number, high: number, before: number, step: number): boolean {
    const { seen, states } = this;
    if (!this.scope.faults || (faultOf(step) === 0 && !states.hasFailed(before))) {
      if (!seen.add(low, high)) return false;
      states.add(low, high, before, step);
      return true;
    }
    if (seen.has(low, high)) return false;
    const failedLow = (low ^ FAILED_LOW) >>> 0;
    const failedHigh = (high ^ FAILED_HIGH) >>> 0;
    if (!seen.add(failedLow, failedHigh)) return false;
    states.add(failedLow, failedHigh, before, step);
    return true;
  }

  #progress(depth: number): Progress {
    const level = this.levels[depth] as Level;
    return {
      states: this.reached,
      unique: this.states.count,
      depth,
      transitions: this.total.transitions,
      expanded: level.expanded,
      waiting: level.states,
      bytes: this.bytes,
      findings: this.findings.list('new').length,
    };
  }

  #tellProgress(depth: number): void {
    const { onProgress, onMerged } = this.#options;
    onProgress?.(() => this.#progress(depth));
    onMerged?.(this);
  }

  #hasRoomFor({ reached }: Expansion): boolean {
    const coming = reached.length / STATE_WORDS;
    return !this.seen.isFull(coming) && this.states.bytesWith(coming) <= this.#mostBytes;
  }
}

const addCounts = (to: Counts, by: Counts): void => {
  to.transitions += by.transitions;
  to.faulted += by.faulted;
  to.changed += by.changed;
};

/** A whole search. Rejects only for a defect of the explorer itself. */
export async function explore(options: SearchOptions): Promise<Search> {
  const crew = startCrew(options, options.jobs);
  try {
    const search = new Search(options, crew);
    // What leads to the layouts is judged where they are expanded.
    await search.run(() => new Here({ ...options, judged: false }).roots());
    return search;
  } finally {
    await crew.close();
  }
}
