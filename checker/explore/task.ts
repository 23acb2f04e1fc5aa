/** What is asked of a worker, and what it answers: plain data that crosses between threads. */
import type { Environment, Profile } from '../../spec/index.ts';
import type { Sources } from '../model/index.ts';
import type { Explanation, Group } from '../run/index.ts';
import type { Counts } from './expand.ts';
import type { Language } from './language.ts';
import type { Scope } from './scope.ts';

export interface Settings {
  readonly scope: Scope;
  readonly environment: Environment;
  readonly profile: Profile;
  /** Whether transitions are judged; without, states and transitions are only counted. */
  readonly judged: boolean;
  readonly known: readonly Explanation[];
  /** Calls in the place of those that the scope's dialect has. Their frame is anchored: it does not move with what is mapped, and places count. */
  readonly anchored?: Language;
  /** States are told apart by all that there is to them, names and places included: what canonical forms are tested against. */
  readonly exactly?: boolean;
  /** Another model than the usual one; in the thread of the caller alone. */
  readonly sources?: Sources;
}

export interface ExpandTask {
  /** Paths of the states, one after the other (states.ts). */
  readonly paths: Uint32Array;
  /** Steps in each of them. */
  readonly level: number;
  /** Whether letters are tried from there; not from states of the last level. */
  readonly tries: boolean;
}

export interface Expansion {
  /** What was reached, in order: rows of states.ts, where the state before is one of the task, by its number there. */
  readonly reached: Uint32Array;
  readonly counts: Counts;
  /** Rules that fired, those left out that this worker has told of. */
  readonly rules: readonly string[];
  readonly groups: ReadonlyMap<string, Group>;
  readonly open: ReadonlyMap<string, number>;
}
