/**
 * `nightly`: all that one wants to know in the morning, by one command. Each stage is another command with its JSON answer; what they come to is kept
 * as soon as it is there, and a night that was killed goes on where it was.
 */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { plural } from '../../reports/index.ts';
import {
  type Config,
  durationText,
  Journal,
  planOf,
  readConfig,
  type Stage,
  secondsFor,
  secondsOf,
  seedOf,
} from '../nightly/index.ts';
import { renderErrors } from '../program/index.ts';
import { badInput, type Exit, gravest } from './exit.ts';
import { type Gathered, gather, keptData } from './nightly-corpus.ts';
import { type Shown, showNight } from './nightly-report.ts';
import { stageText, summaryText } from './nightly-text.ts';
import { type Answer, type Common, profileByName, type Session } from './session.ts';
import { statusLine } from './status.ts';

export interface NightlyOptions extends Common {
  readonly config?: string;
  readonly folder: string;
  /** Like `8h`; that of the configuration unless given. */
  readonly time?: string;
  readonly date?: string;
}

/** Carries out a command line; what it would have written comes back. */
export type RunLine = (
  args: readonly string[],
) => Promise<{ readonly exit: Exit; readonly out: string; readonly err: string }>;

/** What a stage came to. */
export interface Staged {
  readonly stage: Stage;
  readonly exit: Exit;
  /** Its JSON answer. */
  readonly answer: Readonly<Record<string, unknown>>;
}

/** How often the journal is told how far a stage is, in milliseconds: what a kill costs of the reckoning. */
const BEAT = 2000;

export async function nightly(session: Session, common: Common, runLine: RunLine): Promise<Answer> {
  const options = common as NightlyOptions;
  const config = configOf(options);
  const { folder } = options;
  mkdirSync(folder, { recursive: true });
  const journal = new Journal(folder, JSON.stringify(config));
  if (journal.note !== undefined) session.warn(`mremap-check: ${journal.note}`);
  session.say(headText(config, journal, options));
  const staged = await new Night(session, config, journal, runLine, options).run();
  const gathered = await gather(folder, config, runLine);
  journal.keep('findings', gathered.answer);
  const shown = await showNight(session, folder, staged, (name) => journal.fileOf(name), {
    kept: await keptData(session, config, folder),
    date: options.date,
  });
  for (const line of shown.damaged) session.warn(`mremap-check: ${line}; the line is passed over`);
  const exit = gravest(gathered.exit, ...staged.map((one) => one.exit));
  session.say(summaryText(staged, gathered, shown, config));
  journal.end();
  return { exit, data: dataOf(config, journal, staged, gathered, shown) };
}

function configOf({ config: file, time, profile, seed }: NightlyOptions): Config {
  const read = file === undefined ? readConfig('', 'nothing') : readConfig(textOf(file), file);
  if ('errors' in read) throw badInput(renderErrors(read.errors));
  const seconds = time === undefined ? read.config.time : secondsOf(time);
  if (seconds === undefined) throw badInput(`--time ${time} is no time like 8h, 90m or 1h30m`);
  const named = profile ?? read.config.profile;
  if (named !== undefined) profileByName(named);
  const config = { ...read.config, time: seconds, ...(named === undefined ? {} : { profile: named }) };
  // The seed of the command line comes before that of the file, unless it is the usual one.
  return seed === 1 ? config : { ...config, seed };
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw badInput(
      `${file}: ${(error as NodeJS.ErrnoException).code === 'ENOENT' ? 'no such file' : 'cannot be read'}`,
    );
  }
}

const headText = ({ seed, time, machines }: Config, { night, starts }: Journal, { folder }: NightlyOptions): string =>
  `night ${night} in ${folder}, seed ${seed + night - 1}, ${durationText(time)}, ${machines.join(', ')}` +
  (starts > 1 ? `; gone on with, ${plural(starts - 1, 'time')} now` : '');

class Night {
  readonly #session: Session;
  readonly #config: Config;
  readonly #journal: Journal;
  readonly #runLine: RunLine;
  readonly #stages: readonly Stage[];
  readonly #options: NightlyOptions;
  #isInterrupted = false;

  constructor(session: Session, config: Config, journal: Journal, runLine: RunLine, options: NightlyOptions) {
    this.#session = session;
    this.#config = config;
    this.#journal = journal;
    this.#runLine = runLine;
    this.#options = options;
    this.#stages = planOf(config, options.folder);
  }

  /** All stages, in order. After an interrupt the ones that have not begun are left out. */
  async run(): Promise<readonly Staged[]> {
    const { host, options } = this.#session;
    const forget = host.onInterrupt(() => {
      this.#isInterrupted = true;
    });
    const status = statusLine(host.terminal && options.json !== true);
    const staged: Staged[] = [];
    try {
      for (const [at, stage] of this.#stages.entries()) {
        if (this.#isInterrupted) break;
        status.show(() => stage.name);
        const one = this.#past(stage) ?? (await this.#run(stage, at));
        status.clear();
        this.#session.say(stageText(one));
        staged.push(one);
      }
      return staged;
    } finally {
      status.clear();
      forget();
    }
  }

  /** What a stage came to that ended before the night was killed. */
  #past(stage: Stage): Staged | undefined {
    const { exit } = this.#journal.stage(stage.name);
    const file = this.#journal.fileOf(stage.name);
    if (exit === undefined || !existsSync(file)) return undefined;
    return { stage, exit: exit as Exit, answer: JSON.parse(readFileSync(file, 'utf8')) as Staged['answer'] };
  }

  async #run(stage: Stage, at: number): Promise<Staged> {
    const journal = this.#journal;
    const before = journal.stage(stage.name);
    const seed = seedOf(this.#config, journal.night, stage, before.attempts);
    const left = this.#config.time - journal.spent + before.spent;
    const seconds = Math.max(1, Math.round(secondsFor(this.#stages, at, Math.max(left, 0)) - before.spent));
    const time = stage.share > 0 ? ['--time', `${seconds}`] : [];
    const { date } = this.#options;
    const dated = date !== undefined && stage.share > 0 ? ['--date', date] : [];
    const begun = { spent: before.spent, attempts: before.attempts + 1 };
    const start = performance.now();
    const soFar = () => ({ ...begun, spent: before.spent + (performance.now() - start) / 1000 });
    journal.set(stage.name, begun);
    const beat = setInterval(() => journal.set(stage.name, soFar()), BEAT);
    try {
      const ended = await this.#runLine([...stage.args, ...time, ...dated, '--seed', `${seed}`]);
      const answer = answerOf(ended);
      journal.keep(stage.name, answer);
      journal.set(stage.name, { ...soFar(), exit: ended.exit });
      return { stage, exit: ended.exit, answer };
    } finally {
      clearInterval(beat);
    }
  }
}

/** A command that could not even be read has no answer. */
function answerOf({ out, err }: { readonly out: string; readonly err: string }): Staged['answer'] {
  try {
    return JSON.parse(out) as Staged['answer'];
  } catch {
    return { error: err.trim() || 'no answer' };
  }
}

const dataOf = (
  config: Config,
  { night, starts }: Journal,
  staged: readonly Staged[],
  { kept, dropped, counts }: Gathered,
  { file: report, damaged }: Shown,
): Record<string, unknown> => ({
  night,
  starts,
  config,
  stages: staged.map(({ stage, exit, answer }) => ({ name: stage.name, exit, answer })),
  corpus: { ...counts, kept: kept.map(({ file }) => file), dropped: dropped.length },
  ...(report === undefined ? {} : { report }),
  damaged,
});
