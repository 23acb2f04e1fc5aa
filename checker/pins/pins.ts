/**
 * Pins: for each program of the corpus and each profile eight digits that stand for all that the contract says of it: of every step
 * that the model shows, of every `mremap` with each of its inner steps failing, and of lies about them. A change of the contract
 * that anybody could notice changes some of them.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Environment,
  type Observation,
  PROFILES,
  type Profile,
  profileNamed,
  type Verdict,
} from '../../spec/index.ts';
import type { CorpusEntry } from '../corpus/index.ts';
import { EXAMPLE } from '../example.ts';
import type { Run } from '../machine.ts';
import { type ModelMachine, modelMachine } from '../model/index.ts';
import type { Program } from '../program/index.ts';
import { CORPUS_LOOKS, type Contract, skipReason } from '../run/index.ts';
import { lies } from './lies.ts';

/** Where the pins stand, from the folder of the package. */
export const PINS = join('checker', 'pins', 'pins.txt');

/** The kernel that stands for the manual, which is no machine. */
const FOR_MANUAL = 'linux-6.18';
const DIGITS = 8;
const COLUMN = 10;
/** The manual, and kernels of which each decides `mremap` otherwise than the one before: the others would cost time and tell nothing. */
const PINNED = PROFILES.filter(({ name }) =>
  ['documented', ...['6.12', '6.16', '6.18', '7.1', '7.3'].map((release) => `linux-${release}`)].includes(name),
);

const release = ({ name }: Profile): string => `${name.replace('linux-', '')}.0`;

/** What is run, under a profile, on the model: runs are made once, and told of as often as there are contracts. */
export class Stand {
  readonly profile: Profile;
  readonly environment: Environment;
  readonly #machine: ModelMachine;

  constructor(profile: Profile) {
    const kernel = profile.version === undefined ? (profileNamed(FOR_MANUAL) as Profile) : profile;
    this.profile = profile;
    this.#machine = modelMachine({ ...EXAMPLE, release: release(kernel) }, kernel);
    this.environment = this.#machine.environment;
  }

  /** Whether a program is for this kernel. */
  takes(program: Program): boolean {
    return skipReason(program, this.environment) === undefined;
  }

  /** Every run that a program gives: as it is, then with each inner step of each `mremap` failing. */
  runs(program: Program): readonly Run[] {
    const looks = { ...CORPUS_LOOKS, touch: 'never' } as const;
    const plain = this.#machine.runOne(program, looks);
    const faulted = program.lines.flatMap((line, i) => {
      if (line.name !== 'mremap' || line.fault !== undefined) return [];
      return Array.from({ length: plain.faultPoints?.[i] ?? 0 }, (_, n) => {
        const lines = [...program.lines.slice(0, i), { ...line, fault: n + 1 }];
        return this.#machine.runOne({ ...program, lines }, looks);
      });
    });
    return [plain, ...faulted];
  }
}

const words = ({ kind, rules, differences, allowed, reason }: Verdict): string =>
  JSON.stringify([kind, rules, differences, allowed, reason]);

const NOTHING: Observation = { mappings: [], present: [] };

/** All that a contract says of runs of a program, a line for each verdict. */
export function told(contract: Contract, { profile, environment }: Stand, runs: readonly Run[]): readonly string[] {
  const said: string[] = [];
  for (const [i, { steps }] of runs.entries()) {
    let state = contract.initialState(environment);
    let before = NOTHING;
    for (const [k, step] of steps.entries()) {
      const verdict = contract.judge(profile, state, step);
      // What comes before a failing step has been told of.
      if (i === 0 || k === steps.length - 1) {
        said.push(words(verdict));
        if (step.call.name === 'mremap')
          for (const lie of lies(step, before)) said.push(words(contract.judge(profile, state, lie)));
      }
      state = verdict.next;
      before = step.seen;
    }
  }
  return said;
}

/** The digits that stand for what was said. */
export const pinned = (said: readonly string[]): string =>
  createHash('sha256').update(said.join('\n')).digest('hex').slice(0, DIGITS);

const column = ({ name }: Profile): string => name.replace('linux-', '');

/** The pins as text: a row for each program, a column for each profile. */
export function pinsText(contract: Contract, entries: readonly CorpusEntry[]): string {
  const stands = PINNED.map((profile) => new Stand(profile));
  const width = Math.max(...entries.map(({ file }) => file.length));
  const row = (name: string, cells: readonly string[]): string =>
    [name.padEnd(width), ...cells.map((cell) => cell.padEnd(COLUMN))].join(' ').trimEnd();
  const rows = entries.map(({ file, program }) =>
    row(
      file,
      stands.map((stand) => (stand.takes(program) ? pinned(told(contract, stand, stand.runs(program))) : '-')),
    ),
  );
  const head = row(
    'program',
    stands.map(({ profile }) => column(profile)),
  );
  return `${[head, ...rows].join('\n')}\n`;
}

/** The pins that stand in the folder of the package, by program and profile. */
export function readPins(home: string): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const [, ...rows] = readFileSync(join(home, PINS), 'utf8').trimEnd().split('\n');
  return new Map(
    rows.map((line) => {
      const [file = '', ...cells] = line.split(/\s+/);
      return [file, new Map(PINNED.map(({ name }, i) => [name, cells[i] ?? '-']))];
    }),
  );
}
