/** Two kernels held against each other: why they differ, the smallest program that shows it, and both after its last call. */
import type { Both, Cause, Differences, Effect } from '../checker/explore/index.ts';
import { printCall, printProgram, printResult } from '../checker/program/index.ts';
import { type Profile, type RuleInfo, rulesOf, type Step } from '../spec/index.ts';
import { CONTENTS, differencesText, pagesOf } from './lockstep.ts';
import { pairText } from './pair.ts';
import { indent, plural, table, thousands } from './table.ts';

const nameOf = (file: string): string => file.replace(/^.*\//, '').replace(/\.prog$/, '');

const bugs = (files: readonly string[]): string => files.map(nameOf).join(' and ');

/** Why two profiles differ, in one line. */
export function causeTitle({ kind, call, words, loses, findings }: Cause, [a, b]: Both<Profile>): string {
  const [one, other] = [a.name, b.name];
  const told = (i: 0 | 1): string =>
    `${[one, other][i]} ${words[i]}${loses[i] ? ', and has unmapped what it fails to replace' : ''}`;
  if (kind === 'finding') {
    const buggy = ([0, 1] as const).filter((i) => findings[i].length > 0);
    return `${call}: ${buggy.map((i) => `${[one, other][i]} has the bug ${bugs(findings[i])}`).join(', ')}`;
  }
  if (kind === 'shown') return words[0] === '-' ? `${other} alone shows ${words[1]}` : `${one} alone shows ${words[0]}`;
  if (kind === 'freedom') return `${call}: ${words[0]}; the contract leaves the choice`;
  if (kind === 'coalescing') return `${call}: ${told(0)}, ${told(1)}; the contract leaves the choice`;
  if (kind === 'unknown') return `${call}: the contract does not say (${words.filter((w) => w !== '-').join('; ')})`;
  if (kind === 'deviation') return `${call}: what nothing explains (${told(0)}; ${told(1)})`;
  return `${call}: ${told(0)}; ${told(1)}`;
}

/** A rule that fired on one side alone. */
export interface Fired {
  readonly profile: string;
  readonly rule: string;
  readonly source: string;
  /** It does not hold for the other profile; else it did not come into question there. */
  readonly absent: boolean;
  readonly since?: string;
  readonly until?: string;
}

/** The rules that made the difference, with where they stand: the first and the last of each side, and all that do not hold for the other. */
export function firedOf({ rules }: Cause, profiles: Both<Profile>): readonly Fired[] {
  const catalogues = profiles.map(
    (profile): ReadonlyMap<string, RuleInfo> => new Map(rulesOf(profile).map((r) => [r.id, r])),
  );
  return rules.flatMap((ids, i) => {
    const fired = ids.map((rule): Fired => {
      const info = catalogues[i]?.get(rule);
      return {
        profile: profiles[i]?.name ?? '',
        rule,
        source: info?.source ?? '',
        absent: catalogues[1 - i]?.has(rule) !== true,
        ...(info?.since === undefined ? {} : { since: info.since }),
        ...(info?.until === undefined ? {} : { until: info.until }),
      };
    });
    return fired.filter(({ absent }, k) => absent || k === 0 || k === fired.length - 1);
  });
}

const validity = ({ absent, since, until }: Fired): string =>
  absent ? [since && `since ${since}`, until && `until ${until}`].filter(Boolean).join(' ') || 'there alone' : '';

const firedText = (fired: readonly Fired[]): string =>
  table(fired.map((f, i) => [fired[i - 1]?.profile === f.profile ? '' : f.profile, f.rule, validity(f), f.source]));

const endOf = (steps: readonly Step[]): Step => steps.at(-1) as Step;

/** Both sides before and after the last call. */
export function pictureOf({ steps, unlike }: Effect, profiles: Both<Profile>): string {
  const marked = {
    pages: pagesOf(unlike),
    contents: pagesOf(unlike.filter(({ aspect }) => CONTENTS.includes(aspect))),
  };
  const runs = profiles
    .map((profile, i) => ({
      title: profile.name,
      steps: steps[i] as readonly Step[],
      isKernel: profile.version !== undefined,
    }))
    .filter(({ isKernel }) => isKernel);
  return pairText(runs, steps[0].length - 1, marked);
}

/** What the last call returned on both sides. A profile that is no kernel has none of its own. */
export const resultsOf = ({ steps, unlike }: Effect): Both<string> => {
  const differs = unlike.find(({ aspect }) => aspect === 'result');
  const results = steps.map((run) => printResult(endOf(run).call.name, endOf(run).result)) as unknown as Both<string>;
  return differs !== undefined && steps[0] === steps[1] ? differs.seen : results;
};

function effectText(effect: Effect, profiles: Both<Profile>): string {
  const { program, steps, unlike, count } = effect;
  const [a, b] = profiles.map(({ name }) => name) as unknown as Both<string>;
  const [one, other] = resultsOf(effect);
  const rows = [
    { aspect: 'result', predicted: one, seen: other },
    ...unlike
      .filter(({ aspect }) => aspect !== 'result')
      .map(({ seen: [predicted, seen], ...rest }) => ({ ...rest, predicted, seen })),
  ];
  return [
    `${effect.effect || 'what is shown'}  (${plural(count, 'transition')})`,
    indent(printProgram(program).trimEnd()),
    `after ${printCall(endOf(steps[0]).call)}`,
    pictureOf(effect, profiles),
    differencesText(rows, [a, b]),
  ].join('\n');
}

const callsText = ({ program }: Effect): string => plural(program.lines.length, 'call');

/** What a cause comes to besides, in a line each. */
const othersText = (effects: readonly Effect[]): string =>
  table(
    effects.map((e) => [
      thousands(e.count),
      e.effect,
      `${callsText(e)}, the last ${printCall(endOf(e.steps[0]).call)}`,
    ]),
    [0],
  );

/** One cause: rules, the smallest program, and what else the cause comes to; `all`: each of these with its program. */
export function differencesOfText(
  { cause, count, effects }: Differences,
  profiles: Both<Profile>,
  all: boolean,
): string {
  const [first, ...others] = effects;
  const fired = firedOf(cause, profiles);
  const shown = all ? effects : [first as Effect];
  return [
    `${causeTitle(cause, profiles)}  (${plural(count, 'transition')})`,
    ...(fired.length === 0 ? [] : [indent(firedText(fired))]),
    ...(cause.kind === 'rule' && fired.every(({ absent }) => !absent)
      ? ['  each of these holds for both: they are asked in another order, or what goes before differs']
      : []),
    ...shown.map((effect) => `\n${indent(effectText(effect, profiles))}`),
    ...(all || others.length === 0 ? [] : [`\n${indent(`the same comes to, besides\n${indent(othersText(others))}`)}`]),
  ].join('\n');
}
