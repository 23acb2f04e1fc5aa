/**
 * Runs a stream of programs on a machine and judges it while it comes.
 *
 * The machine and the judge are two processes. So that neither waits for the other, one batch of programs is always under way
 * while the one before is judged; a batch is big enough to make the cost of a round trip vanish and small enough that a
 * lost one costs little.
 */
import type { Step, Verdict } from '../../spec/index.ts';
import type { Looks, Machine, Run } from '../machine.ts';
import type { Program } from '../program/index.ts';
import type { Examples } from './examples.ts';
import { type Finding, type Findings, findingOf } from './finding.ts';
import { type Court, judgeSteps } from './judge.ts';
import { CORPUS_LOOKS } from './looks.ts';
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
  readonly tally: Pick<Tally, 'programs' | 'step'>;
  readonly findings: Pick<Findings, 'add'>;
  readonly defects: Defect[];
  /** Given the rules that fired in each program. */
  readonly examples?: Examples;
  /** After each program: how many findings it showed, and how many of them nothing explains. */
  readonly onProgram?: (sourced: Sourced, deviations: number, unexplained: number) => void;
  /** After each batch; awaited, so that a screen can be drawn. */
  readonly onBatch?: () => void | Promise<void>;
}

interface Flight {
  readonly batch: readonly Sourced[];
  readonly looks: Looks;
  readonly runs: Promise<readonly Run[]>;
}

interface Judged {
  readonly steps: readonly { readonly step: Step; readonly verdict: Verdict }[];
  readonly findings: readonly Finding[];
  readonly defects: readonly Defect[];
}

const BLIND: Pick<Verdict, 'kind' | 'rules' | 'reason'> = {
  kind: 'unknown',
  rules: [],
  reason: 'a call before deviated, and not all that came of it could be looked at',
};

const isBlind = ({ seen }: Step): boolean => seen.mappings?.some((m) => m.flags === undefined) === true;

/**
 * One run of one program, judged and kept. In a close look nothing is blamed on a call that comes after a deviation of which not
 * everything could be looked at (flags among tens of thousands of mappings): nobody knows the state that it left.
 */
function judged(court: Court, { program, origin }: Sourced, run: Run, close = false): Judged {
  let blind = false;
  const steps: { step: Step; verdict: Verdict }[] = [];
  const findings: Finding[] = [];
  const defects: Defect[] = [];
  if (run.defect !== undefined) defects.push({ origin, reason: run.defect });
  try {
    judgeSteps(court, program, run, (index, step, before, verdict, expected) => {
      steps.push({ step, verdict: blind ? { ...verdict, ...BLIND } : verdict });
      if (blind) return;
      blind = close && verdict.kind === 'forbidden' && isBlind(step);
      if (verdict.kind === 'forbidden') findings.push(findingOf({ program, origin, index, step, before, verdict }));
      if (expected !== undefined) findings.push(findingOf({ program, origin, index, step, before, verdict, expected }));
    });
  } catch (error) {
    defects.push(defectOf(origin, 'judge', error));
  }
  return { steps, findings, defects };
}

/** Takes what came of a program into the sink. */
function settle(sourced: Sourced, { steps, findings, defects }: Judged, sink: Sink): void {
  sink.tally.programs++;
  for (const { step, verdict } of steps) sink.tally.step(step.call, step.result, verdict);
  const { examples } = sink;
  examples?.take(
    sourced,
    steps.map(({ verdict }) => verdict.rules),
  );
  const unexplained = findings.filter((finding) => !sink.findings.add(finding)).length;
  sink.defects.push(...defects);
  sink.onProgram?.(sourced, findings.length, unexplained);
}

const LOST: Run = { steps: [], defect: 'the machine answered fewer runs than it was given programs' };

const onlyOnce = (finding: Finding): Finding => ({
  ...finding,
  origin: `${finding.origin} (not seen again when everything was looked at)`,
});

/**
 * Judges a batch. What was not looked at after every call shows late, and hides what went wrong before it; so a program that
 * deviates is run once more with everything looked at after every call, and that is what counts. If it keeps to the contract then,
 * the deviation stands as it was first seen.
 */
async function judgeBatch(court: Court, machine: Machine, { batch, looks, runs }: Flight, sink: Sink): Promise<void> {
  const answers = await runs;
  const first = batch.map((sourced, i) => judged(court, sourced, answers[i] ?? LOST));
  const again = looks === CORPUS_LOOKS ? [] : batch.filter((_, i) => (first[i] as Judged).findings.length > 0);
  const second = new Map<Sourced, Judged>();
  if (again.length > 0) {
    const closer = await machine.run(
      again.map((s) => s.program),
      CORPUS_LOOKS,
    );
    again.forEach((sourced, i) => void second.set(sourced, judged(court, sourced, closer[i] ?? LOST, true)));
  }
  batch.forEach((sourced, i) => {
    const closer = second.get(sourced);
    const seen = first[i] as Judged;
    if (closer === undefined) settle(sourced, seen, sink);
    else if (closer.findings.length > 0) settle(sourced, closer, sink);
    else settle(sourced, { ...seen, findings: seen.findings.map(onlyOnce) }, sink);
  });
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
    const looks = looksOf(batches++);
    const runs = machine.run(
      batch.map((s) => s.program),
      looks,
    );
    // A rejection is met below, when its turn comes; until then it must not count as unhandled.
    runs.catch(() => undefined);
    flights.push({ batch, looks, runs });
  };
  while (flights.length < IN_FLIGHT) {
    const before = flights.length;
    launch();
    if (flights.length === before) break;
  }
  for (let flight = flights.shift(); flight !== undefined; flight = flights.shift()) {
    await flight.runs;
    launch();
    await judgeBatch(court, machine, flight, sink);
    await sink.onBatch?.();
  }
}
