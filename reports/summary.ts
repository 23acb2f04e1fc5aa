/** The summary of a `check`: what was run, what it reached, what it did not, what it found. */
import type { Group, Tally } from '../checker/run/index.ts';
import { groupText } from './finding.ts';
import { type Ink, PLAIN } from './ink.ts';
import { indent, plural, table, thousands } from './table.ts';

export interface FamilyCount {
  readonly family: string;
  programs: number;
  good: number;
  deviating: number;
  /** Deviating as corpus/findings/ explains. */
  known: number;
  skipped: number;
}

export interface Unreached {
  readonly rule: string;
  readonly reason?: string;
}

type Counts = ReadonlyMap<string, number>;

const byCount = (counts: Counts): [string, number][] => [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));

const total = (counts: Counts): number => [...counts.values()].reduce((sum, n) => sum + n, 0);

/** Programs of the corpus by family. */
export function corpusText(families: readonly FamilyCount[]): string {
  const head = ['corpus', 'programs', 'ok', 'deviating', 'known', 'skipped'];
  const rows = families.map((f) => [f.family, ...[f.programs, f.good, f.deviating, f.known, f.skipped].map(thousands)]);
  return table([head, ...rows], [1, 2, 3, 4, 5]);
}

/** One row per call or family: how often, and what came back. */
export function distributionText(title: string, counts: ReadonlyMap<string, Counts>): string {
  const rows = [...counts]
    .map(([name, outcomes]) => ({ name, outcomes, n: total(outcomes) }))
    .sort((a, b) => b.n - a.n || (a.name < b.name ? -1 : 1))
    .map(({ name, outcomes, n }) => [
      name,
      thousands(n),
      byCount(outcomes)
        .map(([outcome, m]) => `${outcome} ${thousands(m)}`)
        .join(', '),
    ]);
  return table([[title, '', ''], ...rows], [1]);
}

/** Which rules nothing reached, each with its reason where somebody wrote one down. */
export function rulesText(reached: number, all: number, unreached: readonly Unreached[]): string {
  const head = `rules reached: ${reached} of ${all}`;
  if (unreached.length === 0) return head;
  const rows = unreached.map((u) => [u.rule, u.reason ?? 'no reason is known']);
  return `${head}; not reached:\n${table(rows, [], '  ')}`;
}

/** Known findings in a line each, new ones whole. */
export function findingsText(known: readonly Group[], fresh: readonly Group[], ink: Ink = PLAIN): string {
  const sum = (groups: readonly Group[]): number => groups.reduce((n, g) => n + g.count, 0);
  const parts: string[] = [];
  if (known.length > 0) {
    const rows = known.map((g) => [thousands(g.count), (g.known ?? []).join(' and ')]);
    parts.push(
      `known findings: ${thousands(sum(known))} of ${plural(known.length, 'kind')}\n${table(rows, [0], '  ')}`,
    );
  }
  if (fresh.length === 0) parts.push('new findings: none');
  else {
    parts.push(`NEW FINDINGS: ${thousands(sum(fresh))} of ${plural(fresh.length, 'kind')}`);
    fresh.forEach((g, i) => void parts.push(indent(`${i + 1}. ${groupText(g, ink)}`)));
  }
  return parts.join('\n\n');
}

/** Steps that could not be decided are never passed over in silence. */
export function unknownText(tally: Tally): string | undefined {
  if (tally.verdicts.unknown === 0) return undefined;
  const rows = byCount(tally.unknown).map(([reason, n]) => [thousands(n), reason]);
  return `not decided: ${plural(tally.verdicts.unknown, 'call')}\n${table(rows, [0], '  ')}`;
}
