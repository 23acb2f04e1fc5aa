/**
 * The model of every kernel does what the contract allows, also where inner steps fail; and it can be taken back. Random programs, in small
 * numbers: the fuzzer runs them by the million.
 */
import { describe, expect, test } from 'vitest';
import { initialState, judge, PROFILES, type Profile, type State, type Step } from '../../spec/index.ts';
import { readCorpus } from '../corpus/index.ts';
import { programAt } from '../generate/index.ts';
import { type Program, printCall, resolve } from '../program/index.ts';
import { explainedBy, type Finding } from '../run/index.ts';
import { type ModelMachine, modelMachine } from './index.ts';
import { FULL } from './testing.ts';

const KERNELS = PROFILES.filter(({ version }) => version !== undefined);
const PROGRAMS = 150;
const WITH_FAULTS = 30;
const SEED = 11;
const EVERYTHING = { mappings: true, flags: true, contents: true, counters: true } as const;
const known = readCorpus('corpus').known;

/** A program on a model, call by call, with the judge beside it. */
class Walk {
  readonly #machine: ModelMachine;
  readonly #profile: Profile;
  readonly #program: Program;
  readonly #values: bigint[] = [];
  readonly forbidden: string[] = [];
  faults = 0;
  #state: State;

  constructor(machine: ModelMachine, profile: Profile, program: Program) {
    this.#machine = machine;
    this.#profile = profile;
    this.#program = program;
    this.#state = initialState(machine.environment);
  }

  run(withFaults: boolean): this {
    const { model } = this.#machine;
    model.mark();
    for (const index of this.#program.lines.keys()) {
      if (withFaults) this.#failEach(index);
      const { result } = this.#step(index, 0);
      if (result.kind === 'hung') break;
      this.#values.push(result.kind === 'value' ? result.value : 0n);
    }
    model.rollback();
    model.unmark();
    return this;
  }

  /** Each inner step of a call fails, and is undone. */
  #failEach(index: number): void {
    const { model } = this.#machine;
    const before = this.#state;
    for (let fault = 1; ; fault++) {
      model.mark();
      const { scarce } = this.#step(index, fault);
      model.rollback();
      model.unmark();
      this.#state = before;
      if (scarce !== true) return;
      this.faults++;
    }
  }

  #step(index: number, fault: number): Step {
    const { model, environment } = this.#machine;
    const counter = (name: 'VmSize' | 'VmLck' | 'VmData'): bigint => {
      const { vmSize = 0, vmLck = 0, vmData = 0 } = model.observe({ counters: true }).counters ?? {};
      return BigInt({ VmSize: vmSize, VmLck: vmLck, VmData: vmData }[name] * environment.pageSize);
    };
    const call = resolve(this.#program.lines[index] as Program['lines'][number], { values: this.#values, counter });
    const result = model.call(call, fault);
    const seen = model.observe(EVERYTHING);
    const step: Step = model.faulted ? { call, result, seen, scarce: true } : { call, result, seen };
    const verdict = judge(this.#profile, this.#state, step);
    const finding = { before: this.#state, step, verdict } as unknown as Finding;
    if (verdict.kind === 'forbidden' && explainedBy(known, this.#profile, finding) === undefined)
      this.forbidden.push(
        `${printCall(call)}${fault > 0 ? ` (fault ${fault})` : ''}: ${JSON.stringify(verdict.differences)}`,
      );
    this.#state = verdict.next;
    return step;
  }
}

const machineOf = (profile: Profile): ModelMachine =>
  modelMachine({ ...FULL, release: `${profile.name.replace('linux-', '')}.0` }, profile);

describe.each(KERNELS.map((profile) => [profile.name, profile] as const))('%s', (_, profile) => {
  const machine = machineOf(profile);
  const programs = Array.from({ length: PROGRAMS }, (_, i) => programAt(SEED, i, machine.environment));

  test('nothing is forbidden but known bugs', () => {
    expect(programs.flatMap((program) => new Walk(machine, profile, program).run(false).forbidden)).toEqual([]);
  });
  test('whichever inner step fails', () => {
    const walks = programs.slice(0, WITH_FAULTS).map((program) => new Walk(machine, profile, program).run(true));
    expect(walks.flatMap(({ forbidden }) => forbidden)).toEqual([]);
    expect(walks.reduce((sum, { faults }) => sum + faults, 0)).toBeGreaterThan(5 * WITH_FAULTS);
  });
});
