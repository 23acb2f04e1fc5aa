/**
 * What a worker does with a program. Examiners are the ways of looking at it: each runs it as it likes, or looks at the run of another one, and
 * notes what it sees in the program's `Exam`. `machines.ts` puts together those that a run of the fuzzer asks for.
 */
import type { Verdict } from '../../spec/index.ts';
import type { Looks, Machine, Run } from '../machine.ts';
import { bump, type Court, type Defect, type Finding, judgeStream, type Sink, type Sourced } from '../run/index.ts';
import { type DeviationSource, findingSource, type Judged } from '../shrink/index.ts';
import type { Keys } from './coverage.ts';

type Stepped = Parameters<Keys['forEach']>[0];

/** What came of one program. */
export class Exam {
  readonly sourced: Sourced;
  readonly findings: Finding[] = [];
  readonly defects: Defect[] = [];
  /** What could not be decided or predicted, by reason: how often. */
  readonly open = new Map<string, number>();
  /** Calls that were carried out. */
  calls = 0;
  /** Keys that nobody is known to have reached, and for each the position of the call that reached it. */
  readonly fresh = new Map<number, number>();
  /** How often each rule fired. */
  readonly fired = new Map<string, number>();
  readonly #keys: Keys;
  readonly #known: ReadonlySet<number>;

  constructor(sourced: Sourced, keys: Keys, known: ReadonlySet<number>) {
    this.sourced = sourced;
    this.#keys = keys;
    this.#known = known;
  }

  /** Takes note of a judged step; `previous` as the step before returned it, 0 before the first. Returns what the next step needs. */
  step(line: number, step: Stepped, verdict: Pick<Verdict, 'rules' | 'kind' | 'reason'>, previous: number): number {
    this.calls++;
    if (verdict.kind === 'unknown') this.leaveOpen(verdict.reason ?? 'no reason given');
    for (const rule of verdict.rules) bump(this.fired, rule);
    this.#keys.forEach(step, verdict.rules, previous, (key) => {
      if (!this.#known.has(key) && !this.fresh.has(key)) this.fresh.set(key, line);
    });
    return this.deciding(verdict.rules);
  }

  /** What the step after one by which these rules fired needs. */
  deciding(rules: readonly string[]): number {
    return this.#keys.deciding(rules);
  }

  leaveOpen(reason: string, times = 1): void {
    bump(this.open, reason.replace(/0x[0-9a-f]+/g, '0x…'), times);
  }
}

export interface Examiner {
  /** Looks at programs. Rejects only when its machine is lost; what a single program does to it is a defect in that program's exam. */
  examine(exams: readonly Exam[], looks: Looks): Promise<void>;
  /** The same for the minimiser, if a finding is one of this examiner's. */
  source(finding: Finding): DeviationSource<Judged> | undefined;
}

/** Holds what a machine does to the contract, as `check` does. */
export class Judge implements Examiner {
  readonly #court: Court;
  readonly #machine: Machine;
  readonly #label: Pick<Finding, 'machine'>;

  readonly #looks: Looks | undefined;

  /** `isOneOfSeveral`: findings say which machine it was. `always`: what is looked at, whatever is asked for. */
  constructor(court: Court, machine: Machine, isOneOfSeveral = false, always?: Looks) {
    this.#looks = always;
    this.#court = court;
    this.#machine = machine;
    this.#label = isOneOfSeveral ? { machine: machine.name } : {};
  }

  async examine(exams: readonly Exam[], looks: Looks): Promise<void> {
    let at = 0;
    let line = 0;
    let previous = 0;
    const sink: Sink = {
      tally: {
        programs: 0,
        step: (_, result, verdict) => {
          previous = (exams[at] as Exam).step(line++, { result }, verdict, previous);
        },
      },
      findings: {
        add: (finding) => {
          (exams[at] as Exam).findings.push({ ...finding, ...this.#label });
          return false;
        },
      },
      defects: [],
      onProgram: () => {
        (exams[at] as Exam).defects.push(...sink.defects.splice(0));
        at++;
        line = 0;
        previous = 0;
      },
    };
    const programs = exams.map((exam) => exam.sourced);
    await judgeStream(this.#court, this.#machine, programs, () => this.#looks ?? looks, sink);
  }

  source({ kind, machine, origin }: Finding): DeviationSource<Judged> | undefined {
    if ((kind !== 'forbidden' && kind !== 'expectation') || machine !== this.#label.machine) return undefined;
    return findingSource(this.#court, this.#machine, origin, this.#label);
  }
}

/** A machine that remembers the first run of each program, for examiners that look at what another one ran. */
export class Recorder implements Machine {
  readonly #machine: Machine;
  readonly #runs = new WeakMap<object, Run>();

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  get name(): string {
    return this.#machine.name;
  }

  get environment(): Machine['environment'] {
    return this.#machine.environment;
  }

  async run(...[programs, looks]: Parameters<Machine['run']>): Promise<readonly Run[]> {
    const runs = await this.#machine.run(programs, looks);
    programs.forEach((program, i) => {
      const run = runs[i];
      if (run !== undefined && !this.#runs.has(program)) this.#runs.set(program, run);
    });
    return runs;
  }

  /** The first run of a program. */
  runOf(program: object): Run | undefined {
    return this.#runs.get(program);
  }

  close(): Promise<void> {
    return this.#machine.close();
  }
}
