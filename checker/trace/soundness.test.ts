/**
 * What a machine that keeps the contract has done is never forbidden, however much of the log is missing at its beginning; and lies are
 * mostly found. The machine is the model, programs are random ones.
 */
import { describe, expect, test } from 'vitest';
import { PROFILES } from '../../spec/index.ts';
import { EXAMPLE } from '../example.ts';
import { programAt } from '../generate/index.ts';
import { modelMachine } from '../model/index.ts';
import type { CallEvent } from '../strace/index.ts';
import { eventsOf, judgedAll, lie } from './testing.ts';
import { callText } from './words.ts';

const SEED = 5;
const PROGRAMS = 20;
const LOOKS = { mappings: 'never', counters: 'never', contents: 'never', flags: 'never', touch: 'never' } as const;
/** One of each order in which kernels decide. */
const KERNELS = PROFILES.filter((p) => ['linux-6.1', 'linux-6.16', 'linux-6.18', 'linux-7.3'].includes(p.name));

async function logs(profile: (typeof PROFILES)[0]): Promise<readonly (readonly CallEvent[])[]> {
  const environment = { ...EXAMPLE, release: profile.name.replace('linux-', '') };
  const machine = modelMachine(environment, profile);
  const programs = Array.from({ length: PROGRAMS }, (_, i) => programAt(SEED, i, environment));
  const runs = await machine.run(programs, LOOKS);
  return runs.map((run) => eventsOf(run.steps));
}

describe.each(KERNELS)('$name', (profile) => {
  test('a true log is never forbidden, nor is the rest of one', async () => {
    const wrong: string[] = [];
    for (const [program, events] of (await logs(profile)).entries())
      for (const cut of [0, 1, 3, 6, 10])
        for (const judged of judgedAll(events.slice(cut), { profile }))
          if (judged.kind === 'forbidden')
            wrong.push(
              `program ${program} from ${cut}: line ${judged.event.where.line} ${callText(judged.event)}: ${judged.allowed}`,
            );
    expect(wrong).toEqual([]);
  });

  test('a lie about mremap is mostly found where the whole log is there', async () => {
    let lies = 0;
    let found = 0;
    for (const events of await logs(profile))
      for (const [i, event] of events.entries()) {
        if (event.name !== 'mremap') continue;
        const log = [...events.slice(0, i), lie(event, i)];
        const last = judgedAll(log, { profile }).at(-1);
        lies++;
        if (last?.kind === 'forbidden') found++;
      }
    expect(lies).toBeGreaterThan(30);
    expect(found / lies).toBeGreaterThan(0.5);
  });
});
