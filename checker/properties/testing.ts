/** Short ways to write steps by hand: pictures of layouts, contents by page, counters that add up unless said otherwise. */

import {
  type CallName,
  type Counters,
  type Errno,
  type Observation,
  type Profile,
  profileNamed,
  type SeenMapping,
  type SeenPage,
  type Step,
  VMFLAG,
} from '../../spec/index.ts';
import { EXAMPLE } from '../example.ts';
import { nothingApplied, type Violation, violations } from './index.ts';

/** Page 0 of pictures. */
export const ORIGIN = EXAMPLE.window.start;
const PAGE = BigInt(EXAMPLE.pageSize);

/** The address of a page of a picture. */
export const at = (page: number): bigint => BigInt(ORIGIN + page) * PAGE;
export const size = (pages: number): bigint => BigInt(pages) * PAGE;

export const profile = (name: string): Profile => profileNamed(name)!;
export const NOW = profile('linux-6.18');

/** Attributes of the mappings of one letter; `offset` is that of the picture's page 0. */
export type Kind = Partial<Omit<SeenMapping, 'start' | 'end'>>;
export const { mw, ac, lo, lf, um, uw, ui, sl, nr, gd, gu, dc } = VMFLAG;
export const PRIVATE: Kind = { flags: mw | ac };

/** Unlike letters are unlike mappings; all are private anonymous unless `kinds` says otherwise. */
export function mappingsOf(picture: string, kinds: Readonly<Record<string, Kind>> = {}): readonly SeenMapping[] {
  return [...picture.matchAll(/([A-Za-z])\1*/g)].map((match) => {
    const kind = { prot: 3, shared: false, offset: 0, file: 0, ...PRIVATE, ...kinds[match[1]!] };
    const offset = kind.file === 0 ? 0 : kind.offset + match.index;
    return { ...kind, offset, start: ORIGIN + match.index, end: ORIGIN + match.index + match[0].length };
  });
}

export type Contents = Readonly<Record<number, number | 'SIGSEGV' | 'SIGBUS'>>;
const pagesOf = (contents: Contents): readonly SeenPage[] =>
  Object.entries(contents).map(([page, content]) =>
    typeof content === 'number'
      ? { page: ORIGIN + Number(page), content }
      : { page: ORIGIN + Number(page), signal: content },
  );

const sum = (mappings: readonly SeenMapping[], counts: (m: SeenMapping) => boolean): number =>
  mappings.filter(counts).reduce((pages, m) => pages + m.end - m.start, 0);

/** What the mappings add up to. */
export function countersOf(mappings: readonly SeenMapping[]): Counters {
  const { own } = EXAMPLE;
  const isStack = (m: SeenMapping): boolean => (m.flags! & gd) !== 0;
  return {
    vmSize: own.vmSize + sum(mappings, () => true),
    vmLck: own.vmLck + sum(mappings, (m) => (m.flags! & lo) !== 0),
    vmData: own.vmData + sum(mappings, (m) => !m.shared && (m.prot & 2) !== 0 && !isStack(m)),
    vmStk: own.vmStk + sum(mappings, isStack),
    mapCount: own.mapCount + mappings.length,
  };
}

export interface Look {
  readonly kinds?: Readonly<Record<string, Kind>>;
  readonly present?: Contents;
  readonly touched?: Contents;
  /** On top of what adds up. */
  readonly more?: Partial<Counters>;
}

/** Everything seen: a layout, contents, counters. */
export function look(picture: string, { kinds = {}, present = {}, touched, more = {} }: Look = {}): Observation {
  const mappings = mappingsOf(picture, kinds);
  const counters: Record<string, number> = { ...countersOf(mappings) };
  for (const [name, value] of Object.entries(more)) counters[name]! += value;
  return {
    mappings,
    present: pagesOf(present),
    counters: counters as unknown as Counters,
    ...(touched && { touched: pagesOf(touched) }),
  };
}

export const step = (name: CallName, args: readonly bigint[], result: bigint | Errno, seen: Observation): Step => ({
  call: { name, args },
  result: typeof result === 'bigint' ? { kind: 'value', value: result } : { kind: 'error', errno: result },
  seen,
});

/** How a picture came about does not matter: one call maps all of it, with contents that are not known before they are seen. */
export const given = (picture: string, seen?: Look): Step =>
  step('mmap', [at(0), size(picture.length), 3n, 0x12n, 3n, 0n], at(0), look(picture, seen));

/** What is violated, as `property@step`. */
export const broken = (steps: readonly Step[], by: Profile = NOW): readonly string[] => [
  ...new Set(violations(EXAMPLE, by, steps).map(({ property, index }) => `${property}@${index}`)),
];

export const violationsIn = (steps: readonly Step[], by: Profile = NOW): readonly Violation[] =>
  violations(EXAMPLE, by, steps);

export function appliedIn(steps: readonly Step[], by: Profile = NOW) {
  const applied = nothingApplied();
  violations(EXAMPLE, by, steps, applied);
  return applied;
}
