/** `explain`: each call of a program with the rules that fired, where they stand, and the state before and after. */
import { join } from 'node:path';
import { changeText, indent, Lineage, type Space, spaceOf } from '../../reports/index.ts';
import { type Environment, type Profile, type RuleInfo, rulesOf } from '../../spec/index.ts';
import { heldAgainst, readCorpus } from '../corpus/index.ts';
import type { Machine, Run } from '../machine.ts';
import { CORPUS_LOOKS, type Court } from '../run/index.ts';
import { EXIT, exitAfter, gravest } from './exit.ts';
import { type Foretelling, foretelling } from './foretold.ts';
import { machineData } from './json.ts';
import { type Readable, readFiles } from './readable.ts';
import {
  type Answer,
  ableOrStop,
  type Common,
  courtOf,
  errorData,
  type Machines,
  present,
  type Session,
  withMachines,
} from './session.ts';
import { type JudgedStep, judgedData, judgedRun, stepText } from './told.ts';

/** Where each rule of a profile stands. */
const sourcesOf = (profile: Profile): ReadonlyMap<string, RuleInfo> => new Map(rulesOf(profile).map((r) => [r.id, r]));

export async function explain(session: Session, _options: Common, files: readonly string[]): Promise<Answer> {
  const { good, errors } = readFiles(session, files);
  const [readable] = good;
  if (readable === undefined) return { exit: EXIT.input, data: { errors: errorData(errors), steps: [] } };
  return withMachines(session, 'kernel', (equipment) =>
    explained(session, ableOrStop(equipment, { ...readable.program, header: [] }, readable.file), readable),
  );
}

/** Explains what the first machine did, and says whether the other one foretold it. */
async function explained(session: Session, machines: Machines, { file, program: given }: Readable): Promise<Answer> {
  const [machine] = present(machines) as [Machine];
  const program = heldAgainst(given, machine);
  const [run] = (await machine.run([program], CORPUS_LOOKS)) as [Run];
  const court = courtOf(session, machine.environment);
  const { known } = readCorpus(join(session.host.home, 'corpus'));
  const judged = judgedRun(court, known, { program, origin: file }, run);
  session.say(`${machine.name} ${machine.environment.release}, judged as ${court.profile.name}\n`);
  // A call that was made to fail has not come to those that follow.
  const faultPoints = run.steps.map((step, i) => (step.scarce === true ? undefined : run.faultPoints?.[i]));
  const sides = sidesOf(judged.steps, machine.environment);
  const steps = judged.steps.map((step, i) => explainStep(session, court, step, sides[i]!, faultPoints[i]));
  if (run.defect !== undefined) session.warn(`mremap-check: ${file}: ${run.defect}`);
  const foretold = await foretoldOf(court, machines, { file, program }, run);
  if (foretold !== undefined) session.say(foretold.text);
  return {
    exit: gravest(
      exitAfter({ defects: run.defect === undefined ? 0 : 1, findings: judged.findings.length }),
      foretold?.exit ?? EXIT.good,
    ),
    data: {
      machine: machineData(machine, court.profile),
      errors: [],
      steps,
      ...(foretold === undefined ? {} : { prediction: foretold.data }),
    },
  };
}

interface Side {
  readonly space: Space;
  readonly strains: ReturnType<Lineage['take']>;
}

/** What is drawn of each step: before and after it, with where its mappings came from. */
function sidesOf(steps: readonly JudgedStep[], { pageSize }: Environment): readonly { before: Side; after: Side }[] {
  const lineage = new Lineage(pageSize);
  let before: Side = { space: { mappings: [], contents: [], guards: [] }, strains: [] };
  return steps.map(({ step: { call, result }, after: state }) => {
    const space = spaceOf(state);
    const after = { space, strains: lineage.take({ call, result, after: space }) };
    const sides = { before, after };
    before = after;
    return sides;
  });
}

function explainStep(
  session: Session,
  { profile }: Court,
  step: JudgedStep,
  { before, after }: { readonly before: Side; readonly after: Side },
  faultPoints?: number,
): object {
  const { ink } = session.host;
  const sources = sourcesOf(profile);
  const fired = step.verdict.rules.map((rule) => ({ rule, source: sources.get(rule)?.source ?? '' }));
  const picture = changeText(before, after);
  session.say(stepText(step, ink));
  for (const { rule, source } of fired) session.say(`    ${rule}${source === '' ? '' : `  — ${source}`}`);
  if (faultPoints !== undefined) session.say(`    inner steps that can be made to fail: ${faultPoints}`);
  session.say(`${indent(changeText(before, after, ink), '    ')}\n`);
  return { ...judgedData(step), sources: fired, picture, ...(faultPoints === undefined ? {} : { faultPoints }) };
}

/** With both machines: what the model says of a program that the kernel ran. */
async function foretoldOf(
  court: Court,
  { kernel, model }: Machines,
  { file, program }: Readable,
  seen: Run,
): Promise<Foretelling | undefined> {
  if (kernel === undefined || model === undefined) return undefined;
  const [predicted] = (await model.run([program], CORPUS_LOOKS)) as [Run];
  return foretelling(court, { program, origin: file }, { model, kernel }, { model: predicted, kernel: seen });
}
