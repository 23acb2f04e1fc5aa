/** Calls of a log, what is known of pages, and verdicts, in words. */
import { flagNames, protection } from '../../spec/index.ts';
import type { CallEvent, Ending } from '../strace/index.ts';
import { type Known, OBJECT, OPEN } from './known.ts';

const NAMES = new Map<number, string>(Object.entries(OBJECT).map(([name, key]) => [key, name]));

const endText = (ending: Ending): string => {
  if (ending.kind === 'error') return `-1 ${ending.errno}`;
  if (ending.kind === 'none') return '?';
  return ending.value < 4096n ? `${ending.value}` : `0x${ending.value.toString(16)}`;
};

/** A call as strace prints it. */
export const callText = ({ name, args, ending }: CallEvent): string =>
  `${name}(${args.map((a) => (a.label === undefined ? a.text : `${a.label}=${a.text}`)).join(', ')}) = ${endText(ending)}`;

const backing = ({ object, shared }: Known): string => {
  const kind = object === OPEN ? 'anything' : object === OBJECT.none ? 'anonymous' : (NAMES.get(object) ?? 'anything');
  return shared === OPEN ? kind : `${shared === 1 ? 'shared' : 'private'} ${kind}`;
};

/** Pages, and what is known of them: `0x7f…000-0x7f…000 mapped rw- private anonymous`. */
export function knownText(k: Known): string {
  const where = `0x${k.start.toString(16)}000-0x${k.end.toString(16)}000`;
  if (!k.mapped) return `${where} free`;
  const flags = flagNames(k.flags);
  const rights = k.prot === OPEN ? '???' : protection(k.prot);
  return `${where} mapped ${rights} ${backing(k)}${flags === 'none' ? '' : ` ${flags}`}`;
}
