/** What a report is made of: the commands' own JSON answers (docs/json.md) as far as it uses them, and what may be laid beside them. */
import type { Environment } from '../../spec/index.ts';
import type { Space } from '../strips/space.ts';

/** What every answer begins with. */
interface Head {
  readonly version: string;
  readonly exit: number;
  readonly seed: number;
}

type Counts = Readonly<Record<string, number>>;
/** An environment as JSON has it: limits that are none are `null`. */
export type EnvironmentData = { readonly [key: string]: unknown };

export interface DifferenceData {
  readonly aspect: string;
  readonly page?: number | undefined;
  readonly seen: string;
  readonly allowed: string;
}

export interface FindingData {
  readonly kind: 'forbidden' | 'expectation' | 'property' | 'misprediction';
  readonly signature: string;
  readonly count: number;
  readonly known?: readonly string[] | undefined;
  readonly machine?: string | undefined;
  readonly origin: string;
  readonly program: string;
  readonly shrunkFrom?: number | undefined;
  readonly index: number;
  readonly call: string;
  readonly result: string;
  readonly expected?: string | undefined;
  readonly allowed: readonly string[];
  readonly differences: readonly DifferenceData[];
  readonly rules: readonly string[];
  readonly states: { readonly before: Space; readonly seen: Space; readonly allowed?: Space | undefined };
  /** The program as a C source that needs nothing else, where somebody can write it. */
  readonly c?: string;
}

export interface DefectData {
  readonly origin: string;
  readonly reason: string;
}

export interface RuleData {
  readonly rule: string;
  readonly source: string;
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  readonly fired: number;
  readonly example?: { readonly origin: string; readonly program: string } | undefined;
}

interface MachineData {
  readonly name: string;
  readonly release: string;
  readonly profile: string;
}

export interface CheckData extends Head {
  readonly command: 'check';
  readonly machine?: MachineData | undefined;
  readonly environment?: EnvironmentData | undefined;
  readonly missing?: string | undefined;
  readonly errors: readonly { readonly file: string; readonly line: number; readonly message: string }[];
  readonly corpus: readonly {
    readonly family: string;
    readonly programs: number;
    readonly good: number;
    readonly deviating: number;
    readonly known: number;
    readonly skipped: number;
  }[];
  readonly random?: { readonly programs: number; readonly calls: number } | undefined;
  readonly verdicts?: { readonly allowed: number; readonly forbidden: number; readonly unknown: number } | undefined;
  readonly unknown?: Counts | undefined;
  readonly families?: Readonly<Record<string, Counts>> | undefined;
  readonly canary?:
    | {
        readonly mutant?: string | undefined;
        readonly after?: number | undefined;
        readonly broken?: string | undefined;
      }
    | undefined;
  readonly explored?: { readonly scope: string; readonly states: number; readonly transitions: number } | undefined;
  readonly rules?:
    | {
        readonly reached: number;
        readonly total: number;
        readonly unreached: readonly { readonly rule: string; readonly reason?: string | undefined }[];
        readonly all: readonly RuleData[];
      }
    | undefined;
  readonly findings?: readonly FindingData[] | undefined;
  readonly defects?: readonly DefectData[] | undefined;
}

export interface FuzzData extends Head {
  readonly command: 'fuzz';
  readonly machine: MachineData;
  readonly environment: EnvironmentData;
  readonly ended?: string | undefined;
  readonly programs: number;
  readonly calls: number;
  readonly keys: number;
  readonly rules: { readonly reached: number; readonly total: number; readonly all: readonly RuleData[] };
  readonly findings: readonly FindingData[];
  readonly defects: readonly DefectData[];
  readonly open: Counts;
}

export interface ExploreData extends Head {
  readonly command: 'explore';
  readonly profile: string;
  readonly environment: EnvironmentData;
  readonly scope: { readonly name: string };
  readonly end: string;
  readonly complete: number;
  readonly unique: number;
  readonly transitions: number;
  readonly rules: readonly string[];
  readonly findings: readonly FindingData[];
  readonly defects: readonly DefectData[];
  readonly open: Counts;
}

