/** `shrink`: the simplest program that still shows what a program showed. */
import { join } from 'node:path';
import { against, type Ink, indent, plural, sidesOf, statesText } from '../../reports/index.ts';
import { findingText, heldAgainst, readCorpus, recordOf } from '../corpus/index.ts';
import { programAt } from '../generate/index.ts';
import type { Machine } from '../machine.ts';
import { type Program, printResult, printStep } from '../program/index.ts';
import type { ShrunkFinding } from '../shrink/index.ts';
import { badInput, EXIT } from './exit.ts';
import { machineData, stepData } from './json.ts';
import { Pursuit } from './pursuit.ts';
import { readFiles } from './readable.ts';
import {
  type Answer,
  ableOrStop,
  type Common,
  courtOf,
  errorData,
  type MachineOptions,
  present,
  type Session,
  withMachines,
} from './session.ts';

export interface ShrinkOptions extends MachineOptions {
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
  if (file === undefined) return onMachines(session, options, generated(options.seed, options.program as number));
  const { good, errors } = readFiles(session, [file]);
  const [readable] = good;
  if (readable === undefined) return { exit: EXIT.input, data: { errors: errorData(errors) } };
  return onMachines(session, options, () => ({ program: readable.program, origin: readable.file }));
}

const onMachines = (session: Session, { candidates, date }: ShrinkOptions, chosen: Chosen): Promise<Answer> =>
  withMachines(session, 'kernel', async (equipment) => {
    const { program: given, origin } = chosen(present(equipment)[0] as Machine);
    const { known } = readCorpus(join(session.host.home, 'corpus'));
    const pursuit = new Pursuit(session, ableOrStop(equipment, given, origin), known, origin);
    const program = heldAgainst(given, pursuit.machine);
    const { profile } = courtOf(session, pursuit.machine.environment);
    const data = { errors: [], origin };
    const target = await pursuit.target(program, pursuit.isFresh, () => true);
    if (target === undefined) {
      session.say(`${origin} keeps to the contract: there is nothing to shrink`);
      return { exit: EXIT.good, data: { machine: machineData(pursuit.machine, profile), ...data } };
    }
    const { shrunk, machine } = await pursuit.shrink(target, { candidates });
    const text = findingText(recordOf(shrunk, { machine, profile, origin, date }));
    session.say(`${text}\n${told(shrunk, session.host.ink)}`);
    return {
      exit: EXIT.findings,
      data: { machine: machineData(machine, profile), ...data, shrunk: dataOf(shrunk, text) },
    };
  });

/** What people want to know besides the program. */
function told({ finding, from, candidates, complete, reproduced, runs }: ShrunkFinding, ink: Ink): string {
  const { step, verdict } = finding;
  const end = complete ? '' : ' (the bound: more might be possible)';
  return [
    printStep(step),
    indent(against(finding)),
    `rules: ${verdict.rules.join(', ') || 'none fired'}`,
    statesText(sidesOf(finding), ink),
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
