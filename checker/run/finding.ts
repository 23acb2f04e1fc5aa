/** A deviation, and the words by which two of them are told to be the same. */
import type { Result, State, Step, Verdict } from '../../spec/index.ts';
import type { Program } from '../program/index.ts';

export interface Deviation {
  readonly program: Program;
  /** A file, or the seed and number of a generated program. */
  readonly origin: string;
  /** Position of the step in the program, from 0. */
  readonly index: number;
  readonly step: Step;
  readonly before: State;
  readonly verdict: Verdict;
  /** The program's text expected this; absent where the contract itself was broken. */
  readonly expected?: Result;
}

export interface Finding extends Deviation {
  /**
   * `forbidden`: the contract was broken. `expectation`: the program's own text says something else. `property`: one of the properties that need
   * no oracle does not hold. `misprediction`: the model said something else.
   */
  readonly kind: 'forbidden' | 'expectation' | 'property' | 'misprediction';
  readonly signature: string;
  /** The machine that showed it, where more than one took part. */
  readonly machine?: string;
  /** The program was shrunk: from so many calls. */
  readonly shrunkFrom?: number;
}

/** A result as far as signatures distinguish results: an errno, a signal, `value`. */
export const resultWord = (result: Result): string => {
  if (result.kind === 'error') return result.errno;
  if (result.kind === 'signal' || result.kind === 'died') return result.signal;
  return result.kind;
};

/** The same for an allowed result in words. */
export const allowedWord = (allowed: string): string => /\b(?:E[A-Z0-9]+|SIG[A-Z]+)\b/.exec(allowed)?.[0] ?? 'value';

/**
 * `mremap: result EINVAL, allowed EPERM`: the call, the first aspect that differs, what came back, what might have. Places and
 * sizes are left out, so that one cause has one signature wherever it shows.
 */
export function signatureOf({ step, verdict, expected }: Deviation): string {
  const { name } = step.call;
  if (expected !== undefined) return `${name}: expectation ${resultWord(step.result)}, written ${resultWord(expected)}`;
  const aspect = verdict.differences[0]?.aspect ?? 'nothing';
  const allowed = [...new Set(verdict.allowed.map(allowedWord))].sort().join(' or ');
  return `${name}: ${aspect} ${resultWord(step.result)}, allowed ${allowed || 'nothing'}`;
}

/** Without the calls behind the one at `index`. */
export const cutAfter = ({ header, lines }: Program, index: number): Program => ({
  header,
  lines: lines.slice(0, index + 1),
});

/** The calls behind the deviation have no part in it and are cut off. */
export const findingOf = (deviation: Deviation): Finding => ({
  ...deviation,
  program: cutAfter(deviation.program, deviation.index),
  kind: deviation.expected === undefined ? 'forbidden' : 'expectation',
  signature: signatureOf(deviation),
});

/** All findings of one signature. */
export interface Group {
  readonly signature: string;
  /** How often it was seen. */
  count: number;
  /** The one with the fewest calls up to the deviation. */
  example: Finding;
  /** The corpus files that explain it, if they do. */
  readonly known?: readonly string[];
}

/** A broken contract comes before a text that expects too much, which often only follows from it. */
const weight = (group: Group): number => (group.example.kind === 'expectation' ? 0 : 1);

/** The corpus files that explain all of a finding; `undefined` if it is new. */
export type Explain = (finding: Finding) => readonly string[] | undefined;

/** Findings by signature, known ones by what explains them: many programs show one cause, and only one of them is worth reading. */
export class Findings {
  readonly groups = new Map<string, Group>();
  readonly #explain: Explain;

  constructor(explain: Explain = () => undefined) {
    this.#explain = explain;
  }

  /** Takes a finding in; whether the corpus explains it. */
  add(finding: Finding): boolean {
    const signature = finding.machine === undefined ? finding.signature : `${finding.machine}: ${finding.signature}`;
    const known = finding.kind === 'forbidden' ? this.#explain(finding) : undefined;
    const key = known === undefined ? signature : known.join(' ');
    const group = this.groups.get(key);
    if (group === undefined) {
      this.groups.set(key, { signature, count: 1, example: finding, ...(known === undefined ? {} : { known }) });
    } else {
      group.count++;
      if (finding.index < group.example.index) group.example = finding;
    }
    return known !== undefined;
  }

  /** Takes in what another one found. Returns the groups that are new here and not known. */
  merge(groups: ReadonlyMap<string, Group>): Group[] {
    const fresh: Group[] = [];
    for (const [key, other] of groups) {
      const group = this.groups.get(key);
      if (group === undefined) {
        const own = { ...other };
        this.groups.set(key, own);
        if (own.known === undefined) fresh.push(own);
      } else {
        group.count += other.count;
        if (other.example.index < group.example.index) group.example = other.example;
      }
    }
    return fresh;
  }

  list(which: 'new' | 'known'): Group[] {
    return [...this.groups.values()]
      .filter((g) => (g.known !== undefined) === (which === 'known'))
      .sort((a, b) => weight(b) - weight(a) || b.count - a.count || (a.signature < b.signature ? -1 : 1));
  }

  count(which: 'new' | 'known'): number {
    return this.list(which).reduce((sum, g) => sum + g.count, 0);
  }
}
