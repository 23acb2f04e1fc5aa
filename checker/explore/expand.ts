/**
 * Expanding a state: every letter is tried at every position of the frame, and where asked for, with each of its inner steps made to fail.
 * Each try is one transition. States are given by their paths; neighbours in the list share the beginnings of theirs, and the ground goes back
 * only as far as it must.
 */
import type { Examiner } from './examiner.ts';
import { type Cast, faultOf, type Ground, MOST_FAULTS, stepOf } from './ground.ts';
import { walkTo } from './path.ts';
import { States } from './states.ts';

/** What was counted. */
export interface Counts {
  /** Calls tried. */
  transitions: number;
  /** Of these, with an inner step that failed. */
  faulted: number;
  /** Of all, those that changed something. */
  changed: number;
}

export const nothingCounted = (): Counts => ({ transitions: 0, faulted: 0, changed: 0 });

const TOLD_MASK = 0x3fff;

export class Expander {
  readonly counts = nothingCounted();
  /** What was reached, in order; the state before is one of the task, by its number there. */
  readonly reached = new States();
  readonly #ground: Ground;
  readonly #examiner: Examiner | undefined;
  /** The path where the ground stands; a mark is open for each of its parts, and one for the state itself. */
  readonly #path: number[] = [];
  /** The path has a step with a fault. */
  #hasFailed = false;
  /** Number of the state that is expanded, in its task. */
  #after = 0;
  /** Inner steps that the last call could have failed at. */
  #points = 0;
  /** What was told of lately in this task, by fingerprint: it need not be told again. What is reached with a failed step stands in other places. */
  readonly #told = new Uint32Array(2 * (TOLD_MASK + 1));

  constructor(ground: Ground, examiner?: Examiner) {
    this.#ground = ground;
    this.#examiner = examiner;
  }

  /**
   * Expands states of one level: for each its layout, then its steps, all one after the other in `paths`. Without `tries` nothing is tried from there: the
   * states of the last level are only looked at themselves.
   */
  expand(paths: Uint32Array, level: number, tries: boolean): void {
    this.reached.clear();
    this.#told.fill(0);
    const size = level + 1;
    for (let i = 0; i * size < paths.length; i++) {
      this.#after = i;
      this.#goTo(paths.subarray(i * size, (i + 1) * size));
      this.#askLast(level);
      if (tries) this.#expandHere(level);
    }
  }

  /** Each state is held against what variants of the call that first led there would have done: once, where a transition is tried often. */
  #askLast(level: number): void {
    if (level === 0 || this.#hasFailed || this.#examiner === undefined) return;
    this.#examiner.askLast();
  }

  /** The fingerprints of the layouts: what a search begins with. */
  roots(): void {
    this.reached.clear();
    for (let i = 0; i < this.#ground.layouts.length; i++) {
      this.#goTo([i]);
      const { low, high } = this.#ground.fingerprint();
      this.reached.add(low, high, 0, i);
    }
  }

  /** The fingerprint of the state at the end of a path. */
  visit(path: ArrayLike<number>): { readonly low: number; readonly high: number } {
    this.#goTo(path);
    return this.#ground.fingerprint();
  }

  /** Goes to the end of a path. */
  #goTo(path: ArrayLike<number>): void {
    walkTo(
      this.#path,
      path,
      () => this.#back(),
      (part) => this.#go(part),
    );
    this.#hasFailed = this.#path.some((step, i) => i > 0 && faultOf(step) > 0);
  }

  /** Takes the last part of the path back. */
  #back(): void {
    const { model } = this.#ground;
    model.rollback();
    model.unmark();
    this.#path.pop();
    this.#examiner?.back();
  }

  #go(part: number): void {
    if (this.#path.length === 0) this.#begin(part);
    else this.#step(part);
    this.#path.push(part);
  }

  #begin(layout: number): void {
    const ground = this.#ground;
    const { model } = ground;
    model.mark();
    this.#examiner?.begin();
    for (const call of ground.layoutCalls(layout)) {
      const result = model.call(call);
      this.#examiner?.go(call, result, ground.look(false), 0);
    }
  }

  #step(step: number): void {
    const ground = this.#ground;
    const { model } = ground;
    ground.write();
    const cast = ground.castOf(step, this.#path.length - 1);
    const fault = faultOf(step);
    model.mark();
    const value = cast.run(fault);
    const faulted = model.faulted;
    const seen = this.#examiner === undefined && !faulted ? undefined : ground.look(faulted);
    if (this.#examiner !== undefined && seen !== undefined) {
      this.#examiner.begin();
      this.#examiner.go(cast.call, model.resultOf(cast.call.name, value), seen, faulted ? fault : 0);
    }
  }

  #expandHere(level: number): void {
    const ground = this.#ground;
    const { model } = ground;
    ground.write();
    const frames: { readonly casts: readonly Cast[]; readonly tried: readonly number[] }[] = [];
    for (let position = 0; position <= ground.highestPosition; position++)
      frames.push({ casts: ground.casts(ground.frameAt(position), level), tried: ground.tried(position) });
    model.mark();
    for (let position = 0; position < frames.length; position++) {
      const { casts, tried } = frames[position] as (typeof frames)[number];
      for (let i = 0; i < tried.length; i++) this.#try(casts[tried[i] as number] as Cast, tried[i] as number, position);
    }
    model.unmark();
  }

  #try(cast: Cast, letter: number, position: number): void {
    const { model, scope } = this.#ground;
    this.#transition(cast, stepOf(letter, position, 0), 0);
    if (!scope.faults || this.#hasFailed) return;
    const points = this.#points;
    if (points > MOST_FAULTS) throw new RangeError(`${model.faultPoints} inner steps in one call`);
    for (let fault = 1; fault <= points; fault++) this.#transition(cast, stepOf(letter, position, fault), fault);
  }

  /** Makes the call, has it examined, tells of the state that it leads to, and takes it back. */
  #transition(cast: Cast, step: number, fault: number): void {
    const { model } = this.#ground;
    const { counts } = this;
    const value = cast.run(fault);
    this.#points = model.faultPoints;
    const faulted = fault > 0 && model.faulted;
    const { changed } = model;
    counts.transitions++;
    if (faulted) counts.faulted++;
    const examiner = this.#examiner;
    if (examiner !== undefined) examiner.examine(cast.call, value, changed, faulted ? fault : 0);
    else if (faulted && changed) this.#ground.look(true);
    if (!changed) return;
    counts.changed++;
    this.#tell(this.#after, step, this.#hasFailed || faulted);
    model.rollback();
  }

  /** Tells of the state where the model is, reached by a step. */
  #tell(after: number, step: number, hasFailed: boolean): void {
    const { low, high } = this.#ground.fingerprint();
    const told = this.#told;
    const at = ((low << 1) | (hasFailed ? 1 : 0)) & TOLD_MASK;
    if (told[2 * at] === low && told[2 * at + 1] === high) return;
    told[2 * at] = low;
    told[2 * at + 1] = high;
    this.reached.add(low, high, after, step);
  }
}
