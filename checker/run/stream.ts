/**
 * Runs a stream of programs on a machine and judges it while it comes.
 *
 * The machine and the judge are two processes. So that neither waits for the other, one batch of programs is always under way
 * while the one before is judged; a batch is big enough to make the cost of a round trip vanish and small enough that a
 * lost one costs little.
 */
import type { Looks, Machine, Run } from '../machine.ts';
import type { Program } from '../program/index.ts';
import { type Finding, type Findings, findingOf } from './finding.ts';
import { type Court, judgeSteps } from './judge.ts';
import type { Tally } from './tally.ts';

export const BATCH = 64;
/** Batches under way at a time. */
const IN_FLIGHT = 2;

export interface Sourced {
  readonly program: Program;
  readonly origin: string;
}

/** A program of which nothing can be said, because the machine, the judge or the generator failed; the others go on. */
export interface Defect {
  readonly origin: string;
  readonly reason: string;
  readonly stack?: string;
}

/** What was thrown, as a defect. */
export function defectOf(origin: string, who: string, error: unknown): Defect {
  if (!(error instanceof Error)) return { origin, reason: `${who}: ${String(error)}` };
  const reason = `${who}: ${error.message.split('\n')[0]}`;
  return error.stack === undefined ? { origin, reason } : { origin, reason, stack: error.stack };
}

/** What comes of a stream. */
export interface Sink {
  readonly tally: Tally;
  readonly findings: Findings;
  readonly defects: Defect[];
  /** After each program: how many findings it showed, and how many of them nothing explains. */
  readonly onProgram?: (sourced: Sourced, deviations: number, unexplained: number) => void;
  /** After each batch; awaited, so that a screen can be drawn. */
  readonly onBatch?: () => void;
}

/** Judges one run of one program into the sink. */
export function judgeInto(court: Court, sourced: Sourced, run: Run, sink: Sink): void {
  const { program, origin } = sourced;
  const { tally, findings } = sink;
  let deviations = 0;
  let unexplained = 0;
  const found = (finding: Finding): void => {
    deviations++;
    if (!findings.add(finding)) unexplained++;
  };
  tally.programs++;
  if (run.defect !== undefined) sink.defects.push({ origin, reason: run.defect });
  try {
    judgeSteps(court, program, run, (index, step, before, verdict, expected) => {
      tally.step(step.call, step.result, verdict);
      if (verdict.kind === 'forbidden') found(findingOf({ program, origin, index, step, before, verdict }));
      if (expected !== undefined) found(findingOf({ program, origin, index, step, before, verdict, expected }));
    });
  } catch (error) {
    sink.defects.push(defectOf(origin, 'judge', error));
  }
  sink.onProgram?.(sourced, deviations, unexplained);
}

function take(source: Iterator<Sourced>, n: number): Sourced[] {
  const batch: Sourced[] = [];
  while (batch.length < n) {
    const next = source.next();
    if (next.done) break;
    batch.push(next.value);
  }
  return batch;
}

interface Flight {
  readonly batch: readonly Sourced[];
  readonly runs: Promise<readonly Run[]>;
}

/** Runs and judges every program of `source`, in order. */
export async function judgeStream(
  court: Court,
  machine: Machine,
  source: Iterable<Sourced>,
  /** For the batch of this number, from 0. */
  looksOf: (batch: number) => Looks,
  sink: Sink,
): Promise<void> {
  let batches = 0;
  const iterator = source[Symbol.iterator]();
  const flights: Flight[] = [];
  const launch = (): void => {
    const batch = take(iterator, BATCH);
    if (batch.length === 0) return;
    const runs = machine.run(
      batch.map((s) => s.program),
      looksOf(batches++),
    );
    // A rejection is met below, when its turn comes; until then it must not count as unhandled.
    runs.catch(() => undefined);
    flights.push({ batch, runs });
  };
  while (flights.length < IN_FLIGHT) {
    const before = flights.length;
    launch();
    if (flights.length === before) break;
  }
  for (let flight = flights.shift(); flight !== undefined; flight = flights.shift()) {
    const runs = await flight.runs;
    launch();
    for (let i = 0; i < flight.batch.length; i++) {
      const sourced = flight.batch[i] as Sourced;
      const run = runs[i] ?? { steps: [], defect: 'the machine answered fewer runs than it was given programs' };
      judgeInto(court, sourced, run, sink);
    }
    sink.onBatch?.();
  }
}
