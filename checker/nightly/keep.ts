/** Which findings are kept: those that still fail before those that do not, then what fails earlier, then what is smaller. */

/** A program of the nights' own corpus, as it behaved tonight. */
export interface Candidate {
  readonly file: string;
  /** Calls up to the first that deviates; absent: none did. */
  readonly failsAfter?: number;
  /** All of its calls. */
  readonly calls: number;
}

export interface Kept {
  readonly kept: readonly Candidate[];
  readonly dropped: readonly Candidate[];
}

/** The best `most` of them, in order; what is equal goes by name. */
export function keep(candidates: readonly Candidate[], most: number): Kept {
  const late = ({ failsAfter = Number.POSITIVE_INFINITY }: Candidate): number => failsAfter;
  const order = (a: Candidate, b: Candidate): number => {
    if (late(a) !== late(b)) return late(a) < late(b) ? -1 : 1;
    if (a.calls !== b.calls) return a.calls - b.calls;
    return a.file < b.file ? -1 : 1;
  };
  const sorted = [...candidates].sort(order);
  return { kept: sorted.slice(0, most), dropped: sorted.slice(most) };
}
