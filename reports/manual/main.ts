/** `npm run docs`: looks for the smallest program of every rule on which manual and kernels differ, and writes the page. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readCorpus, writeDurably } from '../../checker/corpus/index.ts';
import { EXAMPLE } from '../../checker/example.ts';
import { modelMachine } from '../../checker/model/index.ts';
import type { Program } from '../../checker/program/index.ts';
import { CONTRACT, CORPUS_LOOKS, judgeRun, skipReason } from '../../checker/run/index.ts';
import { shrink } from '../../checker/shrink/index.ts';
import { type Profile, profileNamed, type State, type Step } from '../../spec/index.ts';
import { type Differing, differing, manualPage, programsOf, rulesOfError, show } from './index.ts';

/** Programs that are tried for one rule while its program is made smaller. */
const CANDIDATES = 200;

const root = join(import.meta.dirname, '../..');
const path = join(root, 'docs/manual-against-kernels.md');

const MANUAL = profileNamed('documented') as Profile;

const bare = ({ lines }: Program): Program => ({
  header: [],
  lines: lines.map(({ comment, expect, ...line }) => line),
});

const fires = async (rule: Differing, program: Program): Promise<boolean> => {
  // What the minimiser makes may be no program that the contract knows.
  const shown = await show(rule, program).catch(() => undefined);
  return shown?.fires === true;
};

const ERRNOS = new Set(differing().flatMap(({ errno }) => errno ?? []));

/** Rules of the manual by which a call might as well end in some error. */
const errorsOf = (state: State, step: Step): readonly string[] =>
  [...ERRNOS].flatMap((errno) => rulesOfError(state, step, errno));

/** For each rule the shortest beginning of a program of the corpus whose last call it has a part in, on one kernel. */
function shortest(kernel: Profile): ReadonlyMap<string, Program> {
  const found = new Map<string, Program>();
  const model = modelMachine(EXAMPLE, kernel);
  for (const { program } of readCorpus(join(root, 'corpus')).entries) {
    if (skipReason({ ...program, header: [] }, EXAMPLE) !== undefined) continue;
    const run = model.runOne(program, CORPUS_LOOKS);
    for (const profile of [MANUAL, kernel]) {
      const court = { contract: CONTRACT, profile, environment: EXAMPLE };
      const { verdicts, states } = judgeRun(court, program, run, '');
      for (const [i, { rules }] of verdicts.entries())
        for (const id of [...rules, ...(profile === MANUAL ? errorsOf(states[i]!, run.steps[i]!) : [])])
          if (i < (found.get(id)?.lines.length ?? Infinity) - 1)
            found.set(id, bare({ ...program, lines: program.lines.slice(0, i + 1) }));
    }
  }
  return found;
}

async function smallest(rule: Differing, program: Program | undefined): Promise<Program | undefined> {
  if (program === undefined || !(await fires(rule, program))) return undefined;
  const still = (candidates: readonly Program[]): Promise<readonly boolean[]> =>
    Promise.all(candidates.map((candidate) => fires(rule, candidate)));
  return (await shrink(program, still, { candidates: CANDIDATES })).program;
}

const byKernel = new Map<Profile, ReadonlyMap<string, Program>>();
const kept = existsSync(path) ? programsOf(readFileSync(path, 'utf8')) : new Map<string, Program>();
const programs = new Map<string, Program>();
for (const rule of differing()) {
  const old = kept.get(rule.id);
  const kernel = rule.kernels.at(-1) as Profile;
  if (old === undefined && !byKernel.has(kernel)) byKernel.set(kernel, shortest(kernel));
  const isGood = old !== undefined && (await fires(rule, old));
  const program = isGood ? old : await smallest(rule, byKernel.get(kernel)?.get(rule.id));
  if (program !== undefined) programs.set(rule.id, program);
}
writeDurably(path, await manualPage(programs));
