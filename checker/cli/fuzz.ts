/** `fuzz`: programs that reach something new are kept and changed, until so many were run or the time is over. */
import { findingsText, indent, plural, table, thousands } from '../../reports/index.ts';
import { type Environment, type Profile, rulesOf } from '../../spec/index.ts';
import type { CorpusWriter } from '../corpus/index.ts';
import { type Fuzzed, type MachineChoice, type Progress, fuzz as run, usualJobs } from '../fuzz/index.ts';
import { canFail } from '../run/index.ts';
import { clock } from './clock.ts';
import { badInput, exitAfter } from './exit.ts';
import { countsData, groupData, rulesData } from './json.ts';
import { measureSpace } from './measure.ts';
import {
  type Answer,
  type Common,
  environmentFor,
  errorData,
  profileOf,
  readOwnCorpus,
  type Session,
} from './session.ts';
import { statusLine } from './status.ts';
import { writerOf } from './writing.ts';

export interface FuzzOptions extends Common {
  readonly machine: MachineChoice;
  readonly image?: string;
  readonly programs?: number;
  /** Seconds. */
  readonly time?: number;
  readonly faults?: boolean;
  readonly jobs?: number;
  readonly corpus?: string;
  readonly date?: string;
  /** Nothing is fuzzed; it is measured how much of a scope's space programs reach (measure.ts). `true`: of the usual one. */
  readonly measureSpace?: string | true;
  /** Calls of its programs. */
  readonly depth?: number;
}

/** Programs of a run that is told neither how many nor for how long. */
const USUAL_PROGRAMS = 20_000;

/** Defects that are named: a machine that is lost takes many programs with it. */
const MOST_DEFECTS = 10;

const namesOf = (image: string | undefined): Readonly<Record<MachineChoice, string>> => {
  const kernel = image === undefined ? 'live kernel' : 'vm';
  return { kernel, model: 'model', both: `${kernel} and model` };
};

export async function fuzz(session: Session, common: Common): Promise<Answer> {
  const options = common as FuzzOptions;
  if (options.measureSpace !== undefined) return measureSpace(session, options);
  if (options.depth !== undefined) throw badInput('--depth goes with --measure-space');
  const { machine, image, seed, time, faults = false, jobs = usualJobs(machine) } = options;
  const programs = options.programs ?? (time === undefined ? USUAL_PROGRAMS : undefined);
  const environment = await environmentFor(session, machine);
  if (faults && machine !== 'model' && machine !== 'both' && !canFail(environment))
    throw badInput('--faults needs the model, or a kernel with fault injection (kernel build)');
  const profile = profileOf(options, environment);
  const corpus = readOwnCorpus(session);
  const names = namesOf(image);
  const name = machine === 'model' ? names.model : names.kernel;
  const { writer, found, write } = writerOf(session, { ...options, name }, environment, profile);
  session.say(
    `${names[machine]} ${environment.release}, judged as ${profile.name}, seed ${seed}, ${plural(jobs, 'thread')}`,
  );
  const status = statusLine(session.host.terminal && !options.json);
  const watch = clock(session, time);
  const start = performance.now();
  try {
    const fuzzed = await run({
      ...{ machine, environment, profile, faults, seed, jobs, known: corpus.known, bench: session.host.bench },
      ...(programs === undefined ? {} : { programs }),
      ...(image === undefined ? {} : { image }),
      isOver: watch.isOver,
      onProgress: (p) => status.show((seconds) => progressText(p, seconds)),
      onFound: found,
      onFinding: write,
    });
    status.clear();
    const ended = programs !== undefined && fuzzed.programs === programs ? undefined : watch.why();
    tell(session, options, fuzzed, ended, writer, profile);
    const seconds = (performance.now() - start) / 1000;
    session.say(`\n${seconds.toFixed(1)} s, ${thousands(fuzzed.programs / seconds)} programs a second`);
    return {
      exit: exitAfter({ defects: fuzzed.defects.length, findings: fuzzed.fresh, errors: corpus.errors.length }),
      data: dataOf(fuzzed, ended, writer, environment, profile, names[machine], errorData(corpus.errors)),
    };
  } finally {
    status.clear();
    watch.forget();
  }
}

const progressText = (p: Progress, seconds: number): string =>
  `${thousands(p.programs)} programs  ${thousands(p.programs / seconds)}/s  keys ${thousands(p.keys)}  ` +
  `pool ${thousands(p.pool)}  findings ${thousands(p.fresh)} new, ${thousands(p.known)} known`;

