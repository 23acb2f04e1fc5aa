/**
 * Which thread of a log has which address space. A log tells of that by `clone`, `fork`, `vfork`, `execve` and exits; where it does not
 * (`-e trace=memory`), whoever appears may be a thread of anybody: such spaces are *strange* to each other, and what is done in one may
 * have been done in all of them.
 */
import type { Range } from '../../spec/index.ts';
import type { Argument } from '../strace/index.ts';
import { Blanks } from './blanks.ts';
import { Files } from './files.ts';
import { Land } from './land.ts';
import { Space } from './space.ts';

export interface Process {
  space: Space;
  files: Files;
}

/** A `clone` that has begun, whose result is still to come. */
interface Birth {
  readonly parent: Process;
  readonly shares: Shares;
  /** The space when it began, for a child with a copy. */
  readonly copy: Space | undefined;
  /** What others have changed in the parent's space since. */
  readonly changed: Range[];
}

interface Shares {
  readonly memory: boolean;
  readonly files: boolean;
}

const CLONE_VM = 0x100n;
const CLONE_FILES = 0x400n;

/** Names of the calls that make processes. */
export const BIRTHS: ReadonlySet<string> = new Set(['clone', 'clone3', 'fork', 'vfork']);

function sharesOf(name: string, args: readonly Argument[]): Shares {
  if (name === 'vfork') return { memory: true, files: false };
  if (name === 'fork') return { memory: false, files: false };
  const flags = args.find((a) => a.label === 'flags') ?? args[0];
  const has = (word: string, bit: bigint): boolean =>
    flags?.value === undefined ? args.some((a) => a.text.includes(word)) : (flags.value & bit) !== 0n;
  return { memory: has('CLONE_VM', CLONE_VM), files: has('CLONE_FILES', CLONE_FILES) };
}

export class Processes {
  readonly #all = new Map<number, Process>();
  readonly #births = new Map<number, Birth>();
  /** Spaces of which nobody knows whether they are one. */
  readonly #strange = new Set<Space>();

  /** Who makes the calls of `pid`. One that has not been seen is a child of whoever is making one, or a stranger. */
  of(pid: number): Process {
    return this.#all.get(pid) ?? this.#appear(pid);
  }

  /** Those that may be the same space as this one. */
  strangersOf(space: Space): readonly Space[] {
    return this.#strange.has(space) ? [...this.#strange].filter((s) => s !== space) : [];
  }

  /** A call that makes a process has begun. */
  begins(pid: number, name: string, args: readonly Argument[]): void {
    const parent = this.of(pid);
    const shares = sharesOf(name, args);
    const changed: Range[] = [];
    if (!shares.memory) parent.space.watchers.add(changed);
    this.#births.set(pid, { parent, shares, copy: shares.memory ? undefined : parent.space.forked(), changed });
  }

  /** It has ended; `child` is the pid that came back, `undefined` where none did. */
  ended(pid: number, name: string, args: readonly Argument[], child: number | undefined): void {
    if (!this.#births.has(pid)) this.begins(pid, name, args);
    const birth = this.#births.get(pid) as Birth;
    this.#births.delete(pid);
    birth.parent.space.watchers.delete(birth.changed);
    if (child === undefined) return;
    const known = this.#all.get(child);
    if (known === undefined) this.#all.set(child, born(birth));
    else if (birth.shares.memory && known.space !== birth.parent.space)
      this.#estrange([known.space, birth.parent.space]);
  }

  /** The process has begun a program: whatever was mapped is gone, and what there is now nobody has said. */
  executed(pid: number): void {
    this.#all.set(pid, { space: new Space(new Land([], Blanks.ofProgram()), 0), files: new Files() });
  }

  gone(pid: number): void {
    const process = this.#all.get(pid);
    this.#all.delete(pid);
    if (process === undefined) return;
    for (const p of this.#all.values()) if (p.space === process.space) return;
    this.#strange.delete(process.space);
  }

  /** Every space there is. */
  spaces(): ReadonlySet<Space> {
    return new Set([...this.#all.values()].map((p) => p.space));
  }

  #appear(pid: number): Process {
    const births = [...this.#births.values()];
    const [birth] = births;
    const certain =
      birth !== undefined &&
      births.every((b) => b.parent.space === birth.parent.space && b.shares.memory === birth.shares.memory);
    if (certain && (birth.shares.memory || births.length === 1)) {
      const child = born(birth);
      this.#all.set(pid, child);
      return child;
    }
    const process: Process = { space: new Space(), files: new Files() };
    const others = this.spaces();
    this.#all.set(pid, process);
    if (others.size > 0) this.#estrange([...others, process.space]);
    return process;
  }

  #estrange(spaces: Iterable<Space>): void {
    for (const space of spaces) this.#strange.add(space);
  }
}

/** The child of a birth. */
function born({ parent, shares, copy, changed }: Birth): Process {
  const files = shares.files ? parent.files : parent.files.copy();
  if (shares.memory) return { space: parent.space, files };
  const space = (copy as Space).copy();
  for (const range of changed) space.land.forget(range);
  return { space, files };
}
