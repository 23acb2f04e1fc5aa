/** `diff`: the smallest programs on which two kernels, or a kernel and the manual, differ, and why. */
import {
  causeTitle,
  differencesOfText,
  firedOf,
  pictureOf,
  plural,
  resultsOf,
  thousands,
} from '../../reports/index.ts';
import type { Profile } from '../../spec/index.ts';
import type { CorpusError } from '../corpus/index.ts';
import { EXAMPLE } from '../example.ts';
import { type Both, diff as compare, type Diff, type Differences, type Effect } from '../explore/index.ts';
import { printProgram } from '../program/index.ts';
import { clock } from './clock.ts';
import { exitAfter } from './exit.ts';
import { type ScopeOptions, scopeOf } from './explore.ts';
import { countsData } from './json.ts';
import { type Answer, type Common, errorData, profileByName, readOwnCorpus, type Session } from './session.ts';
import { statusLine } from './status.ts';

export interface DiffOptions extends Common, ScopeOptions {
  readonly scope: string;
  readonly all?: boolean;
}

export async function diff(session: Session, options: Common, [a = '', b = '']: readonly string[]): Promise<Answer> {
  const { scope: name, all = false, ...given } = options as DiffOptions;
  const profiles = [profileByName(a), profileByName(b)] as const;
  // Inner steps of two kernels have no numbers in common.
  const scope = scopeOf(name, { ...given, faults: false });
  const corpus = readOwnCorpus(session);
  const tell = (found?: Diff): Answer => answered(session, profiles, scope.name, found, all, corpus.errors);
  if (profiles[0] === profiles[1]) return tell();
  const { host } = session;
  const watch = clock(session);
  const status = statusLine(host.terminal && !session.options.json);
  try {
    const found = await compare({
      scope,
      environment: EXAMPLE,
      profiles,
      contract: host.contract,
      known: corpus.known,
      isOver: watch.isOver,
      onProgress: ({ pairs, depth: at, transitions, differences }) =>
        status.show(
          (seconds) =>
            `pairs=${thousands(pairs)} depth=${at} transitions=${thousands(transitions)} (${thousands(transitions / seconds)}/s) differences=${differences.size}`,
        ),
    });
    status.clear();
    return tell(found);
  } finally {
    status.clear();
    watch.forget();
  }
}

/** `found`: nothing where both profiles are one. */
function answered(
  session: Session,
  profiles: Both<Profile>,
  scope: string,
  found: Diff | undefined,
  all: boolean,
  errors: readonly CorpusError[],
): Answer {
  const differences = found?.differences ?? [];
  for (const one of differences) session.say(`${differencesOfText(one, profiles, all)}\n`);
  const [a, b] = profiles;
  const what = differences.length === 0 ? 'do not differ' : `differ for ${plural(differences.length, 'reason')}`;
  const product = found?.product;
  const extent = product?.end === 'interrupted' ? `what was tried of scope ${scope}` : `scope ${scope}`;
  session.say(`${a.name} and ${b.name} ${what} in ${extent}`);
  if (found !== undefined) session.say(sumText(found));
  return {
    exit: exitAfter({ findings: differences.length, errors: errors.length }),
    data: {
      errors: errorData(errors),
      profiles: profiles.map(({ name }) => name),
      scope,
      end: product?.end ?? 'complete',
      pairs: product?.pairs ?? 0,
      transitions: product?.transitions ?? 0,
      differing: product?.differing ?? 0,
      depth: product?.levels ?? 0,
      open: countsData(product?.comparison.open ?? new Map()),
      differences: differences.map((one) => differencesData(one, profiles)),
    },
  };
}

function sumText({ product }: Diff): string {
  const { pairs, transitions, differing, levels, end, comparison } = product;
  const open = [...comparison.open.values()].reduce((sum, n) => sum + n, 0);
  return [
    `${plural(pairs, 'pair')} of states, ${plural(transitions, 'transition')}, of which ${thousands(differing)} differ`,
    `${plural(levels, 'call')} after each layout, ${end === 'complete' ? 'every one of them' : 'cut: interrupted'}`,
    ...(open === 0 ? [] : [`${plural(open, 'transition')} that the contract cannot decide`]),
  ].join('\n');
}

const differencesData = ({ cause, count, effects }: Differences, profiles: Both<Profile>): object => ({
  kind: cause.kind,
  call: cause.call,
  title: causeTitle(cause, profiles),
  count,
  rules: firedOf(cause, profiles),
  findings: cause.findings,
  loses: cause.loses,
  effects: effects.map((effect) => effectData(effect, profiles)),
});

const effectData = (effect: Effect, profiles: Both<Profile>): object => ({
  effect: effect.effect,
  count: effect.count,
  program: printProgram(effect.program),
  calls: effect.program.lines.length,
  results: resultsOf(effect),
  differences: effect.unlike,
  picture: pictureOf(effect, profiles),
});
