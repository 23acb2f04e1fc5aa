/** Whether a judge finds lies: one log after the other with one lie in it. */
import type { Planted } from './lies.ts';
import { withLie } from './lies.ts';

/** What a judge calls forbidden. */
export interface Forbidden {
  readonly line: number;
  /** The earlier lines that prove it. */
  readonly proof: readonly number[];
}

/** Judges the text of a log. */
export type JudgeText = (text: string) => Promise<readonly Forbidden[]>;

/** `line`: the lie itself is forbidden. `proof`: a later line is, and the lie is what proves it. */
export type Found = 'line' | 'proof' | 'missed';

/** The lines behind a lie by which a judge may still find it. */
const BEHIND = 500;

/** Judges a log with a lie in it. What the judge forbids without the lie is not counted. */
export async function tryLie(text: string, planted: Planted, judge: JudgeText): Promise<Found> {
  const end = planted.line + BEHIND;
  const short = `${withLie(text, planted).split('\n').slice(0, end).join('\n')}\n`;
  const found = await judge(short);
  if (found.some(({ line }) => line === planted.line)) return 'line';
  return found.some(({ line, proof }) => line > planted.line && proof.includes(planted.line)) ? 'proof' : 'missed';
}

/** How lies of one kind fared. */
export interface Tally {
  line: number;
  proof: number;
  missed: number;
}

/** One line for each kind, and one for all: how many were found, and where. */
export function tallyTable(tallies: ReadonlyMap<string, Tally>): string {
  const rows = [...tallies].filter(([, t]) => t.line + t.proof + t.missed > 0);
  const all = { line: 0, proof: 0, missed: 0 };
  for (const [, t] of rows) for (const key of ['line', 'proof', 'missed'] as const) all[key] += t[key];
  const width = Math.max(3, ...rows.map(([kind]) => kind.length));
  const row = (kind: string, { line, proof, missed }: Tally): string => {
    const told = line + proof + missed;
    const share = told === 0 ? '-' : `${((100 * (line + proof)) / told).toFixed(0)} %`;
    return `${kind.padEnd(width)} ${String(line + proof).padStart(5)} of ${String(told).padStart(5)} ${share.padStart(6)}   ${line} on their line, ${proof} by proof\n`;
  };
  return rows.map(([kind, t]) => row(kind, t)).join('') + row('all', all);
}
