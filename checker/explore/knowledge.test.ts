/**
 * What the judge knows of a state is what the path told that the search took there. It must not matter which: on every way to a state that no
 * failed step is part of, the judge knows the same of it.
 */
import { expect, test } from 'vitest';
import { profileNamed, type State } from '../../spec/index.ts';
import { EXAMPLE } from '../example.ts';
import { modelMachine } from '../model/index.ts';
import { lineOf, type Program } from '../program/index.ts';
import { CONTRACT, CORPUS_LOOKS, judgeRun } from '../run/index.ts';
import { Ground } from './ground.ts';
import { Here } from './here.ts';
import type { Attribute } from './language.ts';
import type { Scope } from './scope.ts';
import { explore } from './search.ts';
import type { Settings } from './task.ts';

const profile = profileNamed('linux-6.18')!;
const LOOKS = { ...CORPUS_LOOKS, touch: 'never' } as const;

/** What is not told by a look: counted from the first mapped page, contents by the order in which they come up. */
function knowledgeOf({ mappings, pages, guards, unknown, outside, lockFuture }: State): string {
  const [first] = mappings;
  const from = first?.start ?? 0;
  const names = new Map<number, number>();
  const nameOf = (content: number): number => {
    if (content <= 0) return content;
    const name = names.get(content) ?? names.size + 1;
    names.set(content, name);
    return name;
  };
  return JSON.stringify([
    mappings.map((m) => [m.start - from, m.end - from, m.prot, m.shared, m.flags, m.unsure, m.uffd]),
    [...pages].sort(([a], [b]) => a - b).map(([page, content]) => [page - from, nameOf(content)]),
    [...guards].map((page) => page - from).sort((a, b) => a - b),
    unknown.length,
    outside,
    lockFuture,
  ]);
}

test.each<[string, readonly Attribute[], Partial<Scope>]>([
  ['contents and moves', ['contents', 'dontunmap'], {}],
  ['lengths', ['contents', 'grow', 'shrink'], {}],
  ['protections and discarding', ['contents', 'protection', 'discard'], { pages: 2 }],
  ['seals and guards', ['seals', 'guards'], { pages: 2 }],
])('%s', async (_, attributes, changes) => {
  const scope: Scope = {
    name: 'test',
    pages: 3,
    longest: 2,
    depth: 3,
    attributes,
    faults: false,
    layouts: [''],
    kinds: [],
    ...changes,
  };
  const settings: Settings = { scope, environment: EXAMPLE, profile, judged: false, known: [] };
  const search = await explore({ ...settings, exactly: true, jobs: 0 });
  const here = new Here(settings);
  const walker = new Ground(settings);
  const machine = modelMachine(EXAMPLE, profile);
  const known = new Map<string, string>();
  let ways = 0;
  let state = 0;
  for (const { depth, states } of search.levels)
    for (let i = 0; i < states; i++, state++) {
      const path = new Uint32Array(depth + 1);
      search.states.path(state, depth, path, 0);
      const { low, high } = here.visit(path);
      const program = programOf(walker, path);
      const run = machine.runOne(program, LOOKS);
      const { findings, states: judged } = judgeRun(
        { contract: CONTRACT, profile, environment: EXAMPLE },
        program,
        run,
        '',
      );
      if (findings.length > 0) continue;
      const knowledge = knowledgeOf(judged.at(-1)!);
      const other = known.get(`${low} ${high}`);
      if (other === undefined) known.set(`${low} ${high}`, knowledge);
      else {
        ways++;
        expect(knowledge, JSON.stringify(program.lines.map(({ name }) => name))).toBe(other);
      }
    }
  expect(ways).toBeGreaterThan(10);
});

/** The calls of a path, walked on a ground of its own. */
function programOf(ground: Ground, path: Uint32Array): Program {
  const { model } = ground;
  const lines: Program['lines'][number][] = [];
  const make = (call: ReturnType<Ground['layoutCalls']>[number]): void => {
    lines.push(lineOf(call));
    model.call(call);
  };
  model.mark();
  for (const call of ground.layoutCalls(path[0] as number)) make(call);
  for (let i = 1; i < path.length; i++) {
    ground.write();
    make(ground.castOf(path[i] as number, i - 1).call);
  }
  model.rollback();
  model.unmark();
  return { header: [], lines };
}
