/** What every command shares: its options, the profile it judges by, the machine it runs on, and how it answers. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Trace } from '../../reports/formats/index.ts';
import { type Environment, PROFILES, type Profile, profileFor, profileNamed } from '../../spec/index.ts';
import { type Corpus, type CorpusError, type Read, readCorpus, readProgram } from '../corpus/index.ts';
import { EXAMPLE } from '../example.ts';
import type { MachineChoice } from '../fuzz/index.ts';
import { Missing } from '../kernel/index.ts';
import type { Machines } from '../lockstep/index.ts';

import type { Machine } from '../machine.ts';
import { type Program, renderErrors } from '../program/index.ts';
import { type Court, skipReason } from '../run/index.ts';
import { badInput, EXIT, type Exit, Stop } from './exit.ts';
import type { Host } from './host.ts';

export type { Machines } from '../lockstep/index.ts';

/** Options that every command takes. */
export interface Common {
  readonly json?: boolean;
  readonly seed: number;
  readonly profile?: string;
  readonly trace?: boolean;
  /** Of commands whose answer becomes a report: the folder, the usual one (`true`), or none (`false`). */
  readonly report?: string | boolean;
}

/** What a command comes to; `data` is the body of its JSON answer. */
export interface Answer {
  readonly exit: Exit;
  readonly data: Record<string, unknown>;
  /** Runs of programs, where a form was asked for that shows them. */
  readonly traces?: readonly Trace[];
}

export interface Session {
  readonly host: Host;
  readonly options: Common;
  /** Prints a line (or several) for people; nothing under --json. */
  readonly say: (text: string) => void;
  /** Prints a line for people on stderr, also under --json. */
  readonly warn: (text: string) => void;
}

/** The profile of a name from the command line. */
export function profileByName(name: string): Profile {
  const profile = profileNamed(name);
  if (profile !== undefined) return profile;
  throw badInput(`there is no profile ${name}; there are ${PROFILES.map((p) => p.name).join(', ')}`);
}

export const chosenProfile = ({ profile }: Common): Profile | undefined =>
  profile === undefined ? undefined : profileByName(profile);

/** The chosen profile, or the one of the kernel. */
export const profileOf = (options: Common, { release }: Pick<Environment, 'release'>): Profile =>
  chosenProfile(options) ?? profileFor(release);

/** The profile whose model stands beside a kernel. One of no kernel has no model: then it is that of the kernel that is running. */
export const modelledProfile = (profile: Profile, release: string): Profile =>
  profile.version === undefined ? profileFor(release) : profile;

/** The profile whose model is explored, in the circumstances of a usual machine. The command ends where it is no kernel. */
export function exploredProfile(options: Common): Profile {
  const profile = profileOf(options, EXAMPLE);
  if (profile.version !== undefined) return profile;
  throw badInput(`${profile.name} is no kernel: there is no model of it to explore`);
}

export const courtOf = (session: Session, environment: Environment): Court => ({
  contract: session.host.contract,
  profile: profileOf(session.options, environment),
  environment,
});

/** The kernel that is to be judged (the running one, or the image of `--machine`), or in one line what it lacks. */
export async function kernelOrMissing({ host, options, warn }: Session): Promise<Machine | Missing> {
  try {
    return await host.startKernel((options as MachineOptions).image, warn);
  } catch (error) {
    if (error instanceof Missing) return error;
    throw error;
  }
}

/** What a model is to be like: in the circumstances of the kernel, or where there is none, in those of a usual machine. */
export async function environmentFor(session: Session, machine: MachineChoice): Promise<Environment> {
  const kernel = await kernelOrMissing(session);
  if (!(kernel instanceof Missing)) {
    await kernel.close();
    return kernel.environment;
  }
  if (machine !== 'model') throw kernel;
  return EXAMPLE;
}

/** Options of commands that can run programs on the model as well. */
export interface MachineOptions extends Common {
  /** Absent: nobody asked for a machine by its name. */
  readonly machine?: MachineChoice;
  /** The kernel in a virtual machine; absent: the running one. */
  readonly image?: string;
}

/** The machines of a command, and why one is not there that it usually has. */
export interface Equipment extends Machines {
  readonly missing?: string;
}

/** Those there are; where one is to speak for both, it is the first. */
export const present = ({ kernel, model }: Machines): readonly Machine[] =>
  [kernel, model].filter((machine) => machine !== undefined);

/** Those that can run a program, or why none can. */
export function able(equipment: Machines, program: Program): Machines | string {
  const { kernel, model } = equipment;
  const reasonOf = (machine: Machine): string | undefined => skipReason(program, machine.environment);
  const machines = {
    ...(kernel !== undefined && reasonOf(kernel) === undefined ? { kernel } : {}),
    ...(model !== undefined && reasonOf(model) === undefined ? { model } : {}),
  };
  return present(machines).length > 0 ? machines : present(equipment).flatMap((m) => reasonOf(m) ?? [])[0]!;
}

/** The same; the command ends where none can. */
export function ableOrStop(equipment: Machines, program: Program, origin: string): Machines {
  const machines = able(equipment, program);
  if (typeof machines === 'string') throw new Stop(EXIT.missing, `${origin} ${machines}`);
  return machines;
}

/** Machines, and none that is not asked for. Throws where one is missing, unless the model is there and nobody asked for a kernel by its name. */
async function equip(session: Session, usual: MachineChoice): Promise<Equipment> {
  const { host } = session;
  const options = session.options as MachineOptions;
  const choice = options.machine ?? usual;
  const modelIn = (environment: Environment): Machine => {
    const profile = profileOf(session.options, environment);
    return host.startModel(environment, modelledProfile(profile, environment.release));
  };
  if (choice === 'model') return { model: modelIn(await environmentFor(session, choice)) };
  const kernel = await kernelOrMissing(session);
  if (!(kernel instanceof Missing)) {
    if (choice === 'kernel') return { kernel };
    try {
      return { kernel, model: modelIn(kernel.environment) };
    } catch (error) {
      await kernel.close();
      throw error;
    }
  }
  if (options.machine !== undefined || choice === 'kernel') throw kernel;
  session.warn(`mremap-check: ${kernel.message}; the model runs alone`);
  return { model: modelIn(EXAMPLE), missing: kernel.message };
}

/** The one place where machines are chosen: those of `--machine`, or the usual ones. They are given back whatever happens. */
export async function withMachines<T>(
  session: Session,
  usual: MachineChoice,
  use: (equipment: Equipment) => Promise<T>,
): Promise<T> {
  const equipment = await equip(session, usual);
  try {
    return await use(equipment);
  } finally {
    for (const machine of present(equipment)) await machine.close();
  }
}

/** Where a file or folder lies: as the user says, or else in the package, so that `corpus/…` is found from anywhere. */
export function located({ host }: Session, file: string): string {
  const inPackage = join(host.home, file);
  return file === '-' || existsSync(file) || !existsSync(inPackage) ? file : inPackage;
}

/** The corpus of the package; what of it cannot be read is told. */
export function readOwnCorpus({ host, warn }: Session): Corpus {
  const corpus = readCorpus(join(host.home, 'corpus'));
  for (const { errors } of corpus.errors) warn(renderErrors(errors));
  return corpus;
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
