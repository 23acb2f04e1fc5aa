/** What every command shares: its options, the profile it judges by, the machine it runs on, and how it answers. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Environment, PROFILES, type Profile, profileFor, profileNamed } from '../../spec/index.ts';
import { type CorpusError, type Read, readProgram } from '../corpus/index.ts';
import { Missing } from '../kernel/index.ts';
import type { Machine } from '../machine.ts';
import type { Court } from '../run/index.ts';
import { badInput, type Exit } from './exit.ts';
import type { Host } from './host.ts';

/** Options that every command takes. */
export interface Common {
  readonly json?: boolean;
  readonly seed: number;
  readonly profile?: string;
  readonly trace?: boolean;
}

/** What a command comes to; `data` is the body of its JSON answer. */
export interface Answer {
  readonly exit: Exit;
  readonly data: Record<string, unknown>;
}

export interface Session {
  readonly host: Host;
  readonly options: Common;
  /** Prints a line (or several) for people; nothing under --json. */
  readonly say: (text: string) => void;
  /** Prints a line for people on stderr, also under --json. */
  readonly warn: (text: string) => void;
}

export function chosenProfile(options: Common): Profile | undefined {
  if (options.profile === undefined) return undefined;
  const profile = profileNamed(options.profile);
  if (profile !== undefined) return profile;
  throw badInput(`there is no profile ${options.profile}; there are ${PROFILES.map((p) => p.name).join(', ')}`);
}

/** The chosen profile, or the one of the kernel. */
export const profileOf = (options: Common, environment: Environment): Profile =>
  chosenProfile(options) ?? profileFor(environment.release);

export const courtOf = (session: Session, environment: Environment): Court => ({
  contract: session.host.contract,
  profile: profileOf(session.options, environment),
  environment,
});

/** The live kernel, or in one line what it lacks. */
export async function kernelOrMissing(host: Host): Promise<Machine | Missing> {
  try {
    return await host.startKernel();
  } catch (error) {
    if (error instanceof Missing) return error;
    throw error;
  }
}

/** How each machine that a command runs programs on is started: the one place where machines are chosen. */
const machinesOf = ({ host }: Session): readonly (() => Promise<Machine>)[] => [() => host.startKernel()];

async function withMachine<T>(start: () => Promise<Machine>, use: (machine: Machine) => Promise<T>): Promise<T> {
  const machine = await start();
  try {
    return await use(machine);
  } finally {
    await machine.close();
  }
}

/** Runs `use` on one machine after the other; each is given back whatever happens. */
export async function onEachMachine<T>(session: Session, use: (machine: Machine) => Promise<T>): Promise<T[]> {
  const all: T[] = [];
  for (const start of machinesOf(session)) all.push(await withMachine(start, use));
  return all;
}

/** Runs `use` on the live kernel. */
export const withKernel = <T>(session: Session, use: (machine: Machine) => Promise<T>): Promise<T> =>
  withMachine(() => session.host.startKernel(), use);

/** Where a file or folder lies: as the user says, or else in the package, so that `corpus/…` is found from anywhere. */
export function located({ host }: Session, file: string): string {
  const inPackage = join(host.home, file);
  return file === '-' || existsSync(file) || !existsSync(inPackage) ? file : inPackage;
}

/** Reads a program from a file, `-` for stdin. */
export function readFile(session: Session, file: string): Read {
  let text: string;
  try {
    text = readFileSync(file === '-' ? 0 : located(session, file), 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why = { ENOENT: 'no such file', EISDIR: 'is a folder', EACCES: 'may not be read' }[code ?? ''] ?? code;
    throw badInput(`${file}: ${why}`);
  }
  return readProgram(text, file === '-' ? 'stdin' : file);
}

export const errorData = (errors: readonly CorpusError[]): object[] =>
  errors.flatMap((e) => e.errors.map(({ file, line, column, message }) => ({ file, line, column, message })));

export const versionOf = (host: Host): string =>
  (JSON.parse(readFileSync(join(host.home, 'package.json'), 'utf8')) as { version: string }).version;
