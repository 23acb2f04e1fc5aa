/** What a set of programs consists of, and what came of it: for people, to see at a glance what a run did and did not exercise. */
import { MREMAP } from '../../spec/index.ts';
import type { Run } from '../machine.ts';
import type { Line, Program } from '../program/index.ts';
import { FAMILIES, type Family, familyOf } from './family.ts';

/** Outcomes (`ok`, an errno, a signal, `died`, `hung`) and how often each was seen. */
export type Outcomes = Readonly<Record<string, number>>;

/** Counts, of calls and of the outcomes that were seen for them. */
export interface Count {
  readonly calls: number;
  readonly outcomes: Outcomes;
}

/** What `distribution` finds. */
export interface Distribution {
  readonly programs: number;
  readonly calls: Readonly<Record<string, Count>>;
  readonly families: Readonly<Record<Family, Count>>;
  readonly flags: Readonly<Record<string, Count>>;
}

type Counting = { calls: number; outcomes: Record<string, number> };

/** The name of a combination of `mremap` flags, as strace prints it. */
export const flagsName = (flags: bigint): string => {
  const names = Object.entries(MREMAP).flatMap(([name, bit]) => ((flags & bit) !== 0n ? [name] : []));
  if (flags > 7n) names.push('unknown');
  return names.length === 0 ? '0' : names.join('|');
};

const outcomeOf = (run: Run | undefined, at: number): string | undefined => {
  const result = run?.steps[at]?.result;
  if (result === undefined) return undefined;
  if (result.kind === 'error') return result.errno;
  if (result.kind === 'signal') return result.signal;
  return result.kind === 'value' ? 'ok' : result.kind;
};

const argumentsOf = (line: Line, run: Run | undefined, at: number): readonly bigint[] =>
  // Results are page-aligned addresses, hence the offset alone tells the family of a call that was not run.
  run?.steps[at]?.call.args ?? line.operands.map((o) => o.offset);

/** Counts programs by call, by family and flags of `mremap`; with their runs also by outcome. */
export const distribution = (programs: Iterable<Program>, runs: readonly Run[] = []): Distribution => {
  const calls: Record<string, Counting> = {};
  const flags: Record<string, Counting> = {};
  const families = Object.fromEntries(FAMILIES.map((f) => [f, { calls: 0, outcomes: {} }])) as Record<Family, Counting>;
  const count = (into: Record<string, Counting>, name: string, outcome: string | undefined): void => {
    into[name] ??= { calls: 0, outcomes: {} };
    const entry = into[name];
    entry.calls++;
    if (outcome !== undefined) entry.outcomes[outcome] = (entry.outcomes[outcome] ?? 0) + 1;
  };
  let number = 0;
  for (const program of programs) {
    const run = runs[number++];
    program.lines.forEach((line, at) => {
      const outcome = outcomeOf(run, at);
      count(calls, line.name, outcome);
      if (line.name !== 'mremap') return;
      const args = argumentsOf(line, run, at);
      count(families, familyOf(args), outcome);
      count(flags, flagsName(args[3]!), outcome);
    });
  }
  return { programs: number, calls, families, flags };
};

/** One part of a distribution as a table of text: a row for each name, a column for each outcome that occurs. */
export const distributionTable = (counts: Readonly<Record<string, Count>>): string => {
  const names = Object.keys(counts);
  const outcomes = [...new Set(names.flatMap((name) => Object.keys(counts[name]!.outcomes)))];
  outcomes.sort((a, b) => Number(b === 'ok') - Number(a === 'ok') || (a < b ? -1 : 1));
  const rows = [
    ['', 'calls', ...outcomes],
    ...names.map((name) => [
      name,
      String(counts[name]!.calls),
      ...outcomes.map((o) => String(counts[name]!.outcomes[o] ?? '')),
    ]),
  ];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) =>
      row
        .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
};
