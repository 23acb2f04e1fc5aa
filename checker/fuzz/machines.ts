/** Where a worker's machines are made: the one place that knows which there are. */
import { startKernel } from '../kernel/index.ts';
import type { Machine } from '../machine.ts';
import { modelMachine } from '../model/index.ts';
import { CONTRACT, CORPUS_LOOKS, type Contract, type Court, canFail, explainedBy, type Finding } from '../run/index.ts';
import { startVm } from '../vm/index.ts';
import { Allocations } from './allocations.ts';
import { type Examiner, Judge, Recorder } from './examine.ts';
import { Faults } from './faults.ts';
import { Prediction } from './predict.ts';
import { Properties } from './properties.ts';
import { shrunkBy } from './shrunk.ts';
import type { ShrunkReport, WorkerSettings } from './task.ts';
import { Variants } from './variants.ts';
import { Remembering } from './verdicts.ts';

/** What a worker examines programs with. */
export interface Bench {
  readonly examiners: readonly Examiner[];
  /** Makes a finding as simple as can be done quickly. */
  shrink(finding: Finding): Promise<ShrunkReport>;
  close(): Promise<void>;
}

/** What a module that makes machines exports as `makeBench`. */
export type MakeBench = (settings: WorkerSettings) => Promise<Bench>;

/** Every worker has a kernel of its own: an executor, or a whole virtual machine. */
const kernelOf = (image: string | undefined): Promise<Machine> =>
  image === undefined ? startKernel() : startVm({ image, warn: (line) => void process.stderr.write(`${line}\n`) });

export const makeBench: MakeBench = async ({ machine, image, environment, profile, faults, known }) => {
  const both = machine === 'both';
  const isKnown = (f: Finding): boolean => explainedBy(known, profile, f) !== undefined;
  const courtOf = (of: Machine, contract: Contract = CONTRACT): Court => ({
    contract,
    profile,
    environment: of.environment,
  });
  const examiners: Examiner[] = [];
  const kernel = machine === 'model' ? undefined : new Recorder(await kernelOf(image));
  if (kernel !== undefined) {
    const court = courtOf(kernel);
    examiners.push(new Judge(court, kernel, both), new Variants(court, kernel, isKnown, { isOneOfSeveral: both }));
    examiners.push(new Properties(court, kernel, isKnown, both));
    // On a machine that has no fault injection it is the model alone that fails.
    if (faults && canFail(kernel.environment)) examiners.push(new Allocations(court, kernel, isKnown, both));
  }
  const modelled = machine === 'kernel' ? undefined : modelMachine(kernel?.environment ?? environment, profile);
  const model = modelled && new Recorder(modelled);
  if (modelled !== undefined && model !== undefined) {
    const court = courtOf(model, new Remembering(CONTRACT, model.environment));
    // To look costs the model little, and what is looked at alike need not be judged again where inner steps fail.
    examiners.push(
      new Judge(court, model, both, CORPUS_LOOKS),
      new Variants(court, model, isKnown, { isOneOfSeveral: both }),
    );
    examiners.push(new Properties(court, model, isKnown, both));
    if (faults) examiners.push(new Faults(court, modelled.model, isKnown, both ? { machine: modelled.name } : {}));
  }
  if (model !== undefined && kernel !== undefined) examiners.push(new Prediction(courtOf(kernel), model, kernel));
  return {
    examiners,
    shrink: (finding) => {
      const usual = kernel ?? model;
      const shown = finding.machine === undefined ? usual : [kernel, model].find((m) => m?.name === finding.machine);
      return shrunkBy(examiners, finding, shown as Machine, { profile, isKnown });
    },
    close: async () => {
      await kernel?.close();
    },
  };
};
