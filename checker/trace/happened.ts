/** From a line of a log to a call of the contract. */
import { ARGUMENTS, type Errno, MAP, type Result } from '../../spec/index.ts';
import type { Argument, CallEvent, Ending } from '../strace/index.ts';
import type { CallOfRange, Happened } from './concern.ts';

/** What came back; `undefined` where nothing did. */
export function resultOf(ending: Ending): Result | undefined {
  if (ending.kind === 'value') return { kind: 'value', value: ending.value };
  return ending.kind === 'error' ? { kind: 'error', errno: ending.errno as Errno } : undefined;
}

const CALLS: ReadonlySet<string> = new Set<CallOfRange>([
  'mremap',
  'mmap',
  'munmap',
  'mprotect',
  'madvise',
  'mlock',
  'mlock2',
  'munlock',
  'mseal',
]);

const isCall = (name: string): name is CallOfRange => CALLS.has(name);

/** Populating changes nothing that a log shows, and would be followed page by page. */
const withoutPopulating = (flags: bigint): bigint => flags & ~MAP.POPULATE;

/** The arguments as numbers; missing ones at the end are 0, as a call leaves them that strace does not print. */
export function numbersOf(args: readonly Argument[], count: number): bigint[] | undefined {
  const numbers: bigint[] = [];
  for (let i = 0; i < count; i++) {
    const argument = args[i];
    const value = argument === undefined ? 0n : argument.value;
    if (value === undefined) return undefined;
    numbers.push(value);
  }
  return numbers;
}

/**
 * The call as the contract has it. `undefined`: it has no such call, or nothing came back; `unreadable`: an argument is no number
 * that can be told.
 */
export function happenedIn({ name: printed, args, ending }: CallEvent): Happened | 'unreadable' | undefined {
  const name = printed === 'pkey_mprotect' ? 'mprotect' : printed;
  if (!isCall(name)) return undefined;
  const result = resultOf(ending);
  if (result === undefined) return undefined;
  const numbers = numbersOf(args, ARGUMENTS[name].length);
  if (numbers === undefined) return 'unreadable';
  if (name === 'mmap') numbers[3] = withoutPopulating(numbers[3] ?? 0n);
  return { name, args: numbers, result };
}
