/** `explain`: each call of a program with the rules that fired, where they stand, and the state before and after. */
import { indent, looksSame, statesText } from '../../reports/index.ts';
import { type Profile, type RuleInfo, rulesOf, type State, type Verdict } from '../../spec/index.ts';
import { heldAgainst } from '../corpus/index.ts';
import type { Run } from '../machine.ts';
import { printResult } from '../program/index.ts';
import { CORPUS_LOOKS, judgeRun } from '../run/index.ts';
import { EXIT, gravest } from './exit.ts';
import { machineData, stepData } from './json.ts';
import { readFiles, stepText } from './replay.ts';
import { type Answer, type Common, courtOf, errorData, type Session, withKernel } from './session.ts';

/** One picture where the call changed nothing, two states under one ruler where it did. */
function draw(before: State, after: State): string {
  if (looksSame(before, after)) return statesText([{ title: 'unchanged', state: after }]);
  return statesText([
    { title: 'before', state: before },
    { title: 'after', state: after },
  ]);
}

/** Where each rule of a profile stands. */
const sourcesOf = (profile: Profile): ReadonlyMap<string, RuleInfo> => new Map(rulesOf(profile).map((r) => [r.id, r]));

export async function explain(session: Session, _options: Common, files: readonly string[]): Promise<Answer> {
  const { good, errors } = readFiles(session, files);
  const [readable] = good;
  if (readable === undefined) return { exit: EXIT.input, data: { errors: errorData(errors), steps: [] } };
  return withKernel(session, async (machine) => {
    const program = heldAgainst(readable.program, machine);
    const [run] = (await machine.run([program], CORPUS_LOOKS)) as [Run];
    const court = courtOf(session, machine.environment);
    const { verdicts, states, findings } = judgeRun(court, program, run, readable.file);
    const sources = sourcesOf(court.profile);
    session.say(`${machine.name} ${machine.environment.release}, judged as ${court.profile.name}\n`);
    const expectations = new Map(findings.filter((f) => f.kind === 'expectation').map((f) => [f.index, f.expected]));
    const steps = run.steps.map((step, i) => {
      const verdict = verdicts[i] as Verdict;
      const missed = expectations.get(i);
      const expected = missed === undefined ? undefined : printResult(step.call.name, missed);
      const fired = verdict.rules.map((rule) => ({ rule, source: sources.get(rule)?.source ?? '' }));
      const picture = draw(states[i] as State, states[i + 1] as State);
      session.say(stepText(step, verdict, expected));
      for (const { rule, source } of fired) session.say(`    ${rule}${source === '' ? '' : `  — ${source}`}`);
      session.say(`${indent(picture, '    ')}\n`);
      return { ...stepData(step, verdict), ...(expected === undefined ? {} : { expected }), sources: fired, picture };
    });
    if (run.defect !== undefined) session.warn(`mremap-check: ${readable.file}: ${run.defect}`);
    return {
      exit: gravest(
        run.defect === undefined ? EXIT.good : EXIT.defect,
        findings.length > 0 ? EXIT.findings : EXIT.good,
      ),
      data: { machine: machineData(machine, court.profile), errors: [], steps },
    };
  });
}
