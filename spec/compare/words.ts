/** Mappings and what was seen of them, in words. */
import { type SeenMapping, VMFLAG } from '../observation.ts';
import type { Mapping, State } from '../state.ts';

export const page = (n: number): string => `0x${n.toString(16)}`;
export const range = (m: { start: number; end: number }): string => `[${page(m.start)},${page(m.end)})`;
export const protection = (prot: number): string =>
  `${prot & 1 ? 'r' : '-'}${prot & 2 ? 'w' : '-'}${prot & 4 ? 'x' : '-'}`;

export const flagNames = (flags: number): string =>
  Object.entries(VMFLAG)
    .filter(([, bit]) => flags & bit)
    .map(([name]) => name)
    .join(' ') || 'none';

/** Attributes in one line, as the judge's reports show them. */
export const describe = (state: State, m: Mapping): string => {
  const object = state.objects.get(m.object);
  const backing = object ? `${object.kind}+${m.offset}` : 'anonymous';
  return `${protection(m.prot)}${m.shared ? 's' : 'p'} ${backing} ${flagNames(m.flags)}`;
};

export const describeSeen = (m: SeenMapping): string =>
  `${protection(m.prot)}${m.shared ? 's' : 'p'} file ${page(m.file)}+${m.offset}${m.flags === undefined ? '' : ` ${flagNames(m.flags)}`}`;
