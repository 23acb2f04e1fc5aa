/** The findings of all nights: run again on tonight's machines, the best kept, the others dropped and counted; and what is kept, as a report shows it. */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { KeptData } from '../../reports/html/index.ts';
import { profileFor } from '../../spec/index.ts';
import { bare, readCorpus } from '../corpus/index.ts';
import { examineHere, type MachineChoice } from '../fuzz/index.ts';
import { type Candidate, type Config, type Kept, keep } from '../nightly/index.ts';
import { explainedBy, Findings, type Sourced } from '../run/index.ts';
import { EXIT, type Exit } from './exit.ts';
import { groupData } from './json.ts';
import type { RunLine } from './nightly.ts';
import { environmentFor, profileByName, readOwnCorpus, type Session } from './session.ts';

export interface Gathered extends Kept {
  readonly exit: Exit;
  /** What `replay` said of them. */
  readonly answer: object;
  readonly counts: {
    /** Those that still fail. */
    readonly failing: number;
    /** Files that cannot be read; they are left where they are. */
    readonly damaged: number;
  };
}

interface Step {
  readonly verdict?: string;
  readonly violated?: unknown;
  readonly known?: unknown;
}
interface Replayed {
  readonly programs?: readonly { readonly file: string; readonly steps?: readonly Step[] }[];
  readonly predictions?: readonly {
    readonly file: string;
    readonly mispredictions?: readonly { readonly index?: number }[];
  }[];
}

/** Runs the findings in `FOLDER/new` again and keeps the best of them. */
export async function gather(folder: string, config: Config, runLine: RunLine): Promise<Gathered> {
  const corpus = join(folder, 'new');
  const nothing = { kept: [], dropped: [], exit: EXIT.good, answer: {}, counts: { failing: 0, damaged: 0 } };
  if (!existsSync(corpus)) return nothing;
  const { entries, errors } = readCorpus(corpus, corpus);
  if (entries.length === 0) return { ...nothing, counts: { failing: 0, damaged: errors.length } };
  const machine = config.machines.find((name) => name !== 'model') ?? 'model';
  const profile = config.profile === undefined ? [] : ['--profile', config.profile];
  const ended = await runLine(['replay', corpus, '--machine', machine, '--json', ...profile]);
  const answer = JSON.parse(ended.out) as Replayed;
  const failures = failuresOf(answer);
  const candidates = entries.map(({ file, program }): Candidate => {
    const failsAfter = failures.get(file);
    return { file, calls: program.lines.length, ...(failsAfter === undefined ? {} : { failsAfter }) };
  });
  const { kept, dropped } = keep(candidates, config.keep);
  for (const { file } of dropped) rmSync(file, { force: true });
  const failing = candidates.filter(({ failsAfter }) => failsAfter !== undefined).length;
  return { kept, dropped, exit: ended.exit, answer, counts: { failing, damaged: errors.length } };
}

/** By file, how many calls there are up to the first that deviates, on whichever machine. */
function failuresOf({ programs = [], predictions = [] }: Replayed): ReadonlyMap<string, number> {
  const failures = new Map<string, number>();
  const note = (file: string, index: number): void => {
    if (index >= 0) failures.set(file, Math.min(failures.get(file) ?? Number.POSITIVE_INFINITY, index + 1));
  };
  for (const { file, steps = [] } of programs)
    note(
      file,
      steps.findIndex(({ verdict, violated }) => verdict === 'forbidden' || violated !== undefined),
    );
  for (const { file, mispredictions = [] } of predictions)
    if (mispredictions.length > 0) note(file, mispredictions[0]?.index ?? 0);
  return failures;
}

/** What the programs that are kept show now, each on the machines that it is for; nothing where none shows anything. */
export async function keptData(session: Session, config: Config, folder: string): Promise<KeptData | undefined> {
  const { entries } = existsSync(join(folder, 'new')) ? readCorpus(join(folder, 'new')) : { entries: [] };
  if (entries.length === 0) return undefined;
  const isLive = config.machines.some((name) => name === 'kernel' || name === 'both');
  const environment = await environmentFor(session, isLive ? 'both' : 'model');
  const profile = config.profile === undefined ? profileFor(environment.release) : profileByName(config.profile);
  const { known } = readOwnCorpus(session);
  const findings = new Findings((finding) => explainedBy(known, profile, finding));
  const look = (machine: MachineChoice, programs: readonly Sourced[]): Promise<void> =>
    examineHere(
      { bench: session.host.bench, machine, environment, profile, faults: false, known, seed: config.seed },
      programs,
      async (examined) => {
        for (const finding of examined.findings) findings.add(finding);
      },
    );
  const all = entries.map(({ file, program }): Sourced => ({ program: bare(program), origin: file }));
  const fails = ({ program }: Sourced): boolean => program.lines.some(({ fault }) => fault !== undefined);
  await look('model', all.filter(fails));
  await look(
    isLive ? 'both' : 'model',
    all.filter((sourced) => !fails(sourced)),
  );
  const data = [...findings.list('new'), ...findings.list('known')].map(groupData);
  // As JSON has them, like those of the answers.
  const plain = JSON.parse(JSON.stringify({ environment, findings: data })) as Pick<
    KeptData,
    'environment' | 'findings'
  >;
  return data.length === 0 ? undefined : { ...plain, profile: profile.name };
}
