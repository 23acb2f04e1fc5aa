/** `mutants`: deliberately wrong models, and what of the checker finds them, each way alone. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { indent, plural, table, thousands } from '../../reports/index.ts';
import { hasSources, type Mutant, median, PATCHES, readMutants, type Tried, WAYS, type Way } from '../mutants/index.ts';
import { didYouMean, renderErrors } from '../program/index.ts';
import { badInput, EXIT, exitAfter, Stop } from './exit.ts';
import { type Answer, type Common, exploredProfile, type Session } from './session.ts';
import { statusLine } from './status.ts';

export interface MutantsOptions extends Common {
  readonly only?: readonly string[];
  /** The folder of the mutants, if not the package's own. */
  readonly patches?: string;
  /** Ways that are tried; all unless given. */
  readonly ways?: readonly Way[];
  readonly scopes?: readonly string[];
  /** Programs of fuzzing with one seed. */
  readonly budget: number;
  readonly jobs: number;
}

/** Seeds of the random ways, from that of the command on. */
const SEEDS = 5;
/** Scopes that are explored, unless others are named. */
const SCOPES = ['tiny', 'bare'];
/** What finds a mutant must not find anything in the model as it is. */
const UNCHANGED = 'the model as it is';

/** The order of the table. Fuzzing is tried first: what is shown is the program that it found. */
const ORDER: readonly Way[] = ['fuzz', ...WAYS.filter((way) => way !== 'fuzz')];

/** A mutant with what came of it. */
interface Row {
  readonly tried: Tried;
  /** Ways that found it. */
  readonly found: ReadonlySet<Way>;
}

export async function mutants(session: Session, common: Common): Promise<Answer> {
  const options = common as MutantsOptions;
  const { host } = session;
  const { seed, budget, jobs, scopes = SCOPES, ways = WAYS } = options;
  if (!hasSources(host.home)) throw new Stop(EXIT.missing, 'mutants are made from the sources, which are not there');
  const chosen = choose(options.patches ?? join(host.home, PATCHES), options.only);
  const profile = exploredProfile(options);
  session.say(
    `model of ${profile.name}, seeds ${seed} to ${seed + SEEDS - 1}, ${plural(chosen.length, 'mutant')}, ` +
      `${plural(budget, 'program')} of fuzzing each, ${plural(jobs, 'thread')}`,
  );
  const status = statusLine(host.terminal && !options.json);
  let done = 0;
  try {
    const [unchanged, ...tried] = await host.tryMutants([undefined, ...chosen], {
      ...{
        home: host.home,
        profile: profile.name,
        ways: ORDER.filter((way) => ways.includes(way)),
        programs: budget,
        scopes,
        jobs,
      },
      seeds: Array.from({ length: SEEDS }, (_, i) => seed + i),
      onTrial: () => status.show(() => `${++done} of ${chosen.length + 1} tried`),
    });
    status.clear();
    const rows = tried.map((one): Row => ({ tried: one, found: foundBy(one) }));
    return tell(session, unchanged as Tried, rows);
  } finally {
    status.clear();
  }
}

/** The mutants of a folder, or some of them by name. */
function choose(folder: string, only: readonly string[] | undefined): readonly Mutant[] {
  if (!existsSync(folder)) throw badInput(`${folder}: no such folder`);
  const { mutants: all, errors } = readMutants(folder);
  if (errors.length > 0) throw badInput(renderErrors(errors));
  if (only === undefined) return all;
  return only.map((id) => {
    const mutant = all.find((m) => m.id === id);
    const hint = didYouMean(
      id,
      all.map((m) => m.id),
    );
    if (mutant === undefined) throw badInput(`there is no mutant ${id}${hint === undefined ? '' : `; ${hint}`}`);
    return mutant;
  });
}

const foundBy = ({ trial }: Tried): ReadonlySet<Way> =>
  new Set(WAYS.filter((way) => medianOf(trial, way) !== undefined));

const medianOf = (trial: Tried['trial'], way: Way): number | undefined => {
  const hunts = trial?.ways[way]?.hunts ?? [];
  return median(hunts, hunts.some(({ seed }) => seed !== undefined) ? SEEDS : 1);
};

function tell(session: Session, unchanged: Tried, rows: readonly Row[]): Answer {
  const say = (text: string): void => session.say(`\n${text}`);
  const alarms = falseAlarms(unchanged);
  const defects = [unchanged, ...rows.map(({ tried }) => tried)].flatMap(({ mutant, defect }) =>
    defect === undefined ? [] : [{ origin: mutant?.id ?? UNCHANGED, reason: defect }],
  );
  const lost = rows.filter(({ tried, found }) => tried.defect === undefined && found.size === 0);
  say(tableText(rows));
  say(scoreText(rows));
  if (lost.length > 0)
    say(`found by nothing:\n${lost.map(({ tried }) => lostText(tried.mutant as Mutant)).join('\n')}`);
  for (const { origin, reason } of defects) say(`DEFECT: ${origin}: ${reason}`);
  for (const alarm of alarms) say(`DEFECT: a false alarm in ${UNCHANGED}: ${alarm}`);
  const exit = exitAfter({ defects: defects.length + alarms.length, findings: lost.length });
  if (exit === EXIT.good) say('every mutant was found');
  return { exit, data: dataOf(rows, alarms, defects) };
}

