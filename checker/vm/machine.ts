/**
 * A virtual machine that goes on when its kernel falls over. All that the kernel had not answered by then is run again one program at a time, in
 * a fresh one, until it falls over again: that is the program. Which of its calls it was is found by halving: of so many calls at its beginning it
 * falls over, of one less it does not. The call then ends in `died`, with what the kernel reported and with its console.
 */

import type { Step } from '../../spec/index.ts';
import { type LiveKernel, SILENT } from '../kernel/index.ts';
import type { Looks, Machine, Run } from '../machine.ts';
import { type Program, resolve } from '../program/index.ts';
import type { Console } from './console.ts';

/** A machine that runs, and what it says. */
export interface Started {
  readonly kernel: Pick<LiveKernel, 'environment' | 'lost' | 'run' | 'close' | 'kill'>;
  readonly console: Pick<Console, 'report' | 'lines'>;
}

/** The end of a kernel. */
interface Fall {
  /** In a few words, the same where the same happened. */
  readonly words: string;
  readonly console: readonly string[];
  /** It said nothing any more, and was ended for that. */
  readonly silent: boolean;
  /** Nobody but someone outside ended it. */
  readonly outside: boolean;
  /** A program was found that it falls over in, or it was said that none was. */
  told: boolean;
}

/** Falls after which nothing more is run: there is something wrong altogether, and each costs seconds. */
const MOST_FALLS = 25;
/** How often QEMU may be ended from outside. */
const MOST_KILLS = 3;
/** Milliseconds that a machine has to end by itself. */
const PATIENCE = 5000;

export class VirtualMachine implements Machine {
  readonly name = 'vm';
  readonly #start: () => Promise<Started>;
  readonly #warn: (line: string) => void;
  #current: Promise<Started>;
  /** The one in whose place another was started last. */
  #fallen: Started | undefined;
  readonly #falls = new Map<Started, Fall>();
  #kills = 0;
  /** What is under way after a fall; programs wait for it. */
  #hunt: Promise<unknown> = Promise.resolve();
  readonly environment: Machine['environment'];

  private constructor(start: () => Promise<Started>, first: Started, warn: (line: string) => void) {
    this.#start = start;
    this.#warn = warn;
    this.#current = Promise.resolve(first);
    this.environment = first.kernel.environment;
  }

  /** `warn` is told in one line of what is no finding: an end from outside. */
  static async start(
    start: () => Promise<Started>,
    warn: (line: string) => void = () => undefined,
  ): Promise<VirtualMachine> {
    return new VirtualMachine(start, await start(), warn);
  }

