/** What is read of the answers of `--json` (docs/json.md): the fields that the formats show, no more. */

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
  readonly origin: string;
  readonly program: string;
  readonly index: number;
  readonly call: string;
  readonly result: string;
  readonly expected?: string | undefined;
  readonly allowed: readonly string[];
  readonly differences: readonly DifferenceData[];
  readonly rules: readonly string[];
}

export interface StepData {
  readonly call: string;
  readonly result: string;
  readonly verdict: 'allowed' | 'forbidden' | 'unknown';
  readonly rules: readonly string[];
  readonly allowed: readonly string[];
  readonly differences: readonly DifferenceData[];
  readonly reason?: string | undefined;
  readonly expected?: string | undefined;
  readonly violated?: readonly DifferenceData[] | undefined;
}

export interface TextErrorData {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

export interface DefectData {
  readonly origin: string;
  readonly reason: string;
}

interface Head {
  readonly version: string;
  readonly exit: number;
  readonly seed: number;
  /** Why it ended early. */
  readonly error?: string | undefined;
  readonly errors?: readonly TextErrorData[] | undefined;
}

export interface CheckData extends Head {
  readonly command: 'check';
  readonly missing?: string | undefined;
  readonly corpus?: readonly {
    readonly family: string;
    readonly programs: number;
    readonly deviating: number;
    readonly known: number;
    readonly skipped: number;
  }[];
  readonly random?: { readonly programs: number; readonly calls: number } | undefined;
  readonly explored?: { readonly scope: string; readonly transitions: number } | undefined;
  readonly canary?:
    | {
        readonly mutant?: string | undefined;
        readonly after?: number | undefined;
        readonly broken?: string | undefined;
      }
    | undefined;
  readonly findings?: readonly FindingData[] | undefined;
  readonly defects?: readonly DefectData[] | undefined;
}

export interface FuzzData extends Head {
  readonly command: 'fuzz';
  readonly programs?: number;
  readonly calls?: number;
  readonly findings?: readonly FindingData[];
  readonly defects?: readonly DefectData[];
}

export interface ReplayedData {
  readonly file: string;
  readonly machine: string;
  readonly steps: readonly StepData[];
  /** The corpus files that together explain all that deviates. */
  readonly known?: readonly string[] | undefined;
  readonly skipped?: string | undefined;
  readonly defect?: string | undefined;
}

export interface ReplayData extends Head {
  readonly command: 'replay';
  readonly missing?: string | undefined;
  readonly programs?: readonly ReplayedData[];
  readonly predictions?:
    | readonly {
        readonly file: string;
        readonly signature?: string | undefined;
        readonly mispredictions: readonly {
          readonly index: number;
          readonly aspect: string;
          readonly page?: number | undefined;
          readonly predicted: string;
          readonly seen: string;
        }[];
      }[]
    | undefined;
}

/** An answer that has a form as a list of tests. */
export type AnswerData = CheckData | FuzzData | ReplayData;
