/** `fuzz --measure-space`: how much of a small space, explored to its end, random programs reach. */
import { indent, plural, table, thousands } from '../../reports/index.ts';
import type { Call } from '../../spec/index.ts';
import { EXAMPLE } from '../example.ts';
import { usualJobs } from '../fuzz/index.ts';
import { measure, type Part, type Reached, type Share, type Space, spaceOf } from '../measure/index.ts';
import { printCall } from '../program/index.ts';
import { badInput, EXIT } from './exit.ts';
import { scopeOf } from './explore.ts';
import { scopeText } from './explored.ts';
import type { FuzzOptions } from './fuzz.ts';
import { type Answer, exploredProfile, type Session } from './session.ts';
import { statusLine } from './status.ts';

/** The scope of `--measure-space` without a name. */
const USUAL_SCOPE = 'bare';
const USUAL_PROGRAMS = 10_000;
/** Rows of what was reached least. */
const LEAST = 10;

/** Everything runs on the model, in the circumstances of a usual machine, so that an answer is the same everywhere. */
export async function measureSpace(session: Session, options: FuzzOptions): Promise<Answer> {
  const { measureSpace: named, seed, programs = USUAL_PROGRAMS, jobs = usualJobs('model'), depth } = options;
  if (options.faults === true || options.time !== undefined)
    throw badInput('--measure-space goes with neither --faults nor --time: it runs so many programs, as they are');
  const name = typeof named === 'string' ? named : USUAL_SCOPE;
  const scope = scopeOf(name, { ...(depth === undefined ? {} : { depth }), faults: false });
  const profile = exploredProfile(options);
  session.say(`model of ${profile.name}, seed ${seed}\n${scopeText(scope)}`);
  const status = statusLine(session.host.terminal && !options.json);
  try {
    const space = await spaceOf({
      ...{ scope, environment: EXAMPLE, profile, jobs },
      onProgress: (done, of) => status.show(() => `${thousands(done)} of ${plural(of, 'state')} gone over`),
    });
    const reached = measure(space, {
      ...{ seed, programs },
      onProgress: (done) => status.show(() => plural(done, 'program')),
    });
    status.clear();
    session.say(`\n${spaceText(space)}`);
    for (const one of reached) session.say(`\n${reachedText(one)}`);
    const unforeseen = reached.find((one) => one.unforeseen !== undefined);
    if (unforeseen !== undefined) session.say(`\n${unforeseenText(unforeseen)}`);
    return {
      exit: unforeseen === undefined ? EXIT.good : EXIT.defect,
      data: { profile: profile.name, scope, space: spaceData(space), programs, ...dataOf(reached) },
    };
  } finally {
    status.clear();
  }
}

/** `12.3 %`, rounded down: 100 % is all of it. */
const percent = ({ reached, total }: Part): string =>
  total === 0 ? '-' : `${(Math.floor((1000 * reached) / total) / 10).toFixed(1)} %`;

const spaceText = ({ states, sizes, transitions, kindCount, rules }: Space): string =>
  `the space: ${plural(states.count, 'state')} (${sizes.map(thousands).join(' + ')} by depth), ` +
  `${plural(transitions, 'transition')} of ${plural(kindCount, 'kind')}, ${plural(rules.list.length, 'rule')} with how the call ended`;

const NAMES = {
  generator: 'the generator of check and fuzz, confined to the scope',
  uniform: 'to compare with: all calls of the scope, each as likely as any other, as many in each program',
} as const;

function reachedText({ source, rows, kinds, rules, unreached }: Reached): string {
  const depths = rows[0]?.states.map((_, depth) => `depth ${depth}`) ?? [];
  const head = ['programs', 'calls', 'inside', 'left', ...depths, 'transitions', 'rules'];
  const lines = rows.map((row) => [
    ...[row.programs, row.calls, row.inside, row.left].map(thousands),
    ...[...row.states, row.transitions, row.rules].map(percent),
  ]);
  const columns = head.map((_, i) => i);
  const parts = [`${NAMES[source]}\n${table([head, ...lines], columns, '  ')}`];
  if (source === 'generator') {
    parts.push(`kinds of transitions reached least\n${leastText(kinds)}`, `rules reached least\n${leastText(rules)}`);
    const programs = unreached.map((calls) => indent(callsText(calls), '    ')).join('\n\n');
    if (unreached.length > 0) parts.push(`shortest programs to states that were not reached\n${programs}`);
  }
  return parts.join('\n\n');
}

/** The explorer took two states for one that are two. */
const unforeseenText = ({ rows, unforeseen = [] }: Reached): string =>
  `DEFECT: ${plural(rows.at(-1)?.unforeseen ?? 0, 'call')} did what the search did not see in a state that looks the same, ` +
  `first the last of this program:\n${indent(callsText(unforeseen), '    ')}`;

const leastText = (shares: readonly Share[]): string =>
  table(
    shares
      .slice(0, LEAST)
      .map((share) => [percent(share), thousands(share.reached), `of ${thousands(share.total)}`, share.name]),
    [0, 1, 2],
    '  ',
  );

const callsText = (calls: readonly Call[]): string => calls.map(printCall).join('\n');

const spaceData = ({ states, sizes, transitions, kindCount, rules }: Space): object => ({
  states: states.count,
  depths: sizes,
  transitions,
  kinds: kindCount,
  rules: rules.list.length,
});

const dataOf = (reached: readonly Reached[]): Record<string, object> =>
  Object.fromEntries(
    reached.map(({ source, rows, kinds, rules, unreached, unforeseen }) => [
      source,
      {
        rows,
        kinds,
        rules,
        unreached: unreached.map(callsText),
        ...(unforeseen === undefined ? {} : { unforeseen: callsText(unforeseen) }),
      },
    ]),
  );
