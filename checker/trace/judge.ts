/**
 * The judge of a log: takes its events in their order, keeps what they tell of every address space, and says of each memory call
 * whether the contract allows it. What it keeps is bounded by what is mapped and by how many threads there are, not by the log.
 */
import type { Profile } from '../../spec/index.ts';
import type { BeginEvent, CallEvent, GarbledEvent, TraceEvent, Where } from '../strace/index.ts';
import { type Descriptor, judgeCall, type Law, namesDescriptor, touchedBy } from './call.ts';
import { choiceIn } from './concern.ts';
import { groundOf } from './ground.ts';
import { happenedIn } from './happened.ts';
import { judgeBrk } from './heap.ts';
import type { Known, Line } from './known.ts';
import { OTHER_MEMORY, OTHERS, otherCall, type Segments } from './others.ts';
import { judgeTogether, type Overlapping } from './overlap.ts';
import { BIRTHS, Processes } from './processes.ts';
import type { Space } from './space.ts';
import { type Told, unknownFor } from './told.ts';

/** Memory calls: these have a verdict. */
export const MEMORY: ReadonlySet<string> = new Set([
  ...['mremap', 'mmap', 'munmap', 'mprotect', 'pkey_mprotect', 'madvise', 'mlock', 'mlock2', 'munlock', 'mseal', 'brk'],
  ...OTHER_MEMORY,
]);

/** All calls that the judge wants to see. */
export const INTERESTING: ReadonlySet<string> = new Set([...MEMORY, ...OTHERS, ...BIRTHS, 'execve', 'execveat']);

/** What the judge says of one call. */
export interface Judged extends Told {
  readonly event: CallEvent;
  /** The space as it was before the call; only while the call is being told of. */
  readonly before?: Space;
}

export interface JudgeOptions {
  readonly profile: Profile;
  /** The log holds one thread of several: see `Log.alone`. */
  readonly alone?: boolean;
  /** Is told of every memory call, in the order in which they are judged: calls that overlap in time, once all of them have ended. */
  readonly tell: (judged: Judged) => void;
  /** `tell` is given the space as it was before the call. Costs a copy for each call that `before` says. */
  readonly before?: (event: CallEvent) => boolean;
}

/** Calls of one space that overlap in time. */
interface Group {
  readonly open: Map<number, number>;
  ended: { readonly event: CallEvent; readonly began: number; readonly ended: number }[];
}

/** Calls that are kept until all that overlap with them have ended. */
const LONGEST = 64;
const UNTOLD = 'the arguments cannot be read as numbers';
const FAR = Number.MAX_SAFE_INTEGER;

export class Judge {
  #law: Law;
  readonly #options: JudgeOptions;
  readonly #processes = new Processes();
  readonly #groups = new Map<Space, Group>();
  readonly #segments: Segments = new Map();
  #clock = 0;
  /** The last line that could not be read, and of which nobody knows what it did. */
  #doubtful = 0;

  constructor(options: JudgeOptions) {
    this.#options = options;
    this.#law = { profile: options.profile, ground: groundOf(options.profile) };
  }

  get profile(): Profile {
    return this.#law.profile;
  }

  /** What is judged from here on is judged by this. */
  set profile(profile: Profile) {
    this.#law = { profile, ground: groundOf(profile) };
  }

  /** What is known of the address space of a thread, ascending. */
  known(pid: number): readonly Known[] {
    return this.#processes.of(pid).space.land.all;
  }

  take(events: readonly TraceEvent[]): void {
    for (const event of events) this.#take(event);
  }

  /** Judges what still waits for the end of a call that did not end. */
  end(): void {
    for (const space of [...this.#groups.keys()]) this.#flush(space);
  }

  #take(event: TraceEvent): void {
    this.#clock++;
    if (event.kind === 'call') this.#call(event);
    else if (event.kind === 'begin') this.#begin(event);
    else if (event.kind === 'garbled') this.#garbled(event);
    else if (event.kind === 'exit') this.#exit(event.pid);
  }

  #exit(pid: number): void {
    const { space } = this.#processes.of(pid);
    this.#close(space, pid);
    this.#processes.gone(pid);
  }

  #begin({ pid, name, args }: BeginEvent): void {
    if (BIRTHS.has(name)) this.#processes.begins(pid, name, args);
    if (!MEMORY.has(name)) return;
    const { space } = this.#processes.of(pid);
    const group = this.#groups.get(space) ?? { open: new Map(), ended: [] };
    this.#groups.set(space, group);
    group.open.set(pid, this.#clock);
  }

