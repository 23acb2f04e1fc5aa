/** For tests of the commands: a world without a kernel, in which the test decides what comes back and what is allowed. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Ink, PLAIN } from '../../reports/index.ts';
import {
  type Environment,
  initialState,
  type Profile,
  type Result,
  type State,
  type Step,
  type Verdict,
} from '../../spec/index.ts';
import { explore, type Search, type SearchOptions } from '../explore/index.ts';
import type { Machine, Run } from '../machine.ts';
import type { Mutant, RunOptions, Tried } from '../mutants/index.ts';
import type { Line, Program } from '../program/index.ts';
import type { Contract } from '../run/index.ts';
import { commandLine } from './command-line.ts';
import type { Host } from './host.ts';
import { answer } from './schema.ts';

export const ENVIRONMENT: Environment = {
  release: '6.18.0-fake',
  pageSize: 4096,
  taskSize: 0x7fffffff,
  hugePage: 512,
  hugePool: 0,
  maxMapCount: 65530,
  minAddr: 16,
  overcommit: 0,
  memory: 1 << 20,
  stackGap: 256,
  stackLimit: 2048,
  own: { vmSize: 10, vmLck: 0, vmData: 2, vmStk: 1, mapCount: 5, lockable: 8 },
  window: { start: 0x100000000, end: 0x200000000 },
  arena: 0x140000000,
  capabilities: { ipcLock: true, rawIo: true },
  fileCustomPlacement: false,
  filePages: 16,
  features: ['mseal'],
};

const OK: Result = { kind: 'value', value: 0n };

/** A machine on which every call returns 0, unless `answer` knows better. */
export function fakeMachine(answer: (line: Line) => Result | undefined = () => undefined): Machine {
  const run = ({ lines }: Program): Run => ({
    steps: lines.map((line) => ({
      call: { name: line.name, args: line.operands.map((o) => o.offset) },
      result: answer(line) ?? OK,
      seen: {},
    })),
  });
  return {
    name: 'fake',
    environment: ENVIRONMENT,
    run: async (programs) => programs.map(run),
    close: async () => undefined,
  };
}

/** A contract that allows everything but what `complain` complains about. */
export function fakeContract(complain: (step: Step) => Partial<Verdict> | undefined = () => undefined): Contract {
  const judge = (_: unknown, next: State, step: Step): Verdict => ({
    kind: 'allowed',
    rules: ['fake/any'],
    differences: [],
    allowed: [],
    next,
    ...complain(step),
  });
  return { initialState, judge };
}

/** What a forbidden result looks like: -1 EINVAL, where only -1 EPERM may come. */
export const FORBIDDEN: Partial<Verdict> = {
  kind: 'forbidden',
  differences: [{ aspect: 'result', seen: '-1 EINVAL', allowed: '-1 EPERM' }],
  allowed: ['-1 EPERM'],
};

export interface World {
  readonly files?: Readonly<Record<string, string>>;
  readonly contract?: Contract;
  readonly start?: (image?: string) => Promise<Machine>;
  /** Kernels that can be fetched; unless given, none. */
  readonly fetchKernels?: Host['fetchKernels'];
  /** Kernels in the cache; unless given, none. */
  readonly cachedKernels?: Host['cachedKernels'];
  /** The model; unless given, it does what the machine does that was started last. */
  readonly model?: (environment: Environment, profile: Profile) => Machine;
  /** Makes a kernel; unless given, one that is somewhere else. */
  readonly build?: Host['buildKernel'];
  /** The module of the machines that fuzzing uses. */
  readonly bench?: string;
  /** The explorer; unless given, it explores two pages to the first call, whatever it is asked. */
  readonly explore?: (options: SearchOptions) => Promise<Search>;
  /** Trials of mutants; unless given, nothing is found in any. */
  readonly tryMutants?: (mutants: readonly (Mutant | undefined)[], options: RunOptions) => Promise<readonly Tried[]>;
  /** The canary; unless given, there are no sources to make one from. */
  readonly canary?: () => Promise<Tried>;
  /** Colour; unless given, none. */
  readonly ink?: Ink;
  /** The folder of that world that reports are written into; unless given, none are. */
  readonly reports?: string;
  /** Given what an interrupt of the user calls. */
  readonly interrupts?: (stop: () => void) => void;
}

export interface Ended {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
}

/** A package folder with these files, for the time of `use`. */
async function inFolder<T>(files: Readonly<Record<string, string>>, use: (home: string) => Promise<T>): Promise<T> {
  const home = mkdtempSync(join(tmpdir(), 'mremap-check-'));
  try {
    for (const [name, text] of Object.entries({ 'package.json': '{"version":"0.0.0"}', ...files })) {
      mkdirSync(dirname(join(home, name)), { recursive: true });
      writeFileSync(join(home, name), text);
    }
    return await use(home);
  } finally {
    rmSync(home, { recursive: true });
  }
}

const LITTLE = { pages: 2, longest: 1, depth: 1, layouts: [''] };

const exploreLittle = (options: SearchOptions): Promise<Search> =>
  explore({ ...options, scope: { ...options.scope, ...LITTLE }, jobs: 0 });

/** Runs a command line in a world; arguments that begin with `@` are files of that world. */
export function command(args: readonly string[], world: World = {}): Promise<Ended> {
  return inFolder(world.files ?? {}, async (home) => {
    let [out, err] = ['', ''];
    let started = fakeMachine();
    const start = async (image?: string): Promise<Machine> => {
      started = (await world.start?.(image)) ?? fakeMachine();
      return started;
    };
    const host: Host = {
      out: (text) => {
        out += text;
      },
      err: (text) => {
        err += text;
      },
      terminal: false,
      ink: world.ink ?? PLAIN,
      ...(world.reports === undefined ? {} : { reports: join(home, world.reports) }),
      home,
      contract: world.contract ?? fakeContract(),
      startKernel: start,
      fetchKernels: world.fetchKernels ?? (async () => []),
      cachedKernels: world.cachedKernels ?? (async () => []),
      buildKernel:
        world.build ?? (async ({ output = '/cache/bzImage' }) => ({ image: output, version: '7.3', cached: false })),
      startModel: world.model ?? (() => ({ ...started, name: 'model', close: async () => undefined })),
      probe: async () => ({ release: ENVIRONMENT.release, features: ENVIRONMENT.features }),
      explore: world.explore ?? exploreLittle,
      tryMutants:
        world.tryMutants ??
        (async (mutants) => mutants.map((mutant) => ({ trial: { ways: {} }, ...(mutant && { mutant }) }))),
      canary: world.canary ?? (async () => ({})),
      jobs: 1,
      bench: world.bench ?? new URL('./fake-bench.ts', import.meta.url).href,
      onInterrupt: (stop) => {
        world.interrupts?.(stop);
        return () => undefined;
      },
    };
    const resolved = args.map((a) => (a.startsWith('@') ? join(home, a.slice(1)) : a));
    const exit = await commandLine(resolved, host);
    return { exit, out, err: err.replaceAll(home, '') };
  });
}

/** Runs a command line with --json: the answer is as the schema says, alone on stdout, and its exit code is that of the command. */
export async function json(args: readonly string[], world?: World) {
  const ended = await command([...args, '--json'], world);
  const data = answer.parse(JSON.parse(ended.out));
  if (data.exit !== ended.exit) throw new Error(`ended in ${ended.exit}, answered ${data.exit}`);
  return { ...ended, data: data as Record<string, unknown> & typeof data };
}