  async run(programs: readonly Program[], looks: Looks): Promise<readonly Run[]> {
    // Another hunt may have begun while one was waited for.
    for (let hunt: unknown; hunt !== this.#hunt; ) {
      hunt = this.#hunt;
      await this.#hunt.catch(() => undefined);
    }
    const at = await this.#up();
    const runs = await at.kernel.run(programs, looks);
    const lost = runs.flatMap((run, i) => (isLost(at, run) ? [i] : []));
    if (lost.length === 0) return runs;
    const hunt = this.#hunt
      .catch(() => undefined)
      .then(() =>
        this.#oneByOne(
          lost.map((i) => programs[i]!),
          looks,
          this.#fallOf(at),
        ),
      );
    this.#hunt = hunt;
    const again = await hunt;
    return runs.map((run, i) => again[lost.indexOf(i)] ?? run);
  }

  async close(): Promise<void> {
    const { kernel } = await this.#current;
    const impatient = setTimeout(() => kernel.kill(), PATIENCE);
    await kernel.close();
    clearTimeout(impatient);
  }

  /** The machine that runs, started now if the last one fell over. */
  async #up(): Promise<Started> {
    const at = await this.#current;
    if (at.kernel.lost === undefined) return at;
    // Of several that wait here, the first one starts it; the others see that it is not the one they waited for.
    if (this.#fallen !== at) {
      this.#fallen = at;
      this.#current = this.#start();
    }
    return this.#current;
  }

  #fallOf(at: Started): Fall {
    const before = this.#falls.get(at);
    if (before !== undefined) return before;
    const { report, lines } = at.console;
    const why = at.kernel.lost ?? '';
    const outside = report === undefined && /ended by SIG/.test(why);
    const words = report ?? (why === SILENT ? 'hang' : 'reset');
    const fall: Fall = {
      words: `kernel ${words}`,
      console: lines,
      silent: report === undefined && why === SILENT,
      outside,
      told: false,
    };
    this.#falls.set(at, fall);
    if (outside) {
      if (++this.#kills > MOST_KILLS) throw new Error(`the virtual machine is ended again and again (${why})`);
      this.#warn(`mremap-check: the virtual machine was ended from outside (${why}); it is started again`);
    }
    return fall;
  }

  /** Programs that a fallen kernel had not answered. */
  async #oneByOne(programs: readonly Program[], looks: Looks, fall: Fall): Promise<readonly Run[]> {
    const runs: Run[] = [];
    for (const program of programs) {
      if (this.#falls.size > MOST_FALLS) {
        runs.push({ steps: [], defect: `the kernel fell over ${MOST_FALLS} times; nothing more is run` });
        continue;
      }
      // The only one that there was is the one, and need not be asked again.
      const isIt = programs.length === 1 && !fall.outside && !fall.told;
      runs.push(isIt ? await this.#calls(program, looks, fall) : await this.#alone(program, looks, fall));
    }
    if (!fall.told && fall.silent) {
      // A busy host makes a machine silent; a kernel that hangs hangs again.
      fall.told = true;
      this.#warn('mremap-check: the virtual machine was silent for too long; asked again, it answered');
    } else if (!fall.told && !fall.outside) {
      fall.told = true;
      runs[0] = { steps: [notAgain(programs[0]!, this.environment, fall)] };
    }
    return runs;
  }

  /** One program alone; `first`: the fall for which it is run. */
  async #alone(program: Program, looks: Looks, first: Fall): Promise<Run> {
    const at = await this.#up();
    const run = (await at.kernel.run([program], looks))[0]!;
    if (!isLost(at, run)) return run;
    const fall = this.#fallOf(at);
    if (fall.outside) return this.#alone(program, looks, first);
    first.told = true;
    return this.#calls(program, looks, fall);
  }

  /** The run of a program in which the kernel falls over, up to the call in which it does. */
  async #calls(program: Program, looks: Looks, fall: Fall): Promise<Run> {
    fall.told = true;
    let last = fall;
    let [good, bad] = [0, program.lines.length];
    let run: Run = { steps: [] };
    while (bad - good > 1) {
      // Most often it is the last call.
      const middle = bad === program.lines.length && good === 0 ? bad - 1 : (good + bad) >> 1;
      const at = await this.#up();
      const prefix = { ...program, lines: program.lines.slice(0, middle) };
      const tried = (await at.kernel.run([prefix], looks))[0]!;
      if (!isLost(at, tried)) [good, run] = [middle, tried];
      else {
        last = this.#fallOf(at);
        if (last.outside) continue;
        last.told = true;
        bad = middle;
      }
    }
    return { steps: [...run.steps, fallen(program, run.steps, this.environment, last)] };
  }
}

/** Whether a run is one that a fallen kernel did not answer. */
const isLost = ({ kernel }: Started, run: Run): boolean => kernel.lost !== undefined && run.defect === kernel.lost;

/** The step behind others, in which the kernel fell over. */
function fallen(program: Program, steps: readonly Step[], environment: Machine['environment'], fall: Fall): Step {
  const line = program.lines[steps.length]!;
  const values = steps.map(({ result }) => (result.kind === 'value' ? result.value : 0n));
  const seen = steps.at(-1)?.seen.counters;
  const pages = { VmSize: seen?.vmSize, VmLck: seen?.vmLck, VmData: seen?.vmData };
  const counter = (name: keyof typeof pages): bigint => BigInt(pages[name] ?? 0) * BigInt(environment.pageSize);
  const call = resolve(line, { values, counter });
  return { call, result: { kind: 'died', signal: fall.words }, seen: {}, console: fall.console };
}

/** A fall that did not come again: the first call of the first program stands for all that were under way. */
const notAgain = (program: Program, environment: Machine['environment'], fall: Fall): Step =>
  fallen(program, [], environment, { ...fall, words: `${fall.words} (not seen again)` });