export interface MutantsData extends Head {
  readonly command: 'mutants';
  readonly mutants: readonly {
    readonly id: string;
    readonly title: string;
    readonly kind: string;
    readonly found: readonly string[];
    readonly ways: Readonly<
      Record<
        string,
        {
          readonly after?: number | undefined;
          readonly texts?: { readonly showing: number; readonly of: number } | undefined;
        }
      >
    >;
    readonly shrunk?: { readonly program: string; readonly calls: number; readonly signature: string } | undefined;
  }[];
  readonly score: { readonly mutants: number; readonly found: number; readonly ways: Counts };
  readonly falseAlarms: readonly string[];
  readonly defects: readonly DefectData[];
}

/** An answer that a report can show. */
export type ReportedAnswer = CheckData | FuzzData | ExploreData | MutantsData;

export const REPORTED = ['check', 'fuzz', 'explore', 'mutants'] as const;

/** Kernels beside each other: a column each, a row for each rule. */
export interface MatrixData {
  readonly columns: readonly string[];
  readonly rows: readonly {
    readonly title: string;
    readonly cells: readonly { readonly text: string; readonly tone: 'good' | 'bad' | 'unsure' | 'none' }[];
  }[];
}

/** The answer of `matrix`, as far as a report shows it. */
export interface MatrixAnswer {
  readonly command: 'matrix';
  readonly kernels: readonly {
    readonly name: string;
    readonly machine: { readonly release: string; readonly profile: string };
  }[];
  readonly rules: readonly {
    readonly rule: string;
    readonly cells: readonly { readonly state: string; readonly word: string; readonly reason?: string }[];
  }[];
}

/** What is shown of it: `BROKEN` is new, what the corpus explains is `known`. */
export const matrixOf = ({ kernels, rules }: MatrixAnswer): MatrixData => ({
  columns: kernels.map(({ machine }) => `${machine.release}, ${machine.profile}`),
  rows: rules.map(({ rule, cells }) => ({
    title: rule,
    cells: cells.map(({ state, word }) => ({ text: word, tone: toneOf(state, word) })),
  })),
});

const toneOf = (state: string, word: string): MatrixData['rows'][number]['cells'][number]['tone'] => {
  if (state === 'broken') return word === 'BROKEN' ? 'bad' : 'unsure';
  return state === 'holds' ? 'good' : 'none';
};

/** Lines and branches of a part of the sources that some run went through. */
export interface CoverageData {
  /** What was run, e.g. `tests`. */
  readonly title: string;
  readonly rooms: readonly {
    readonly room: string;
    readonly lines: { readonly covered: number; readonly total: number };
    readonly branches: { readonly covered: number; readonly total: number };
  }[];
}

/** One run among those of the past (docs/report.md). What is absent was not counted. */
export interface TrendRun {
  readonly date?: string | undefined;
  readonly command: string;
  readonly version: string;
  readonly seed: number;
  readonly kernel: string;
  readonly profile: string;
  readonly exit: number;
  readonly programs?: number | undefined;
  readonly calls?: number | undefined;
  /** New ones and known ones, by kind. */
  readonly findings: number;
  readonly known: number;
  readonly rulesReached?: number | undefined;
  readonly rulesTotal?: number | undefined;
  readonly mutantsFound?: number | undefined;
  readonly mutantsTotal?: number | undefined;
}

/** Findings that were kept from earlier runs, as they showed when they were last run. */
export interface KeptData {
  readonly environment: EnvironmentData;
  readonly profile: string;
  readonly findings: readonly FindingData[];
}

/** Everything that a report shows. */
export interface Report {
  readonly answers: readonly ReportedAnswer[];
  readonly kept?: KeptData;
  readonly matrix?: MatrixData;
  readonly coverage?: readonly CoverageData[];
  readonly trend?: readonly TrendRun[];
  /** Lines of the trend that could not be read. */
  readonly damaged?: readonly string[];
}

/** An environment from JSON, with limits that are none. */
export function environmentOf(data: EnvironmentData): Environment {
  const limits = (name: string): object => {
    const given = data[name] as Record<string, number | null> | undefined;
    if (given === undefined) return {};
    return {
      [name]: Object.fromEntries(Object.entries(given).map(([key, n]) => [key, n ?? Number.POSITIVE_INFINITY])),
    };
  };
  return { ...data, ...limits('limits'), ...limits('hardLimits') } as unknown as Environment;
}
