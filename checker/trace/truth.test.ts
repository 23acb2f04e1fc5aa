/**
 * What is known of pages is true: after every call of random programs on the model, every stretch is held against the mappings that the
 * model shows, wherever the log begins.
 */
import { expect, test } from 'vitest';
import { flagNames, PROFILES, type SeenMapping, VMFLAG } from '../../spec/index.ts';
import { EXAMPLE } from '../example.ts';
import { programAt } from '../generate/index.ts';
import { modelMachine } from '../model/index.ts';
import { Judge } from './judge.ts';
import { type Known, OPEN } from './known.ts';
import { eventsOf } from './testing.ts';
import { callText, knownText } from './words.ts';

const SEED = 9;
const PROGRAMS = 20;
const LOOKS = { mappings: 'each', counters: 'never', contents: 'never', flags: 'each', touch: 'never' } as const;
/** Flags that a log tells of for sure; what is charged, and whether pages hold guards, no result shows. */
const COMPARED = Object.values(VMFLAG).reduce((all, bit) => all | bit, 0) & ~(VMFLAG.gu | VMFLAG.ac);

/** What of a stretch is not so. */
function wrong(k: Known, seen: readonly SeenMapping[]): string | undefined {
  const inside = seen.filter((m) => m.start < k.end && k.start < m.end);
  if (!k.mapped) return inside.length === 0 ? undefined : 'is not free';
  const pages = inside.reduce((n, m) => n + Math.min(m.end, k.end) - Math.max(m.start, k.start), 0);
  if (pages !== k.end - k.start) return 'is not mapped';
  for (const m of inside) {
    if (k.prot !== OPEN && m.prot !== k.prot) return `has protection ${m.prot}`;
    if (k.shared !== OPEN && m.shared !== (k.shared === 1)) return m.shared ? 'is shared' : 'is private';
    const flags = ((m.flags ?? 0) ^ k.flags) & COMPARED & ~k.unsure;
    if (m.flags !== undefined && flags !== 0) return `differs in ${flagNames(flags)}`;
  }
  return undefined;
}

test.each(PROFILES.filter((p) => ['linux-6.1', 'linux-6.16', 'linux-6.18', 'linux-7.3'].includes(p.name)))(
  '$name',
  async (profile) => {
    const environment = { ...EXAMPLE, release: profile.name.replace('linux-', '') };
    const programs = Array.from({ length: PROGRAMS }, (_, i) => programAt(SEED, i, environment));
    const runs = await modelMachine(environment, profile).run(programs, LOOKS);
    const lies: string[] = [];
    let held = 0;
    for (const [n, { steps }] of runs.entries())
      for (const cut of [0, 2, 7]) {
        const judge = new Judge({ profile, tell: () => {} });
        for (const [i, step] of steps.entries()) {
          const [event] = eventsOf(steps.slice(i, i + 1));
          if (i < cut || event === undefined || step.seen.mappings === undefined) continue;
          judge.take([event]);
          for (const k of judge.known(event.pid)) {
            held++;
            const why = wrong(k, step.seen.mappings);
            if (why !== undefined)
              lies.push(`program ${n} from ${cut}: after ${i} ${callText(event)}: ${knownText(k)} ${why}`);
          }
        }
      }
    expect(lies.slice(0, 10)).toEqual([]);
    expect(held).toBeGreaterThan(1000);
  },
);
