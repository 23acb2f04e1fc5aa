/** A program, call by call, on the model: what came back, what it left, and what the contract says of it. Runs in Node and in a browser. */
import { modelMachine, SOURCES } from '../../checker/model/index.ts';
import { type Program, printCall, printResult } from '../../checker/program/index.ts';
import { type Difference, type Environment, initialState, judge, type Profile, profileFor } from '../../spec/index.ts';
import { Lineage, type Strain } from '../strips/lineage.ts';
import { differingPages, type Space, spaceOf } from '../strips/space.ts';

/** A space, and which mapping each of its pages came from. */
export interface Side {
  readonly space: Space;
  readonly strains: readonly Strain[];
}

/** One call. */
export interface Traced {
  readonly call: string;
  readonly result: string;
  readonly verdict: 'allowed' | 'forbidden' | 'unknown';
  readonly reason?: string;
  /** Ids of the rules that fired. */
  readonly rules: readonly string[];
  readonly allowed: readonly string[];
  readonly differences: readonly Difference[];
  readonly before: Side;
  readonly after: Side;
  /** Where the contract is broken: the closest allowed outcome. */
  readonly closest?: Side;
  /** How many inner steps of the call can be made to fail. */
  readonly faultPoints: number;
}

export interface Trace {
  readonly calls: readonly Traced[];
  /** Why the model went no further. */
  readonly defect?: string;
}

const NOTHING: Side = { space: { mappings: [], contents: [], guards: [] }, strains: [] };
const LOOKS = { mappings: 'each', counters: 'each', contents: 'each', flags: 'each', touch: 'end' } as const;

/** Runs a program on the model of `kernel` and judges it by `rules`; a profile of no kernel has the model of the machine's. */
export function traceOf(program: Program, environment: Environment, kernel: Profile, rules: Profile): Trace {
  const modelled = kernel.version === undefined ? profileFor(environment.release) : kernel;
  const machine = modelMachine(environment, modelled, SOURCES);
  const run = machine.runOne(program, LOOKS);
  const lineage = new Lineage(environment.pageSize);
  let state = initialState(environment);
  let before = NOTHING;
  const calls = run.steps.map((step, i): Traced => {
    const verdict = judge(rules, state, step);
    const { call, result } = step;
    const space = spaceOf(verdict.next);
    const after = { space, strains: lineage.take({ call, result, after: space }) };
    const traced = {
      call: printCall(call),
      result: printResult(call.name, result),
      verdict: verdict.kind,
      ...(verdict.reason === undefined ? {} : { reason: verdict.reason }),
      rules: verdict.rules,
      allowed: verdict.allowed,
      differences: verdict.differences,
      before,
      after,
      ...(verdict.closest === undefined
        ? {}
        : { closest: { space: spaceOf(verdict.closest), strains: after.strains } }),
      faultPoints: run.faultPoints?.[i] ?? 0,
    };
    state = verdict.next;
    before = after;
    return traced;
  });
  return run.defect === undefined ? { calls } : { calls, defect: run.defect };
}

/** Pages at which what was seen is not what would have been allowed. */
export const wrongPages = (
  seen: Space,
  allowed: Space | undefined,
  differences: readonly { readonly page?: number | undefined }[],
): readonly number[] => {
  const named = differences.flatMap(({ page }) => (page === undefined ? [] : [page]));
  return [...new Set([...named, ...(allowed === undefined ? [] : differingPages(seen, allowed))])].sort(
    (a, b) => a - b,
  );
};
