/** `shrink`: the simplest program that still shows what a program showed. */
import { against, indent, plural, statesText } from '../../reports/index.ts';
import { findingText, heldAgainst, recordOf } from '../corpus/index.ts';
import { programAt } from '../generate/index.ts';
import type { Machine } from '../machine.ts';
import { type Program, printResult, printStep } from '../program/index.ts';
import { skipReason } from '../run/index.ts';
import { type ShrunkFinding, Trial } from '../shrink/index.ts';
import { badInput, EXIT, Stop } from './exit.ts';
import { machineData, stepData } from './json.ts';
import { readFiles } from './replay.ts';
import { type Answer, type Common, courtOf, errorData, type Session, withKernel } from './session.ts';

export interface ShrinkOptions extends Common {
  readonly program?: number;
  readonly candidates: number;
  readonly date?: string;
}

/** The program that was asked for, with its name. */
type Chosen = (machine: Machine) => { readonly program: Program; readonly origin: string };

function generated(seed: number, number: number): Chosen {
  return ({ environment }) => ({
    program: programAt(seed, number, environment),
    origin: `seed ${seed} program ${number}`,
  });
}

export async function shrink(session: Session, common: Common, files: readonly string[]): Promise<Answer> {
  const options = common as ShrinkOptions;
  const [file] = files;
  if ((file === undefined) === (options.program === undefined))
    throw badInput('shrink takes either a file or --program N (with --seed N)');
  if (file === undefined) return onKernel(session, options, generated(options.seed, options.program as number));
  const { good, errors } = readFiles(session, [file]);
  const [readable] = good;
  if (readable === undefined) return { exit: EXIT.input, data: { errors: errorData(errors) } };
  return onKernel(session, options, () => ({ program: readable.program, origin: readable.file }));
}

const onKernel = (session: Session, { candidates, date }: ShrinkOptions, chosen: Chosen): Promise<Answer> =>
  withKernel(session, async (machine) => {
    const { program: given, origin } = chosen(machine);
    const program = heldAgainst(given, machine);
    const reason = skipReason(program, machine.environment);
    if (reason !== undefined) throw new Stop(EXIT.missing, `${origin} ${reason}`);
    const court = courtOf(session, machine.environment);
    const trial = new Trial(court, machine, origin);
    const data = { machine: machineData(machine, court.profile), errors: [], origin };
    const target = await trial.target(program);
    if (target === undefined) {
      session.say(`${origin} keeps to the contract: there is nothing to shrink`);
      return { exit: EXIT.good, data };
    }
    const shrunk = await trial.shrink(target, { candidates });
    const text = findingText(recordOf(shrunk, { machine, profile: court.profile, origin, date }));
    session.say(`${text}\n${told(shrunk)}`);
    return { exit: EXIT.findings, data: { ...data, shrunk: dataOf(shrunk, text) } };
  });

/** What people want to know besides the program. */
function told({ finding, from, candidates, complete, reproduced, runs }: ShrunkFinding): string {
  const { step, before, verdict } = finding;
  const states = statesText([
    { title: 'before', state: before },
    { title: 'after', state: verdict.next },
  ]);
  const end = complete ? '' : ' (the bound: more might be possible)';
  return [
    printStep(step),
    indent(against(finding)),
    `rules: ${verdict.rules.join(', ') || 'none fired'}`,
    states,
    '',
    `${from} calls shrunk to ${finding.program.lines.length} in ${plural(candidates, 'candidate')}${end}`,
    `reproduced ${reproduced} of ${runs}`,
  ].join('\n');
}

const dataOf = (shrunk: ShrunkFinding, program: string): Record<string, unknown> => {
  const { finding, signature, from, candidates, complete, reproduced, runs } = shrunk;
  const { kind, index, step, verdict, expected } = finding;
  return {
    kind,
    signature,
    program,
    calls: { from, to: finding.program.lines.length },
    candidates,
    complete,
    reproduced,
    runs,
    index,
    step: {
      ...stepData(step, verdict),
      ...(expected === undefined ? {} : { expected: printResult(step.call.name, expected) }),
    },
  };
};
