/** `repro`: a program as C, as a kernel selftest, for syzkaller, or as a log of strace. Nothing is run but the model. */

import { plural } from '../../reports/index.ts';
import { Inexpressible, type Reproducer, type ReproducerForm, reproducer } from '../../reports/reproducers/index.ts';
import { heldAgainst } from '../corpus/index.ts';
import type { Run } from '../machine.ts';
import { CORPUS_LOOKS, judgeRun } from '../run/index.ts';
import { badInput, EXIT } from './exit.ts';
import { keep } from './format.ts';
import { type Readable, readFiles } from './readable.ts';
import {
  type Answer,
  type Common,
  courtOf,
  environmentFor,
  errorData,
  modelledProfile,
  profileOf,
  type Session,
} from './session.ts';

interface ReproOptions extends Common {
  readonly as: ReproducerForm;
  readonly output?: string;
}

/** What the model of the profile's kernel does with a program, judged; written in a form. */
async function written(session: Session, { file, program: given }: Readable, as: ReproducerForm) {
  const environment = await environmentFor(session, 'model');
  const court = courtOf(session, environment);
  const profile = modelledProfile(profileOf(session.options, environment), environment.release);
  const model = session.host.startModel(environment, profile);
  const program = heldAgainst(given, model);
  try {
    const [run] = (await model.run([program], CORPUS_LOOKS)) as [Run];
    if (run.defect !== undefined) throw new Error(`${file}: ${run.defect}`);
    const { verdicts } = judgeRun(court, program, run, file);
    const foretold = { environment, profile: profile.name, steps: run.steps, verdicts, title: file };
    return { profile, ...reproducer(program, as, foretold) };
  } catch (error) {
    if (error instanceof Inexpressible) throw badInput(`${file}: ${error.message}`);
    throw error;
  } finally {
    await model.close();
  }
}

const leftOutText = ({ leftOut }: Reproducer, file: string, as: string): string =>
  `mremap-check: ${file}: ${plural(leftOut, 'call')} cannot be said in the form ${as} and ${leftOut === 1 ? 'is' : 'are'} left out`;

/** @throws Stop where the program has a failing inner step, or the output cannot be written. */
export async function repro(session: Session, options: Common, files: readonly string[]): Promise<Answer> {
  const { as, output } = options as ReproOptions;
  const { good, errors } = readFiles(session, files);
  const [readable] = good;
  if (readable === undefined) return { exit: EXIT.input, data: { errors: errorData(errors) } };
  const { file } = readable;
  const { profile, ...made } = await written(session, readable, as);
  if (made.leftOut > 0) session.warn(leftOutText(made, file, as));
  if (output === undefined || output === '-') session.say(made.text.trimEnd());
  else keep(output, made.text);
  const where = output === undefined || output === '-' ? {} : { output };
  return { exit: EXIT.good, data: { errors: [], file, as, profile: profile.name, ...made, ...where } };
}
