/** A kernel that was built to fail: skipped, with the reason, where there is none. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { profileFor } from '../../spec/index.ts';
import { cacheFolder } from '../kernel/index.ts';
import { modelMachine } from '../model/index.ts';
import { CONTRACT } from '../run/index.ts';
import { startVm } from '../vm/index.ts';
import { compareOutcomes, enumerateFaults } from './index.ts';
import { MOVE, MOVING } from './testing.ts';

function builtImage(): string | undefined {
  const kernels = join(cacheFolder(), 'kernels');
  const names = existsSync(kernels) ? readdirSync(kernels) : [];
  const images = names.filter((n) => n.startsWith('fault-injection-')).map((n) => join(kernels, n, 'bzImage'));
  return images.sort().findLast((image) => existsSync(image));
}

function whyNot(): string | undefined {
  if (builtImage() === undefined) return 'no kernel with fault injection in the cache (mremap-check kernel build)';
  try {
    execFileSync('qemu-system-x86_64', ['--version'], { stdio: 'ignore' });
    return undefined;
  } catch {
    return 'no qemu-system-x86_64';
  }
}

const reason = whyNot();

describe.skipIf(reason !== undefined)(
  `a kernel with fault injection${reason === undefined ? '' : ` (skipped: ${reason})`}`,
  () => {
    test('each allocation of a move of two pieces fails; nothing is forbidden, and the model has each outcome', async () => {
      const machine = await startVm({ image: builtImage()! });
      try {
        const { environment } = machine;
        const profile = profileFor(environment.release);
        const model = modelMachine(environment, profile);
        const on = (one: typeof machine) =>
          enumerateFaults(
            {
              machine: one,
              court: { contract: CONTRACT, profile, environment: one.environment },
              isKnown: () => false,
            },
            { program: MOVING, origin: 'test' },
          );
        const [kernel, predicted] = [await on(machine), await on(model)];
        expect([...kernel.defects, ...predicted.defects]).toEqual([]);
        const { injected } = kernel.calls.find(({ index }) => index === MOVE)!;
        expect(injected.flatMap(({ findings }) => findings)).toEqual([]);
        expect(injected.length).toBeGreaterThan(4);
        const outcomes = new Set(injected.map(({ outcome }) => `${outcome.moved} ${outcome.destination ?? 'all'}`));
        expect(outcomes).toEqual(new Set(['0 intact', '0 lost', '1 lost', '2 all']));
        const sets = compareOutcomes(predicted, kernel, { predicted: model.environment, seen: environment });
        const unexplained = sets
          .flatMap((s) => [...s.kernelOnly, ...s.modelOnly])
          .filter((c) => c.explained === undefined);
        expect(unexplained).toEqual([]);
      } finally {
        await machine.close();
      }
    }, 120_000);
  },
);
