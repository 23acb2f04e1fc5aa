/** For tests of `--machine`: machines that are wrong in one thing. */
import type { Environment, Result } from '../../spec/index.ts';
import { Missing } from '../kernel/index.ts';
import type { Machine } from '../machine.ts';
import { ENVIRONMENT, fakeMachine } from './fake.ts';

const INVALID: Result = { kind: 'error', errno: 'EINVAL' };
/** A machine on which one call ends in EINVAL. */
export const failing = (name: string): Machine => fakeMachine((line) => (line.name === name ? INVALID : undefined));
/** The same as a model, whose inner steps can be made to fail. */
export const asModel = (machine: Machine, environment: Environment = ENVIRONMENT): Machine => ({
  ...machine,
  name: 'model',
  environment: { ...environment, features: [...environment.features, 'faults'] },
});
/** What a place without a kernel says. */
export const noKernel = async (): Promise<never> => {
  throw new Missing('needs Linux');
};
/** The last of a few pages that programs use. */
const PAGE = 0x100000005;
/** A machine on which an `mremap` that fails leaves a mapping behind, which the properties do not allow. */
export const leaving = (): Machine => {
  const { run, ...rest } = failing('mremap');
  const mapping = { start: PAGE, end: PAGE + 1, prot: 3, shared: false, offset: 0, file: 0 };
  return {
    ...rest,
    run: async (programs, looks) =>
      (await run(programs, looks)).map(({ steps }) => ({
        steps: steps.map((step, i) => ({
          ...step,
          seen: { mappings: steps.slice(0, i + 1).some((s) => s.call.name === 'mremap') ? [mapping] : [] },
        })),
      })),
  };
};
