/** The tests that stand beside what is mutated, in a process of their own: the last word on mutants that no program shows. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';

/** By the folder of the mutants. */
const TESTS: Readonly<Record<string, readonly string[]>> = {
  model: ['model/mremap', 'checker/model/knobs.test.ts'],
  spec: ['spec/rules/mremap', 'spec/rules/scarce.test.ts', 'spec/rules/situations.test.ts', 'spec/judge.test.ts'],
};

/** The first test that fails with a mutant switched on; `undefined` if all are good. `sandbox`: the folder of the instrumented sources. */
export async function failingTest(sandbox: string, folder: string, mutant: string): Promise<string | undefined> {
  const runner = join(sandbox, 'node_modules', 'vitest', 'vitest.mjs');
  const args = [runner, 'run', ...(TESTS[folder] ?? []), '--bail=1', '--reporter=tap-flat', '--no-color'];
  const child = spawn(process.execPath, args, {
    cwd: sandbox,
    env: { ...process.env, __STRYKER_ACTIVE_MUTANT__: mutant, CI: 'true' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (said += text));
  const code = await new Promise<number | null>((resolve, reject) =>
    child.once('error', reject).once('close', resolve),
  );
  if (code === 0) return undefined;
  return /^not ok \d+ - (.*?)(?: # time.*)?$/m.exec(said)?.[1] ?? `vitest ended in ${code}: ${said.slice(-300)}`;
}