  /** The thread has ended the call that was open, or will not end it any more. */
  #close(space: Space, pid: number): void {
    const group = this.#groups.get(space);
    if (group?.open.delete(pid) !== true) return;
    if (group.open.size === 0 || group.ended.length >= LONGEST) this.#flush(space);
  }

  #call(event: CallEvent): void {
    const { pid, name } = event;
    const process = this.#processes.of(pid);
    const { space } = process;
    if (MEMORY.has(name)) {
      const group = this.#groups.get(space);
      if (group === undefined) {
        if (this.#isOutside(event)) return;
        const before = this.#options.before?.(event) === true ? space.copy() : undefined;
        this.#tell(event, this.#judged(event, space), before);
        return;
      }
      group.ended.push({ event, began: group.open.get(pid) ?? this.#clock, ended: this.#clock });
      group.open.delete(pid);
      if (group.open.size === 0 || group.ended.length >= LONGEST) this.#flush(space);
      return;
    }
    if (BIRTHS.has(name)) {
      const { ending } = event;
      this.#processes.ended(pid, name, event.args, ending.kind === 'value' ? Number(ending.value) : undefined);
      if (this.#options.alone === true && event.args.some((a) => a.text.includes('CLONE_VM'))) space.forgetAll();
    } else if (name === 'execve' || name === 'execveat') {
      if (event.ending.kind === 'value') this.#executed(pid, space);
    } else if (OTHERS.has(name)) {
      if (!event.injected) otherCall(process, this.#law, event, lineOf(event.where), this.#segments);
    } else if (name !== 'uname') this.#everything(space);
  }

  #executed(pid: number, space: Space): void {
    this.#close(space, pid);
    this.#processes.executed(pid);
  }

  /** A call of which nobody knows what it does. */
  #everything(space: Space): void {
    for (const s of [space, ...this.#processes.strangersOf(space)]) s.forgetAll();
  }

  /** A line that cannot be read: if it was a call that matters, what it did is not known. */
  #garbled({ pid, name, where }: GarbledEvent): void {
    if (name === undefined) this.#doubtful = where.line;
    else if (INTERESTING.has(name)) this.#everything(this.#processes.of(pid).space);
  }

  /** Calls that the kernel has not made, or that have not come back. */
  #isOutside(event: CallEvent): boolean {
    if (event.injected) {
      this.#tell(event, unknownFor('the result was injected: it is not the kernel’s'), undefined);
      return true;
    }
    return false;
  }

  /** What is said of a call in a space, which is changed by it. */
  #judged(event: CallEvent, space: Space): Told {
    const { name, ending, where } = event;
    const line = lineOf(where);
    if (ending.kind === 'none') {
      this.#everything(space);
      return unknownFor('the call did not return');
    }
    if (name === 'brk') return judgeBrk(space, this.#law, event, line);
    const { files } = this.#processes.of(event.pid);
    if (OTHER_MEMORY.has(name))
      return otherCall({ space, files }, this.#law, event, line, this.#segments) ?? unknownFor('it has no rules');
    const happened = happenedIn(event);
    if (happened === undefined || happened === 'unreadable') {
      space.forgetAll();
      return unknownFor(UNTOLD);
    }
    const told = judgeCall(space, this.#law, happened, line, descriptorOf(event, happened, files));
    const choice = choiceIn(happened);
    if (choice !== undefined) space.land.blanks.chosen(choice);
    for (const stranger of this.#processes.strangersOf(space))
      for (const range of touchedBy(happened)) stranger.forget(range);
    if (name === 'pkey_mprotect') setApart(space, touchedBy(happened));
    return told.kind === 'forbidden' ? this.#believed(told) : told;
  }

  /** A forbidden call that rests on what was known before a line that could not be read: that line may explain it. */
  #believed(told: Told): Told {
    const rests = told.proof.some((k) => k.made.line < this.#doubtful || k.last.line < this.#doubtful);
    return rests ? unknownFor(`line ${this.#doubtful}, which cannot be read, may explain it`) : told;
  }

  #flush(space: Space): void {
    const group = this.#groups.get(space);
    this.#groups.delete(space);
    if (group === undefined) return;
    const judged = group.ended.filter(({ event }) => !this.#isOutside(event));
    const calls = judged.map(({ event, began, ended }): Overlapping => {
      const happened = happenedIn(event);
      const isRange = happened !== undefined && happened !== 'unreadable';
      const touches = isRange ? touchedBy(happened) : [{ start: 0, end: FAR }];
      return { began, ended, touches, judge: (trial) => this.#judged(event, trial) };
    });
    const before = judged.some(({ event }) => this.#options.before?.(event) === true) ? space.copy() : undefined;
    for (const [i, told] of judgeTogether(space, calls).entries())
      this.#tell((judged[i] as (typeof judged)[0]).event, told, before);
  }

  #tell(event: CallEvent, told: Told, before: Space | undefined): void {
    this.#options.tell({ ...told, event, ...(before === undefined ? {} : { before }) });
  }
}

const lineOf = ({ file, line }: Where): Line => ({ file, line });

const descriptorOf = (
  event: CallEvent,
  happened: Parameters<typeof namesDescriptor>[0],
  files: Descriptor['files'],
): Descriptor | undefined =>
  namesDescriptor(happened)
    ? { files, fd: Number(BigInt.asIntN(32, happened.args[4] ?? 0n)), path: event.args[4]?.path }
    : undefined;

const setApart = ({ land }: Space, ranges: readonly { readonly start: number; readonly end: number }[]): void => {
  for (const { start, end } of ranges) {
    land.split(start);
    land.split(end);
  }
};
