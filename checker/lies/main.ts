/**
 * `npm run lies -- [LOG...]`: plants lies in true logs, one at a time, lets the judge look at each log, and says by kind how many it
 * found. Without a log, those that lie beside the reader. Exit 1 when fewer than nine of ten are found, or when the judge forbids
 * something in a true log; 2 for a command line that cannot be used.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { PROFILES, type Profile, profileFor } from '../../spec/index.ts';
import { readLog } from '../strace/index.ts';
import { judgeLog } from '../trace/index.ts';
import { liesIn, type Planted } from './lies.ts';
import { type Forbidden, type JudgeText, type Tally, tallyTable, tryLie } from './trial.ts';

const USAGE = 'usage: npm run lies -- [--seed N] [--per-kind N] [--profile NAME] [--misses] [--json] [LOG...]';
const ENOUGH = 0.9;

const textOf = (path: string): string => {
  const bytes = readFileSync(path);
  return (bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes).toString('latin1');
};

const judgeBy =
  (profile: Profile): JudgeText =>
  async (text) => {
    const found: Forbidden[] = [];
    const bytes = async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.from(text, 'latin1');
    };
    await judgeLog(
      { file: 'log', alone: false, read: (options) => readLog(bytes(), 'log', options) },
      { chosen: profile, usual: profile },
      {
        tell: ({ kind, event, proof }) => {
          if (kind !== 'forbidden') return;
          found.push({ line: event.where.line, proof: proof.flatMap((k) => [k.made.line, k.last.line]) });
        },
      },
    );
    return found;
  };

/** The command line, or the one line that says what is wrong with it. */
function options(args: string[]) {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      seed: { type: 'string', default: '1' },
      'per-kind': { type: 'string', default: '3' },
      profile: { type: 'string' },
      misses: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
  });
  const [seed, perKind] = [Number(values.seed), Number(values['per-kind'])];
  if (!Number.isSafeInteger(seed) || !Number.isSafeInteger(perKind) || perKind < 1)
    throw new Error('not a whole number');
  const profile =
    values.profile === undefined ? profileFor(release()) : PROFILES.find((p) => p.name === values.profile);
  if (profile === undefined) throw new Error(`no profile ${values.profile}: ${PROFILES.map((p) => p.name).join(', ')}`);
  const own = join(import.meta.dirname, '../strace/recorded');
  const logs = positionals.length > 0 ? positionals : readdirSync(own).map((name) => join(own, name));
  return { seed, perKind, profile, logs, misses: values.misses, json: values.json };
}

interface Missed extends Planted {
  readonly log: string;
}

async function main(args: string[]): Promise<number> {
  const { seed, perKind, profile, logs, misses, json } = options(args);
  const judge = judgeBy(profile);
  const tallies = new Map<string, Tally>();
  const missed: Missed[] = [];
  const wrong: string[] = [];
  for (const log of logs) {
    const text = textOf(log);
    for (const { line } of await judge(text)) wrong.push(`${log}:${line}`);
    for (const planted of await liesIn(text, seed, perKind)) {
      const found = await tryLie(text, planted, judge);
      const tally = tallies.get(planted.kind) ?? { line: 0, proof: 0, missed: 0 };
      tally[found]++;
      tallies.set(planted.kind, tally);
      if (found === 'missed') missed.push({ log, ...planted });
    }
  }
  const told = [...tallies.values()].reduce((n, t) => n + t.line + t.proof + t.missed, 0);
  const isEnough = told > 0 && told - missed.length >= ENOUGH * told;
  if (json)
    process.stdout.write(
      `${JSON.stringify({ seed, profile: profile.name, told, kinds: Object.fromEntries(tallies), missed, wrong }, null, 2)}\n`,
    );
  else {
    process.stdout.write(`${logs.length} logs, seed ${seed}, judged as ${profile.name}\n${tallyTable(tallies)}`);
    for (const place of wrong) process.stdout.write(`forbidden without a lie: ${place}\n`);
    if (misses)
      for (const { log, line, kind, text } of missed)
        process.stdout.write(`missed: ${kind}: ${log}:${line}: ${text}\n`);
  }
  return isEnough && wrong.length === 0 ? 0 : 1;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`lies: ${error instanceof Error ? error.message : error}\n${USAGE}\n`);
  process.exitCode = 2;
}
