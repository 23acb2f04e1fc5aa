/** What the commands need of the world around them, so that tests can put another world in its place. */
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { type Ink, inkFor } from '../../reports/index.ts';
import type { Environment, Profile } from '../../spec/index.ts';
import { explore, type Search, type SearchOptions } from '../explore/index.ts';
import { MACHINES } from '../fuzz/index.ts';
import { probe, startKernel } from '../kernel/index.ts';
import type { Machine } from '../machine.ts';
import { modelMachine } from '../model/index.ts';
import { canary, type Mutant, type RunOptions, type Tried, tryMutants } from '../mutants/index.ts';
import { CONTRACT, type Contract } from '../run/index.ts';
import { type BuildOptions, type Built, buildKernel } from '../vm/build/index.ts';
import { startVm } from '../vm/index.ts';
import { type CachedKernel, cachedKernels, type Fetched, fetchKernels } from '../vm/kernels/index.ts';

export interface Host {
  out(text: string): void;
  err(text: string): void;
  /** Whether stdout is a terminal: only then is there a status line. */
  readonly terminal: boolean;
  /** Colour of what is printed, or none. */
  readonly ink: Ink;
  /** The folder that reports of runs are written into, unless told otherwise; absent: none are. */
  readonly reports?: string;
  /** The folder of the package: corpus/ and package.json stand there. */
  readonly home: string;
  readonly contract: Contract;
  /** The running kernel, or a kernel image in a virtual machine; `warn` is told what is no finding. */
  startKernel(image?: string, warn?: (line: string) => void): Promise<Machine>;
  /** Puts kernels of the distribution into the cache. */
  fetchKernels(releases: readonly string[], say: (line: string) => void): Promise<readonly Fetched[]>;
  /** The kernels in the cache. */
  cachedKernels(): Promise<readonly CachedKernel[]>;
  /** Makes a kernel in which allocations can fail. */
  buildKernel(options: BuildOptions): Promise<Built>;
  /** The model of the profile's kernel in the circumstances of a machine. */
  startModel(environment: Environment, profile: Profile): Machine;
  probe(): Promise<unknown>;
  explore(options: SearchOptions): Promise<Search>;
  tryMutants(mutants: readonly (Mutant | undefined)[], options: RunOptions): Promise<readonly Tried[]>;
  /** Tries the mutant that every `check` must find. */
  canary(home: string, seed: number): Promise<Tried>;
  /** Threads that long work may have. */
  readonly jobs: number;
  /** The module in which workers of the fuzzer find their machines. */
  readonly bench: string;
  /** Calls `stop` when the user interrupts for the first time, instead of ending; what comes back takes that back. */
  onInterrupt(stop: () => void): () => void;
}

/** The nearest folder above this file that holds a package.json: the same from the sources and from the compiled tree. */
function findHome(): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, 'package.json'))) {
    if (folder === dirname(folder)) throw new Error('the package lost its package.json');
    folder = dirname(folder);
  }
  return folder;
}

export const realHost = (): Host => ({
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  // A terminal that knows no size (some recorders) has no room for a line that is redrawn.
  terminal: process.stdout.isTTY === true && process.stdout.rows > 0,
  ink: inkFor(process.stdout),
  reports: join('reports', 'latest'),
  home: findHome(),
  contract: CONTRACT,
  startKernel: (image, warn) =>
    image === undefined ? startKernel() : startVm({ image, ...(warn === undefined ? {} : { warn }) }),
  fetchKernels: (releases, say) => fetchKernels(releases, { say }),
  cachedKernels: () => cachedKernels(),
  buildKernel,
  startModel: modelMachine,
  probe: () => probe(),
  explore,
  tryMutants,
  canary,
  jobs: availableParallelism(),
  bench: MACHINES,
  onInterrupt: (stop) => {
    process.once('SIGINT', stop);
    return () => void process.off('SIGINT', stop);
  },
});
