/**
 * A program while it is being changed: calls name the call whose result they use, not its position, so that calls can be put in, left out
 * and moved without renumbering. `lay.ts` makes a program of it again.
 */
import { ARGUMENTS, type CallName } from '../../spec/index.ts';
import type { CounterName, Program } from '../program/index.ts';

export interface DraftOperand {
  readonly base: null | CounterName | DraftCall;
  readonly offset: bigint;
}

export interface DraftCall {
  readonly name: CallName;
  operands: readonly DraftOperand[];
}

export const constant = (offset: bigint): DraftOperand => ({ base: null, offset: BigInt.asUintN(64, offset) });

/** The call whose result an operand uses, if it uses one. */
export const usedBy = ({ base }: DraftOperand): DraftCall | undefined =>
  base === null || typeof base === 'string' ? undefined : base;

/** The calls of a program, free to be changed; what its text expects and says besides is left behind. */
export function draftOf({ lines }: Program): DraftCall[] {
  const calls: DraftCall[] = [];
  for (const { name, operands } of lines)
    calls.push({
      name,
      operands: operands.map(({ base, offset }) => ({
        base: typeof base === 'number' ? (calls[base] as DraftCall) : base,
        offset,
      })),
    });
  return calls;
}

/** Copies of calls that use each other's results as the originals do; results of other calls stay theirs. */
export function copied(calls: readonly DraftCall[]): DraftCall[] {
  const copies = new Map<DraftCall, DraftCall>();
  for (const call of calls) {
    const copy: DraftCall = {
      name: call.name,
      operands: call.operands.map((o) => {
        const used = usedBy(o);
        const own = used === undefined ? undefined : copies.get(used);
        return own === undefined ? o : { ...o, base: own };
      }),
    };
    copies.set(call, copy);
  }
  return [...copies.values()];
}

/** What an argument is, for those who change it. */
export type Role = 'address' | 'size' | 'descriptor' | 'other';

const ROLES: Readonly<Record<string, Role>> = {
  addr: 'address',
  new_addr: 'address',
  start: 'address',
  length: 'size',
  len: 'size',
  old_size: 'size',
  new_size: 'size',
  fd: 'descriptor',
};

const ALL_ROLES: ReadonlyMap<CallName, readonly Role[]> = new Map(
  (Object.keys(ARGUMENTS) as CallName[]).map((name) => [name, ARGUMENTS[name].map((a) => ROLES[a] ?? 'other')]),
);

/** The roles of a call's arguments, in order. */
export const rolesOf = (name: CallName): readonly Role[] => ALL_ROLES.get(name) as readonly Role[];
