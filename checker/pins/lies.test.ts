/** Lies are no truths: the contract forbids nearly all of them. */
import { expect, test } from 'vitest';
import { profileNamed, type Step } from '../../spec/index.ts';
import { readCorpus } from '../corpus/index.ts';
import { CONTRACT } from '../run/index.ts';
import { lies, Stand } from './index.ts';

const profile = profileNamed('linux-6.18');
if (profile === undefined) throw new Error('no profile');
const stand = new Stand(profile);
const { entries } = readCorpus('corpus');

test('what changes nothing, ends in a strange error or somewhere else is forbidden after a move', () => {
  let told = 0;
  for (const { program } of entries.filter(({ family }) => family === 'pure-move')) {
    const [run] = stand.takes(program) ? stand.runs(program) : [];
    let state = CONTRACT.initialState(stand.environment);
    let before: Step['seen'] = { mappings: [], present: [] };
    for (const step of run?.steps ?? []) {
      if (step.call.name === 'mremap' && step.result.kind === 'value')
        for (const lie of lies(step, before).filter(({ scarce }) => scarce === undefined)) {
          expect(CONTRACT.judge(stand.profile, state, lie).kind).toBe('forbidden');
          told++;
        }
      ({ next: state } = CONTRACT.judge(stand.profile, state, step));
      before = step.seen;
    }
  }
  expect(told).toBeGreaterThan(20);
});

test('a lie differs from the step', () => {
  const step: Step = {
    call: { name: 'mremap', args: [] },
    result: { kind: 'value', value: 0n },
    seen: { mappings: [] },
  };
  for (const lie of lies(step, {})) expect(lie).not.toEqual(step);
});
