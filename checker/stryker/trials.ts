/** What mutants are held against: trials in order, each of some programs. */

import { type Environment, type Profile, profileNamed } from '../../spec/index.ts';
import { EXAMPLE } from '../example.ts';

export interface Trial {
  /** What a report calls it: way, profile, programs. */
  readonly name: string;
  /** Why the sources are found to be wrong; `undefined` if nothing shows it. */
  readonly run: () => Promise<string | undefined>;
}

/** A sort of mutants: where they are, and what tells them from what is right. */
export interface Subject {
  /** Folder whose mutants these are. */
  readonly folder: string;
  /** Module of the sandbox that the trials need. */
  readonly entry: string;
  /** Tests beside the sources that say nothing else than whether they are right; paths from the root. */
  readonly tests: readonly string[];
  /** The trials of sources that have been loaded; unit tests come before them. */
  readonly trials: (sources: unknown) => readonly Trial[];
}

export const profileOf = (name: string): Profile => {
  const profile = profileNamed(name);
  if (profile === undefined) throw new Error(`there is no profile ${name}`);
  return profile;
};

/** A usual machine with a kernel of the profile. */
export const usual = ({ name }: Profile): Environment => ({ ...EXAMPLE, release: `${name.replace('linux-', '')}.0` });

/** Room for a few mappings more than there are, so that their number is a limit that programs meet. */
export const crowded = (profile: Profile): Environment => ({
  ...usual(profile),
  maxMapCount: EXAMPLE.own.mapCount + 12,
});

/** Cuts a list into pieces. */
export const chunks = <T>(all: readonly T[], size: number): readonly (readonly T[])[] =>
  Array.from({ length: Math.ceil(all.length / size) }, (_, i) => all.slice(i * size, (i + 1) * size));

/** Pieces of about so many, each of them from all over the list. */
export const interleaved = <T>(all: readonly T[], size: number): readonly (readonly T[])[] => {
  const pieces = Math.ceil(all.length / size);
  return Array.from({ length: pieces }, (_, k) => all.filter((_, i) => i % pieces === k));
};
