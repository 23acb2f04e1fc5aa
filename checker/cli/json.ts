/** Findings and steps as plain data for `--json`; the shapes stand in schema.ts. */
import { sidesOf, spaceOf } from '../../reports/index.ts';
import { type Environment, type Profile, rulesOf, type Step, type Verdict } from '../../spec/index.ts';
import type { Machine } from '../machine.ts';
import { printCall, printProgram, printResult } from '../program/index.ts';
import type { Group } from '../run/index.ts';

export const machineData = (machine: Machine, profile: Profile): object => {
  const { release }: Environment = machine.environment;
  return { name: machine.name, release, profile: profile.name };
};

const verdictData = ({ rules, allowed, differences }: Verdict): object => ({ rules, allowed, differences });

export const stepData = (step: Step, verdict: Verdict): Record<string, unknown> => ({
  call: printCall(step.call),
  result: printResult(step.call.name, step.result),
  ...(step.scarce ? { scarce: true } : {}),
  verdict: verdict.kind,
  ...verdictData(verdict),
  ...(verdict.reason === undefined ? {} : { reason: verdict.reason }),
});

export const groupData = ({ signature, count, known, example }: Group): object => {
  const { kind, origin, program, index, step, verdict, expected, shrunkFrom, machine } = example;
  const { name } = step.call;
  return {
    kind,
    signature,
    count,
    ...(known === undefined ? {} : { known }),
    ...(machine === undefined ? {} : { machine }),
    origin,
    program: printProgram(program),
    ...(shrunkFrom === undefined ? {} : { shrunkFrom }),
    index,
    call: printCall(step.call),
    result: printResult(name, step.result),
    ...(step.scarce ? { scarce: true } : {}),
    ...(step.console === undefined ? {} : { console: step.console }),
    ...(expected === undefined ? {} : { expected: printResult(name, expected) }),
    ...verdictData(verdict),
    states: Object.fromEntries(sidesOf(example).map(({ title, state }) => [title, spaceOf(state)])),
  };
};

/** Every rule of a profile: how often it fired, and the smallest program that reached it. */
export const rulesData = (
  profile: Profile,
  fired: ReadonlyMap<string, number>,
  exampleOf: (rule: string) => { readonly origin: string; readonly program: string } | undefined,
): object[] =>
  rulesOf(profile).map(({ id, source, since, until }) => {
    const example = exampleOf(id);
    return {
      rule: id,
      source,
      ...(since === undefined ? {} : { since }),
      ...(until === undefined ? {} : { until }),
      fired: fired.get(id) ?? 0,
      ...(example === undefined ? {} : { example }),
    };
  });

export const countsData = (counts: ReadonlyMap<string, number>): Record<string, number> => Object.fromEntries(counts);

export const tableData = (counts: ReadonlyMap<string, ReadonlyMap<string, number>>): Record<string, object> =>
  Object.fromEntries([...counts].map(([name, outcomes]) => [name, countsData(outcomes)]));