/** How far the run was each time the number of programs had doubled, and in the end. */
function doublings(growth: readonly Progress[]): Progress[] {
  const rows: Progress[] = [];
  for (const [i, row] of growth.entries())
    if (i === growth.length - 1 || row.programs >= 2 * (rows.at(-1)?.programs ?? 0)) rows.push(row);
  return rows;
}

function growthText({ growth }: Fuzzed): string {
  const head = ['programs', 'calls', 'keys', 'pool', 'new findings'];
  const rows = doublings(growth).map((p) => [p.programs, p.calls, p.keys, p.pool, p.fresh].map(thousands));
  return table([head, ...rows], [0, 1, 2, 3, 4]);
}

/** How many of a profile's rules fired. */
const reachedOf = ({ fired }: Fuzzed, profile: Profile): { readonly reached: number; readonly total: number } => {
  const all = rulesOf(profile);
  return { reached: all.filter(({ id }) => fired.has(id)).length, total: all.length };
};

const ENDS: Readonly<Record<string, string>> = { time: 'the time was over', interrupted: 'it was interrupted' };

function tell(
  session: Session,
  options: FuzzOptions,
  fuzzed: Fuzzed,
  ended: string | undefined,
  writer: CorpusWriter,
  profile: Profile,
): void {
  const { programs, calls, keys, pool, dropped, findings, defects, open, fresh, hash } = fuzzed;
  const say = (text: string): void => session.say(`\n${text}`);
  if (ended !== undefined) say(`stopped because ${ENDS[ended]}; --programs ${programs} repeats it exactly`);
  say(growthText(fuzzed));
  say(
    `${plural(programs, 'program')}, ${plural(calls, 'call')}, ${plural(keys, 'key')}; ` +
      `pool: ${plural(pool, 'program')}, ${thousands(dropped)} dropped`,
  );
  const { reached, total } = reachedOf(fuzzed, profile);
  say(`${thousands(reached)} of ${thousands(total)} rules reached`);
  if (open.size > 0) {
    const rows = [...open]
      .sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))
      .map(([reason, n]) => [thousands(n), reason]);
    say(`left open:\n${table(rows, [0], '  ')}`);
  }
  if (defects.length > 0) {
    const texts = defects
      .slice(0, MOST_DEFECTS)
      .map(
        ({ origin, reason, stack }) =>
          `  ${origin}: ${reason}${options.trace === true && stack !== undefined ? `\n${indent(stack, '    ')}` : ''}`,
      );
    const more = defects.length > MOST_DEFECTS ? `\n  and ${thousands(defects.length - MOST_DEFECTS)} more` : '';
    say(`not examined:\n${texts.join('\n')}${more}`);
  }
  say(findingsText(findings.list('known'), findings.list('new'), session.host.ink));
  const { new: written, smaller, known } = writer.counts;
  if (written + smaller + known > 0)
    say(
      `written: ${thousands(written)} new, ${thousands(smaller)} smaller than what was there; ${thousands(known)} were there`,
    );
  say(`hash ${hash}`);
  if (defects.length > 0) say(`DEFECT: nothing can be said of all programs`);
  else if (fresh > 0) say(`FORBIDDEN: ${plural(fresh, 'new kind')} of findings`);
  else say('nothing forbidden');
}

const dataOf = (
  fuzzed: Fuzzed,
  ended: string | undefined,
  writer: CorpusWriter,
  environment: Environment,
  profile: Profile,
  name: string,
  errors: readonly object[],
): Record<string, unknown> => ({
  machine: { name, release: environment.release, profile: profile.name },
  environment,
  errors,
  ...(ended === undefined ? {} : { ended }),
  programs: fuzzed.programs,
  calls: fuzzed.calls,
  keys: fuzzed.keys,
  pool: { programs: fuzzed.pool, dropped: fuzzed.dropped },
  growth: doublings(fuzzed.growth).map(({ programs, calls, keys, pool, fresh }) => ({
    programs,
    calls,
    keys,
    pool,
    fresh,
  })),
  open: countsData(fuzzed.open),
  rules: {
    ...reachedOf(fuzzed, profile),
    all: rulesData(profile, fuzzed.fired, (rule) => {
      const example = fuzzed.examples.get(rule);
      return example && { origin: example.origin, program: example.text };
    }),
  },
  findings: [...fuzzed.findings.list('new'), ...fuzzed.findings.list('known')].map(groupData),
  written: writer.counts,
  defects: fuzzed.defects.map(({ origin, reason }) => ({ origin, reason })),
  hash: fuzzed.hash,
});
