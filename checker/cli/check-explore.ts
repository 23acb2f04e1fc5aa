/** The part of `check` that leaves nothing to chance: every program of the smallest scope on the model. */
import { plural } from '../../reports/index.ts';
import type { Profile } from '../../spec/index.ts';
import { EXAMPLE } from '../example.ts';
import { PRESETS, type Search } from '../explore/index.ts';
import type { Explanation, Findings } from '../run/index.ts';
import { modelledProfile, type Session } from './session.ts';

/** Explores the scope `tiny` of the model of a kernel; what it finds is said to be of the model. */
export async function exploreTiny(
  { host }: Session,
  profile: Profile,
  release: string,
  known: readonly Explanation[],
  findings: Findings,
): Promise<Search> {
  const search = await host.explore({
    scope: PRESETS.tiny,
    environment: EXAMPLE,
    profile: modelledProfile(profile, release),
    judged: true,
    known,
    jobs: host.jobs,
  });
  for (const { example } of search.findings.list('new')) findings.add({ ...example, machine: 'model' });
  return search;
}

/** What was explored, in one line. */
export const exploredText = ({ scope, states, total }: Search): string =>
  `explored: every program of up to ${plural(scope.depth, 'call')} in the scope ${scope.name}, with every single fault: ` +
  `${plural(states.count, 'state')}, ${plural(total.transitions, 'transition')}`;
