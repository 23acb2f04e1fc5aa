/**
 * `npm run bench`: how fast the parts are, alone and together, on this machine's kernel.
 *
 *   kernel alone      the programs are run, nothing is looked at
 *   executor, plain   mappings are walked after every call of programs that need no new process
 *   executor          the same with random programs, many of which make their process useless for the next one (seals, limits)
 *   executor, check   everything that `check` looks at in random programs
 *   judge             recorded steps are judged again, in memory
 *   generator         programs are made and thrown away
 *   end to end        generated, run, observed and judged, as `check` does it
 *
 * Each is measured several times after a warm-up; the median counts. Then how fast programs are shrunk, and how fast the model moves
 * mappings against the kernel (moves.ts) and with more and more of them (growth.ts); `npm run bench moves` measures these alone. Then how fast
 * small scopes are explored (explore.ts), and last a language that SPIN explores as well (slots.ts); `npm run bench explore` and `npm run bench slots`
 * measure these alone. `npm run bench traces`: how fast logs are judged (traces.ts).
 */
import { profileFor } from '../../spec/index.ts';
import { programs } from '../generate/index.ts';
import { benchmark, startKernel } from '../kernel/index.ts';
import type { Looks, Machine, Run } from '../machine.ts';
import type { Program } from '../program/index.ts';
import { BATCH, CONTRACT, type Court, Findings, judgeSteps, judgeStream, randomLooks, Tally } from '../run/index.ts';
import { reportExploration } from './explore.ts';
import { reportMoves } from './report-moves.ts';
import { shrinkSpeed } from './shrink.ts';
import { reportSlots } from './slots.ts';
import { reportTraces } from './traces.ts';

/** The one part to be measured; all if none is named. */
const ONLY = process.argv[2];
const COUNT = 3000;
const SEED = 1;
const ROUNDS = 5;
const NOTHING: Looks = { mappings: 'never', counters: 'never', contents: 'never', flags: 'never', touch: 'never' };
const MAPPINGS: Looks = { ...NOTHING, mappings: 'each' };

/** Runs all programs in batches, two under way at a time. */
async function runAll(machine: Machine, list: readonly Program[], looksOf: (batch: number) => Looks): Promise<Run[]> {
  const batches: Program[][] = [];
  for (let i = 0; i < list.length; i += BATCH) batches.push(list.slice(i, i + BATCH));
  const runs: Run[] = [];
  let ahead = machine.run(batches[0] ?? [], looksOf(0));
  for (let i = 1; i <= batches.length; i++) {
    const next = machine.run(batches[i] ?? [], looksOf(i));
    runs.push(...(await ahead));
    ahead = next;
  }
  await ahead;
  return runs;
}

/** Calls a second: the median of several rounds. `work` returns how many calls it carried out. */
async function rate(work: () => number | Promise<number>): Promise<number> {
  await work();
  const rates: number[] = [];
  for (let i = 0; i < ROUNDS; i++) {
    const start = performance.now();
    const calls = await work();
    rates.push(calls / ((performance.now() - start) / 1000));
  }
  return rates.sort((a, b) => a - b)[ROUNDS >> 1] ?? 0;
}

const callsOf = (runs: readonly Run[]): number => runs.reduce((sum, r) => sum + r.steps.length, 0);

/** What this project asks of itself. */
const GOALS: Readonly<Record<string, number>> = {
  'executor, plain': 60_000,
  executor: 60_000,
  judge: 50_000,
  'end to end': 20_000,
};

async function measure(machine: Machine): Promise<ReadonlyMap<string, number>> {
  const { environment } = machine;
  const list = [...programs({ seed: SEED, count: COUNT, environment })];
  const court: Court = { contract: CONTRACT, profile: profileFor(environment.release), environment };
  const executor = (looksOf: (batch: number) => Looks) => async (): Promise<number> =>
    callsOf(await runAll(machine, list, looksOf));
  const recorded = await runAll(machine, list, randomLooks);
  const judge = (): number => {
    recorded.forEach((run, i) => {
      judgeSteps(court, list[i] as Program, run, () => undefined);
    });
    return callsOf(recorded);
  };
  const generator = (): number => {
    let calls = 0;
    for (const program of programs({ seed: SEED, count: COUNT, environment })) calls += program.lines.length;
    return calls;
  };
  const endToEnd = async (): Promise<number> => {
    const tally = new Tally();
    const source = programs({ seed: SEED, count: COUNT, environment }).map((program) => ({ program, origin: '' }));
    await judgeStream(court, machine, source, randomLooks, { tally, findings: new Findings(), defects: [] });
    return tally.steps;
  };
  return new Map([
    ['kernel alone', await rate(executor(() => NOTHING))],
    ['executor, plain', (await benchmark(machine)).mappings],
    ['executor', await rate(executor(() => MAPPINGS))],
    ['executor, check', await rate(executor(randomLooks))],
    ['judge', await rate(judge)],
    ['generator', await rate(generator)],
    ['end to end', await rate(endToEnd)],
  ]);
}

async function reportParts(machine: Machine): Promise<void> {
  const rates = await measure(machine);
  const alone = rates.get('kernel alone') ?? 1;
  console.log(`${machine.name} ${machine.environment.release}, ${COUNT} programs, seed ${SEED}, median of ${ROUNDS}\n`);
  console.log(`${'calls a second'.padEnd(30)}${'of kernel'.padStart(10)}${'goal'.padStart(10)}`);
  for (const [name, perSecond] of rates) {
    const goal = GOALS[name];
    const against = goal === undefined ? '' : `${(perSecond / goal).toFixed(2)} × ${goal}`;
    const columns = [
      name.padEnd(18),
      String(Math.round(perSecond)).padStart(12),
      (perSecond / alone).toFixed(2).padStart(10),
    ];
    console.log(`${columns.join('')}   ${against}`.trimEnd());
  }
}

async function reportShrinking(machine: Machine): Promise<void> {
  const { environment } = machine;
  const court: Court = { contract: CONTRACT, profile: profileFor(environment.release), environment };
  const shrunk = await shrinkSpeed(court, machine);
  if (shrunk === undefined) return;
  const { programs: count, calls, medianMs, slowestMs, longest } = shrunk;
  console.log(
    `\nshrinking ${count} programs of ${calls} calls: ${Math.round(medianMs)} ms in the median, ` +
      `${Math.round(slowestMs)} ms at most (goal: 5000), to ${longest} calls at most`,
  );
}

async function reportKernel(): Promise<void> {
  const machine = await startKernel();
  try {
    if (ONLY !== 'moves') {
      await reportParts(machine);
      await reportShrinking(machine);
    }
    await reportMoves(machine.environment, profileFor(machine.environment.release));
  } finally {
    await machine.close();
  }
}

if (ONLY === undefined || ONLY === 'moves') await reportKernel();
if (ONLY === undefined || ONLY === 'explore') await reportExploration();
if (ONLY === undefined || ONLY === 'slots') await reportSlots();
if (ONLY === undefined || ONLY === 'traces') await reportTraces();
