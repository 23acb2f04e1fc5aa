/** A search for tests: the smallest preset, without the corpus, so that the bugs of 6.18 are new. */
import { profileNamed } from '../../spec/index.ts';
import { EXAMPLE } from '../example.ts';
import { PRESETS } from './scope.ts';
import type { Search, SearchOptions } from './search.ts';

export const OPTIONS: SearchOptions = {
  scope: PRESETS.tiny,
  environment: EXAMPLE,
  profile: profileNamed('linux-6.18')!,
  judged: true,
  known: [],
  jobs: 2,
};

/** All states as they are stored. */
export const rowsOf = ({ states }: Search): readonly number[] => [...states.rows(0)];
