/** What became of every rule on one kernel: the corpus and random programs, judged. */
import { rulesOf } from '../../spec/index.ts';
import { type Corpus, heldAgainst } from '../corpus/index.ts';
import { programAt } from '../generate/index.ts';
import type { Machine } from '../machine.ts';
import {
  CORPUS_LOOKS,
  type Court,
  type Defect,
  explainedBy,
  type Finding,
  Findings,
  judgeStream,
  randomLooks,
  type Sourced,
  skipReason,
  Tally,
} from '../run/index.ts';

/** Where a rule was broken on a kernel. */
export interface Break {
  /** How many calls showed it. */
  count: number;
  /** The one with the fewest calls in front of it. */
  example: Finding;
  /** The corpus files that explain it; absent: it is new. */
  readonly known?: readonly string[];
}

/** A rule on a kernel. `absent`: the kernel's profile has no such rule. */
export interface Cell {
  readonly state: 'holds' | 'broken' | 'not reached' | 'absent';
  /** How often it fired. */
  readonly fired: number;
  /** What of the findings was decided by it, one for each explanation or signature. */
  readonly breaks: readonly Break[];
  /** Why nothing reaches it. */
  readonly reason?: string;
}

/** A kernel and all that came of it. */
export interface Column {
  /** As it was asked for. */
  readonly name: string;
  readonly machine: string;
  readonly release: string;
  readonly profile: string;
  readonly programs: number;
  readonly calls: number;
  readonly skipped: readonly { readonly file: string; readonly reason: string }[];
  /** By rule, every rule of the profile. */
  readonly cells: ReadonlyMap<string, Cell>;
  /** Findings that no rule decided: the text of a program expects something else, or the kernel fell over. */
  readonly apart: readonly Break[];
  readonly findings: Findings;
  readonly defects: readonly Defect[];
  /** Calls that could not be decided. */
  readonly unknown: number;
}

export interface MatrixOptions {
  readonly name: string;
  readonly machine: Machine;
  readonly court: Court;
  readonly corpus: Corpus;
  /** Random programs beside the corpus, and their seed. */
  readonly programs: number;
  readonly seed: number;
  /** After each batch. */
  readonly onBatch?: (programs: number) => void;
}

/** The rule that decided a call which deviates: the last that fired. */
const decidingRule = ({ kind, verdict }: Finding): string | undefined =>
  kind === 'forbidden' ? verdict.rules.at(-1) : undefined;

/** Findings by the rule that decided, and for each rule by what explains them. */
class Breaks {
  readonly byRule = new Map<string | undefined, Map<string, Break>>();

  add(finding: Finding, known: readonly string[] | undefined): void {
    const rule = decidingRule(finding);
    const all = this.byRule.get(rule) ?? new Map<string, Break>();
    this.byRule.set(rule, all);
    const key = known?.join(' ') ?? finding.signature;
    const one = all.get(key);
    if (one === undefined) all.set(key, { count: 1, example: finding, ...(known === undefined ? {} : { known }) });
    else {
      one.count++;
      if (finding.index < one.example.index) one.example = finding;
    }
  }

  /** Those that are decided by none of these rules. */
  apart(rules: ReadonlyMap<string, unknown>): readonly Break[] {
    return [...this.byRule.keys()].flatMap((rule) => (rule !== undefined && rules.has(rule) ? [] : this.of(rule)));
  }

  of(rule: string | undefined): readonly Break[] {
    return [...(this.byRule.get(rule)?.values() ?? [])];
  }
}

function* random({ programs, seed, machine }: MatrixOptions): Generator<Sourced> {
  for (let i = 0; i < programs; i++)
    yield { program: programAt(seed, i, machine.environment), origin: `seed ${seed} program ${i}` };
}

/** What of the corpus the kernel can run, and what not. */
function sorted({ corpus, machine }: MatrixOptions) {
  const ready: Sourced[] = [];
  const skipped: { file: string; reason: string }[] = [];
  for (const { file, program } of corpus.entries) {
    const reason = skipReason(program, machine.environment);
    if (reason === undefined) ready.push({ program: heldAgainst(program, machine), origin: file });
    else skipped.push({ file, reason });
  }
  return { ready, skipped };
}

/** Runs the corpus and random programs on a kernel. Rejects when the machine is lost for good. */
export async function columnOf(options: MatrixOptions): Promise<Column> {
  const { name, machine, court, corpus, onBatch } = options;
  const explain = (finding: Finding) =>
    finding.kind === 'forbidden' ? explainedBy(corpus.known, court.profile, finding) : undefined;
  const [findings, breaks, tally] = [new Findings(explain), new Breaks(), new Tally()];
  const sink = {
    tally,
    findings: {
      add: (finding: Finding): boolean => {
        breaks.add(finding, explain(finding));
        return findings.add(finding);
      },
    },
    defects: [] as Defect[],
    onBatch: () => onBatch?.(tally.programs),
  };
  const { ready, skipped } = sorted(options);
  await judgeStream(court, machine, ready, () => CORPUS_LOOKS, sink);
  await judgeStream(court, machine, random(options), randomLooks, sink);
  const cells = new Map<string, Cell>();
  for (const { id } of rulesOf(court.profile)) {
    const fired = tally.rules.get(id) ?? 0;
    const broken = breaks.of(id);
    const state = broken.length > 0 ? 'broken' : fired > 0 ? 'holds' : 'not reached';
    const reason = state === 'not reached' ? (corpus.unreachable.get(id) ?? NOBODY) : undefined;
    cells.set(id, { state, fired, breaks: broken, ...(reason === undefined ? {} : { reason }) });
  }
  return {
    ...{ name, machine: machine.name, release: machine.environment.release, profile: court.profile.name },
    ...{ programs: tally.programs, calls: tally.steps, skipped, cells, apart: breaks.apart(cells), findings },
    ...{ defects: sink.defects, unknown: tally.verdicts.unknown },
  };
}

const NOBODY = 'no program of this run comes to it on this kernel';
const ABSENT: Cell = { state: 'absent', fired: 0, breaks: [] };

/** What became of a rule on a kernel. */
export const cellOf = ({ cells }: Column, rule: string): Cell => cells.get(rule) ?? ABSENT;

/** Every rule of any of the kernels, those of the first kernel in its order, and others behind the rule that they stand behind in theirs. */
export function rowsOf(columns: readonly Column[]): readonly string[] {
  const rows: string[] = [];
  for (const { cells } of columns) {
    let at = 0;
    for (const rule of cells.keys()) {
      const known = rows.indexOf(rule);
      if (known >= 0) at = known + 1;
      else rows.splice(at++, 0, rule);
    }
  }
  return rows;
}
