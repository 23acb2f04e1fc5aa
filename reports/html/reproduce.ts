/** The C reproducer of a finding: what the model of its kernel does is what it looks for, but where the contract says otherwise. */
import { modelMachine, SOURCES } from '../../checker/model/index.ts';
import type { Program } from '../../checker/program/index.ts';
import { CONTRACT, CORPUS_LOOKS, judgeRun } from '../../checker/run/index.ts';
import { type Environment, type Profile, profileFor } from '../../spec/index.ts';
import { Inexpressible, reproducer } from '../reproducers/index.ts';

/** As a C source; `undefined` where C cannot say it, as of a failing inner step, or the model cannot run it. */
export function reproducerIn(
  program: Program,
  environment: Environment,
  profile: Profile,
  title: string,
): string | undefined {
  const modelled = profile.version === undefined ? profileFor(environment.release) : profile;
  const run = modelMachine(environment, modelled, SOURCES).runOne(program, CORPUS_LOOKS);
  if (run.defect !== undefined) return undefined;
  const { verdicts } = judgeRun({ contract: CONTRACT, profile, environment }, program, run, title);
  try {
    const foretold = { environment, profile: profile.name, steps: run.steps, verdicts, title };
    return reproducer(program, 'c', foretold).text;
  } catch (error) {
    if (error instanceof Inexpressible) return undefined;
    throw error;
  }
}