const lostText = ({ id, title, differs }: Mutant): string => `  ${id}: ${title}\n${indent(differs, '    ')}`;

/** What ways say of the model as it is. */
const falseAlarms = ({ trial }: Tried): string[] =>
  WAYS.flatMap((way) => {
    const shown = trial?.ways[way]?.shown;
    return shown === undefined ? [] : [`${way}: ${shown.signature} (${shown.origin})`];
  });

function cell({ tried: { trial, defect } }: Row, way: Way): string {
  if (defect !== undefined) return '?';
  const result = trial?.ways[way];
  if (result?.texts !== undefined) return result.texts.showing === 0 ? '-' : `${result.texts.showing}`;
  const after = medianOf(trial, way);
  return after === undefined ? '-' : thousands(after);
}

function tableText(rows: readonly Row[]): string {
  const head = ['mutant', 'kind', ...WAYS, 'shrunk'];
  const lines = rows.map((row) => {
    const { mutant, trial } = row.tried;
    const { id = '', kind = '' } = mutant ?? {};
    return [id, kind, ...WAYS.map((way) => cell(row, way)), `${trial?.simple?.calls ?? '-'}`];
  });
  const note =
    'properties, contract, prediction, fuzz: programs up to the one that shows it, median of ' +
    `${SEEDS} seeds; explore: transitions; corpus, selftests: programs that show it; shrunk: calls`;
  const numbers = head.map((_, i) => i).filter((i) => i > 1);
  return `${table([head, ...lines], numbers)}\n\n${note}`;
}

/** How many a way has found. */
const foundIn = (rows: readonly Row[], way: Way): number => rows.filter(({ found }) => found.has(way)).length;

const percent = (part: number, of: number): string => (of === 0 ? '-' : `${Math.floor((100 * part) / of)} %`);

/** The median of numbers; the lower one of two. */
const middle = (numbers: readonly number[]): number | undefined =>
  [...numbers].sort((a, b) => a - b)[Math.floor((numbers.length - 1) / 2)];

function scoreText(rows: readonly Row[]): string {
  const any = rows.filter((row) => row.found.size > 0);
  const oursAlone = any.filter((row) => !row.found.has('selftests')).length;
  const sizes = rows.flatMap(({ tried }) => tried.trial?.simple?.calls ?? []);
  const line = (name: string, n: number): string[] => [name, thousands(n), percent(n, rows.length)];
  const lines = [line('found', any.length), ...WAYS.map((way) => line(`by ${way}`, foundIn(rows, way)))];
  return [
    table(lines, [1, 2]),
    `not by the kernel's own tests, as far as they are here: ${thousands(oursAlone)}`,
    `calls of the shrunk programs: median ${middle(sizes) ?? '-'}, most ${sizes.length === 0 ? '-' : Math.max(...sizes)}`,
  ].join('\n');
}

const dataOf = (
  rows: readonly Row[],
  falseAlarmList: readonly string[],
  defects: readonly { readonly origin: string; readonly reason: string }[],
): Record<string, unknown> => ({
  mutants: rows.map(({ tried: { mutant, trial }, found }) => ({
    id: mutant?.id,
    title: mutant?.title,
    kind: mutant?.kind,
    reference: mutant?.reference,
    property: mutant?.property,
    found: [...found],
    ways: Object.fromEntries(
      WAYS.flatMap((way) => {
        const result = trial?.ways[way];
        if (result === undefined) return [];
        const { hunts, texts, shown } = result;
        const after = medianOf(trial, way);
        return [
          [way, { hunts, ...(after === undefined ? {} : { after }), ...(texts && { texts }), ...(shown && { shown }) }],
        ];
      }),
    ),
    ...(trial?.simple === undefined
      ? {}
      : {
          shrunk: {
            program: trial.simple.text,
            calls: trial.simple.calls,
            from: trial.simple.from,
            signature: trial.simple.signature,
          },
        }),
  })),
  score: {
    mutants: rows.length,
    found: rows.filter((row) => row.found.size > 0).length,
    ways: Object.fromEntries(WAYS.map((way) => [way, foundIn(rows, way)])),
  },
  falseAlarms: falseAlarmList,
  defects,
});
