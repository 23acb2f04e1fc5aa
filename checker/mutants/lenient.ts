/** A contract that allows everything: what is found under it is found without the spec. */
import type { Contract } from '../run/index.ts';
import { CONTRACT } from '../run/index.ts';

export const LENIENT: Contract = {
  initialState: CONTRACT.initialState,
  // Another state each time: who compares them must not take steps to have come to the same.
  judge: (_, state) => ({ kind: 'allowed', rules: [], differences: [], allowed: [], next: { ...state } }),
};
