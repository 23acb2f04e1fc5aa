/**
 * For the test that kills: a run that finds something in every task and writes it, `testing-main.ts FOLDER SEED [PROGRAMS]`. A dot says that it
 * is about to write. It has no workers, which would only take their time to start: what is written is written by the main thread.
 */
import { profileFor } from '../../spec/index.ts';
import { CorpusWriter, recordOf } from '../corpus/index.ts';
import { EXAMPLE } from '../example.ts';
import { programAt } from '../generate/index.ts';
import type { Machine } from '../machine.ts';
import { type Finding, Findings } from '../run/index.ts';
import { Engine } from './engine.ts';

const [folder = '', seed = '1', programs = 'Infinity'] = process.argv.slice(2);
const writer = new CorpusWriter(folder);
const profile = profileFor(EXAMPLE.release);
const machine = { name: 'fake', environment: EXAMPLE } as Machine;

function found(n: number): Finding {
  const program = programAt(Number(seed), n, EXAMPLE);
  const call = { name: program.lines[0]!.name, args: [] };
  return {
    ...{
      kind: 'forbidden',
      program,
      origin: `seed ${seed} program ${n}`,
      index: 0,
      signature: `seed ${seed} number ${n}`,
    },
    step: { call, result: { kind: 'value', value: 0n }, seen: {} },
    before: undefined as unknown as Finding['before'],
    verdict: { kind: 'forbidden', rules: [], differences: [], allowed: [], next: undefined as never },
  };
}

const engine = new Engine(
  {
    ...{ seed: Number(seed), programs: Number(programs), jobs: 1, isOver: () => false },
    onFinding: ({ record }) => {
      process.stdout.write('.');
      writer.add(record);
    },
  },
  {
    examine: async ({ first }) => {
      // So that it ends when it is asked to, and does not run away when it is not.
      await new Promise((resolve) => setTimeout(resolve, first < 64 * 20 ? 0 : 1000));
      const finding = found(first);
      const groups = new Map([[finding.signature, { signature: finding.signature, count: 1, example: finding }]]);
      return { calls: 1, reached: [], fired: new Map(), groups, defects: [], open: new Map(), random: 0 };
    },
    shrink: async (finding) => {
      const shown = { finding, signature: finding.signature, results: [], from: 1, reproduced: 1, runs: 1 };
      return {
        finding,
        record: recordOf({ ...shown, candidates: 0, complete: true }, { machine, profile, origin: finding.origin }),
      };
    },
    close: async () => undefined,
  },
  new Findings(),
  { ruleOf: () => undefined },
);
await engine.run();
