/** What an exploration came to, in words and as data. */
import { plural, table, thousands } from '../../reports/index.ts';
import { type Environment, type Profile, rulesOf } from '../../spec/index.ts';
import type { Level, Progress, Scope, Search } from '../explore/index.ts';
import type { Defect, Group } from '../run/index.ts';
import { countsData, groupData } from './json.ts';

/** The search, with its findings made simple. */
export interface Explored {
  readonly search: Search;
  readonly groups: readonly Group[];
  readonly defects: readonly Defect[];
}

export const MIB = 2 ** 20;
const megabytes = (bytes: number): string => `${thousands(Math.ceil(bytes / MIB))}MiB`;

/** Of the sizes of a scope. */
export function scopeText({ name, pages, longest, depth, attributes, layouts, kinds, faults }: Scope): string {
  const rows = [
    ['scope', name],
    ['arena', `${plural(pages, 'page')}, ranges of up to ${longest}`],
    ['attributes', attributes.join(', ') || 'none'],
    [
      'layouts',
      `${layouts.map((drawn) => drawn || 'nothing').join(' ')}${kinds.length > 0 ? `, ? is ${kinds.join(' ')}` : ''}`,
    ],
    ['depth', `${plural(depth, 'call')}${faults ? ', one inner step of one of them may fail' : ''}`],
  ];
  return table(rows, [], '  ');
}

export const progressText = (p: Progress, seconds: number): string =>
  `states=${p.states} unique=${p.unique} depth=${p.depth} (${Math.floor((100 * p.expanded) / p.waiting)} %) ` +
  `transitions/s=${Math.round(p.transitions / seconds)} memory=${megabytes(p.bytes)} findings=${p.findings}`;

/** What came of each level. */
export function levelsText({ levels }: Search): string {
  const head = ['depth', 'states', 'expanded', 'transitions', 'of these failed', 'changed'];
  const rows = levels.map((l) => [l.depth, l.states, l.expanded, l.transitions, l.faulted, l.changed].map(thousands));
  return table([head, ...rows], [0, 1, 2, 3, 4, 5]);
}

/** The level that was not expanded to its end; nothing where all were. */
const cutAt = ({ levels, end }: Search): Level | undefined =>
  end === 'complete' ? undefined : levels.find(({ states, expanded }) => expanded < states);

const ENDS = { complete: '', memory: 'the memory that it may take is full', interrupted: 'it was stopped' } as const;

/** What may be said after the search, and no more. */
export function claimText(search: Search): string {
  const { states, total, end, levels, bytes } = search;
  const counts =
    `states=${search.reached} unique=${states.count} depth=${levels.length - 1} ` +
    `transitions=${total.transitions} memory=${megabytes(bytes)}`;
  const lost = search.seen.likelihoodOfLoss;
  const chance = `chance that a state was missed because two had one fingerprint: ${lost.toExponential(0)}`;
  const cut = cutAt(search);
  const extent =
    cut === undefined || cut.depth === search.scope.depth
      ? `complete to depth ${levels.length - 1}${cut === undefined ? '' : `; the last calls held against their variants in ${share(cut)} of its states, because ${ENDS[end]}`}`
      : `complete to depth ${cut.depth}; depth ${cut.depth + 1} cut at ${share(cut)}, because ${ENDS[end]}`;
  return `${counts}\n${extent}\n${chance}`;
}

/** Rounded down: 100 % is all of it. */
const share = ({ states, expanded }: Level): string => `${Math.floor((1000 * expanded) / states) / 10} %`;

/** How much of the contract took part. */
export const reachedText = ({ rules }: Search): string => `${plural(rules.size, 'rule')} of the contract fired`;

export const openText = (open: ReadonlyMap<string, number>): string =>
  `left open:\n${table(
    [...open].sort(([a], [b]) => (a < b ? -1 : 1)).map(([reason, n]) => [thousands(n), reason]),
    [0],
    '  ',
  )}`;

/** The body of the JSON answer. */
export function exploredData(
  { search, groups, defects }: Explored,
  profile: Profile,
  environment: Environment,
  errors: readonly object[],
): Record<string, unknown> {
  const { levels, total, end, states, rules, open, scope } = search;
  const cut = cutAt(search);
  return {
    profile: profile.name,
    environment,
    errors,
    scope,
    end,
    complete: cut?.depth ?? levels.length - 1,
    states: search.reached,
    unique: states.count,
    transitions: total.transitions,
    levels,
    rules: rulesOf(profile)
      .map(({ id }) => id)
      .filter((id) => rules.has(id)),
    open: countsData(open),
    findings: groups.map(groupData),
    defects: defects.map(({ origin, reason }) => ({ origin, reason })),
  };
}
