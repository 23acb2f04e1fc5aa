/** The part of `check` that proves that the alarm works: a mutant of the model, which fuzzing has to find. */
import type { Tried } from '../mutants/index.ts';
import { median } from '../mutants/index.ts';

/** What came of the canary. */
export interface Alarm {
  /** The mutant's name; absent where there are no sources to make one from. */
  readonly mutant?: string;
  /** Programs up to the one that showed it. */
  readonly after?: number;
  /** Why nothing can be said of all else. */
  readonly broken?: string;
}

export function alarmOf({ mutant, trial, defect }: Tried): Alarm {
  const named = mutant === undefined ? {} : { mutant: mutant.id };
  const hunts = trial?.ways.fuzz?.hunts ?? [];
  const after = median(hunts, 1);
  if (after !== undefined) return { ...named, after };
  if (mutant === undefined && defect === undefined) return {};
  return { ...named, broken: defect ?? `${mutant?.title} was not found` };
}

/** In one line. */
export function alarmText({ mutant, after, broken }: Alarm): string {
  if (broken !== undefined) return `THE ALARM IS BROKEN: ${mutant ?? 'the canary'}: ${broken}`;
  if (mutant === undefined) return 'canary: not tried, because there are no sources to make a mutant from';
  return `canary: a model that was made wrong on purpose (${mutant}) was found out by program ${after}`;
}
