/** The model as a machine: everything that runs on a kernel runs on it. */
import * as usual from '../../model/index.ts';
import type { Environment, Profile, Result, Step } from '../../spec/index.ts';
import type { Looks, Machine, Often, Run } from '../machine.ts';
import { type Program, resolve } from '../program/index.ts';

export { lookAt, type Visible } from './look.ts';

const now = (often: Often, last: boolean): boolean => often === 'each' || (often === 'end' && last);

/** The number that a later line takes for the result; 0 unless it was a value. */
const numberOf = (result: Result): bigint => (result.kind === 'value' ? result.value : 0n);

/** What the model shows to others: a deliberately wrong one has the same. */
export type Sources = Pick<typeof usual, 'Model' | 'Canonical'>;
/** The model as it is. */
export const SOURCES: Sources = usual;

/** Runs programs one after another on one model, which is put back to its start each time. Its inner steps can be made to fail: the feature `faults`. */
export class ModelMachine implements Machine {
  readonly name = 'model';
  readonly environment: Environment;
  readonly model: usual.Model;

  constructor(environment: Environment, profile: Profile, { Model }: Sources) {
    this.environment = { ...environment, features: [...environment.features, 'faults'] };
    this.model = new Model(environment, profile);
    this.model.mark();
  }

  /** One program; a line's `fault` makes that inner step fail. */
  runOne({ lines }: Program, looks: Looks): Run {
    const { model } = this;
    const steps: Step[] = [];
    const faultPoints: number[] = [];
    let failed: string | undefined;
    const values: bigint[] = [];
    const known = {
      values,
      counter: (name: 'VmSize' | 'VmLck' | 'VmData'): bigint => {
        const { vmSize = 0, vmLck = 0, vmData = 0 } = model.observe({ counters: true }).counters ?? {};
        const pages = name === 'VmSize' ? vmSize : name === 'VmLck' ? vmLck : vmData;
        return BigInt(pages) * BigInt(this.environment.pageSize);
      },
    };
    try {
      for (const [i, line] of lines.entries()) {
        const call = resolve(line, known);
        const result = model.call(call, line.fault ?? 0);
        faultPoints.push(model.faultPoints);
        failed = model.failed ?? failed;
        const last = i === lines.length - 1 || result.kind === 'hung';
        const seen = model.observe({
          mappings: now(looks.mappings, last) || now(looks.flags, last),
          flags: now(looks.flags, last),
          contents: now(looks.contents, last),
          touch: now(looks.touch, last),
          counters: now(looks.counters, last),
        });
        steps.push(model.faulted ? { call, result, seen, scarce: true } : { call, result, seen });
        if (result.kind === 'hung') break;
        values.push(numberOf(result));
      }
      return failed === undefined ? { steps, faultPoints } : { steps, faultPoints, failed };
    } catch (error) {
      return { steps, defect: `model: ${error instanceof Error ? error.message : String(error)}` };
    } finally {
      model.rollback();
    }
  }

  run(programs: readonly Program[], looks: Looks): Promise<readonly Run[]> {
    return Promise.resolve(programs.map((program) => this.runOne(program, looks)));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** A model of the profile's kernel in this environment; `sources`: of another model than the usual one. */
export const modelMachine = (environment: Environment, profile: Profile, sources = SOURCES): ModelMachine =>
  new ModelMachine(environment, profile, sources);
