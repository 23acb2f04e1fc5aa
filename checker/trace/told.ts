/** What is said of one call of a log. */
import type { Difference } from '../../spec/index.ts';
import type { Decision } from './decide.ts';
import type { Known } from './known.ts';

export interface Told {
  readonly kind: Decision['kind'];
  readonly rules: readonly string[];
  readonly differences: readonly Difference[];
  readonly allowed: readonly string[];
  readonly reason?: string;
  readonly proof: readonly Known[];
}

const NOTHING = { rules: [], differences: [], allowed: [], proof: [] } as const;

export const allowedBy = (...rules: readonly string[]): Told => ({ ...NOTHING, kind: 'allowed', rules });
export const unknownFor = (reason: string): Told => ({ ...NOTHING, kind: 'unknown', reason });
/** Forbidden by something that no state of the contract says; `seen` against `allowed`. */
export const forbiddenBy = (rule: string, seen: string, allowed: string, proof: readonly Known[]): Told => ({
  kind: 'forbidden',
  rules: [rule],
  differences: [{ aspect: 'result', seen, allowed }],
  allowed: [allowed],
  proof,
});
