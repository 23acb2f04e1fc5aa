/**
 * `npm run stryker`: generic mutants of what decides `mremap`, in the model and in the contract. Ends in 1 where one survives of which survivors.json
 * does not say why, where one that stands there is found by now, and where less than 90 % are found; in 2 for a command line that cannot be used.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Stryker } from '@stryker-mutator/core';
import { compared, readReasoned, readReport, type Score, type Survivor, scores, survivorsOf } from './survivors.ts';

const HOME = join(import.meta.dirname, '..', '..');
const CONFIG = join(HOME, '.ci', 'stryker.config.json');
const REPORT = join(HOME, 'reports', 'latest', 'mutation.json');
const LIST = join(import.meta.dirname, 'survivors.json');
const LEAST = 90;

const USAGE = `usage: npm run stryker -- [--mutate FILE[:LINE[:COLUMN]-LINE[:COLUMN]],…] [--trials N] [--report]
  --mutate   other sources than those of mremap; of files that are not in survivors.json every survivor is news
  --trials   at most so many trials of each mutant, beside unit tests: quick, but some survive that are found otherwise
  --report   runs nothing: says again what the last run said`;

function options() {
  try {
    const { values } = parseArgs({
      options: { mutate: { type: 'string' }, trials: { type: 'string' }, report: { type: 'boolean' } },
    });
    const trials = values.trials === undefined ? undefined : Number(values.trials);
    if (trials !== undefined && !(Number.isSafeInteger(trials) && trials > 0))
      throw new Error(`--trials ${values.trials} is not a whole number from 1 on`);
    return { mutate: values.mutate, trials, report: values.report === true };
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n${USAGE}`);
    process.exit(2);
  }
}

const percent = ({ killed, timeouts, survived }: Score): number =>
  killed + timeouts + survived === 0 ? 100 : (100 * (killed + timeouts)) / (killed + timeouts + survived);

const shown = ({ file, line, from, to }: Survivor): string => `  ${file}: ${line}\n    ${from} → ${to}`;

/** What came of a run, in words; whether all is well. */
function told(): boolean {
  const report = readReport(REPORT);
  let good = true;
  for (const score of scores(report)) {
    const { part, killed, timeouts, survived, ignored, by } = score;
    const ways = [...by].sort((a, b) => b[1] - a[1]).map(([way, n]) => `${way} ${n}`);
    console.log(
      `${part}: ${percent(score).toFixed(1)} % of ${killed + timeouts + survived} killed (${ways.join(', ')}, going round in circles ${timeouts}); ${survived} survived, ${ignored} not counted`,
    );
    good &&= percent(score) >= LEAST;
  }
  const { fresh, gone } = compared(survivorsOf(report), readReasoned(LIST), new Set(Object.keys(report.files)));
  if (fresh.length > 0) console.log(`\nsurvivors without a reason: ${fresh.length}\n${fresh.map(shown).join('\n')}`);
  if (gone.length > 0)
    console.log(`\nno longer survive, or no longer exist: ${gone.length}\n${gone.map(shown).join('\n')}`);
  return good && fresh.length === 0 && gone.length === 0;
}

const { mutate, trials, report } = options();
if (!report) {
  process.chdir(HOME);
  await new Stryker({
    configFile: CONFIG,
    ...(mutate === undefined ? {} : { mutate: mutate.split(',') }),
    ...(trials === undefined ? {} : { warm: { trials } }),
  }).runMutationTest();
}
process.exitCode = told() ? 0 : 1;
