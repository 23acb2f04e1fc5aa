/** The live kernel as a machine. */
import { access, constants } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import type { Machine } from '../machine.ts';
import type { CompileOptions } from './compile.ts';
import { cacheFolder, compileExecutor, compileInit, compileProgram } from './compile.ts';
import { LiveKernel, SILENT } from './live.ts';
import { Missing } from './missing.ts';

export type { Speed } from './benchmark.ts';
export { benchmark } from './benchmark.ts';
export { FEATURES } from './environment.ts';
export type { CompileOptions };
export { cacheFolder, compileExecutor, compileInit, compileProgram, LiveKernel, Missing, SILENT };

export interface KernelOptions extends CompileOptions {
  /** Folder for the file that programs open; its filesystem decides what kind of file that is. Default: the system's for temporary files. */
  readonly directory?: string;
  /** Milliseconds after which a program that has not ended counts as hung. Default 10000. */
  readonly limitMs?: number;
  /** Lines of programs in one batch, about. Default 600. */
  readonly batchLines?: number;
  /** Do without these although the kernel has them, as older kernels must. */
  readonly without?: readonly ('PROCMAP_QUERY' | 'PAGEMAP_SCAN')[];
}

async function start(options: KernelOptions): Promise<LiveKernel> {
  const path = await compileExecutor(options);
  await access('/proc/self/maps', constants.R_OK).catch(() => {
    throw new Missing('/proc is not mounted; the executor reads what can be seen there');
  });
  const without = (options.without ?? []).map((name) => `no-${name.toLowerCase().replace('_', '-')}`);
  return LiveKernel.start({
    path,
    args: [options.directory ?? tmpdir(), ...without],
    limitMs: options.limitMs ?? 10_000,
    batchLines: options.batchLines ?? 600,
  });
}

/**
 * Starts an executor on the running kernel. Runs may overlap; they are answered in order. When the executor dies, the
 * programs it had get a `defect` and it is started again once; after that `run` rejects.
 * @throws Missing where there is no Linux, compiler or /proc.
 */
export function startKernel(options: KernelOptions = {}): Promise<Machine> {
  return start(options);
}

export interface Probe {
  /** `uname -r`. */
  readonly release: string;
  /** `x86_64` or `aarch64`. */
  readonly arch: string;
  /** As in `Environment`; found by trying. */
  readonly features: readonly string[];
}

/** What the running kernel is and can. @throws Missing as `startKernel`. */
export async function probe(options: KernelOptions = {}): Promise<Probe> {
  const kernel = await start(options);
  const { release, features } = kernel.environment;
  await kernel.close();
  return { release, arch: kernel.arch, features };
}
