/**
 * Small hand-made situations for tests of the contract. An address space is drawn as text, one character a page:
 *
 *     'AAA..bb.SS'
 *
 * `.` is a hole; equal neighbouring letters are one mapping. What a letter means stands in `KINDS`; every page holds its letter
 * as content, so that a drawing of the state afterwards tells where each page went (`0`: mapped and zero).
 */
import type { Call, CallName, Result } from './calls.ts';
import { type Environment, type SeenMapping, VMFLAG } from './observation.ts';
import type { Profile } from './profile.ts';
import { profileNamed } from './profile.ts';
import type { Outcome } from './rule.ts';
import { DECISIONS } from './rules/index.ts';
import { contentAt, find } from './space.ts';
import { initialState, type Mapping, type MemoryObject, type State } from './state.ts';

/** First page of every drawing. */
export const BASE = 0x1_0000_0000;

export const ENVIRONMENT: Environment = {
  release: '6.18.0',
  pageSize: 4096,
  taskSize: 0x7_ffff_ffff,
  hugePage: 512,
  hugePool: 0,
  maxMapCount: 65530,
  minAddr: 1,
  overcommit: 0,
  memory: 6_000_000,
  stackGap: 256,
  stackLimit: 2048,
  own: { vmSize: 100, vmLck: 0, vmData: 10, vmStk: 33, mapCount: 10, lockable: 90 },
  window: { start: BASE, end: 0x7_fff0_0000 },
  arena: BASE,
  capabilities: { ipcLock: false, rawIo: false },
  fileCustomPlacement: false,
  filePages: 16,
  features: [],
};

export const profile = (name: string): Profile => {
  const found = profileNamed(name);
  if (!found) throw new Error(`no profile ${name}`);
  return found;
};

/** `page` pages behind BASE as an address. */
export const at = (page: number): bigint => BigInt(BASE + page) * 4096n;
export const pages = (n: number): bigint => BigInt(n) * 4096n;

const { mw, ac, sl, lo, um, de, ht, nr } = VMFLAG;
const plain = { prot: 3, shared: false, flags: mw | ac, uffd: 0 };

/** What a letter of a drawing stands for; every other letter is plain private anonymous memory. */
const KINDS: Readonly<Record<string, Partial<Mapping> & { kind?: MemoryObject['kind'] }>> = {
  S: { flags: mw | ac | sl },
  L: { flags: mw | ac | lo },
  U: { flags: mw | ac | um, uffd: 1 },
  V: { flags: mw | ac | um, uffd: 2 },
  R: { prot: 1, flags: mw },
  M: { shared: true, flags: mw, kind: 'memfd' },
  K: { shared: true, flags: mw | lo, kind: 'memfd' },
  F: { flags: mw | ac, kind: 'file' },
  Z: { flags: mw | ac, kind: 'zero device' },
  H: { flags: mw | nr | ht | de, kind: 'hugetlb' },
};

/** A state that looks like the drawing. userfaultfd 1 wants no remap events, 2 does. */
export const drawn = (
  text: string,
  changes: Partial<Omit<State, 'environment'>> & { environment?: Partial<Environment> } = {},
): State => {
  const mappings: Mapping[] = [];
  const objects = new Map<number, MemoryObject>();
  const contents = new Map<number, number>();
  for (const match of text.matchAll(/([^.])\1*/g)) {
    const letter = match[1] as string;
    const start = BASE + match.index;
    const end = start + match[0].length;
    const { kind, ...attributes } = KINDS[letter] ?? {};
    const object = kind ? objects.size + 1 : 0;
    const code = letter.charCodeAt(0);
    if (kind) {
      const inObject =
        kind === 'zero device' || kind === 'hugetlb' ? [] : Array.from(match[0], (_, i) => [i, code] as const);
      objects.set(object, {
        kind,
        size: match[0].length,
        contents: new Map(inObject),
        file: object,
        customPlacement: kind === 'zero device',
      });
    }
    if (!kind || kind === 'zero device') for (let page = start; page < end; page++) contents.set(page, code);
    mappings.push({ start, end, object, offset: 0, unsure: 0, ...plain, ...attributes });
  }
  const { environment, ...rest } = changes;
  return {
    ...initialState({ ...ENVIRONMENT, ...environment }),
    mappings,
    objects,
    pages: contents,
    uffds: new Map([
      [1, { enabled: true, features: 0x80n, eventRemap: false, sigbus: true, userModeOnly: false }],
      [2, { enabled: true, features: 0x84n, eventRemap: true, sigbus: true, userModeOnly: false }],
    ]),
    nextId: 10,
    ...rest,
  };
};

/** The first `length` pages of a state. */
export const draw = (state: State, length: number): string =>
  Array.from({ length }, (_, i) => {
    const m = find(state, BASE + i);
    if (!m) return '.';
    const content = contentAt(state, m, BASE + i);
    return typeof content === 'string' ? '!' : content === 0 ? '0' : String.fromCharCode(content);
  }).join('');

export const call = (name: CallName, ...args: (bigint | number)[]): Call => ({
  name,
  args: args.map((a) => BigInt.asUintN(64, BigInt(a))),
});

/** All outcomes that the contract allows, given what came back (for freedoms). */
export const outcomesOf = (
  p: Profile,
  state: State,
  c: Call,
  seen: Result = { kind: 'value', value: 0n },
  scarce = false,
): readonly Outcome[] => {
  const found = DECISIONS[c.name]?.outcomes({ profile: p, state, call: c, seen, scarce });
  if (!found) throw new Error(`no rules for ${c.name}`);
  return found;
};

/** The end of an outcome as text: `0x…`, `EINVAL`, `SIGBUS`. Addresses within a drawing become `@page`. */
export const endText = ({ end }: Outcome): string => {
  if (end.kind === 'error') return end.errno;
  if (end.kind === 'signal') return end.signal;
  const page = Number(end.value / 4096n) - BASE;
  return page >= 0 && page < 4096 ? `@${page}` : `${end.value}`;
};

const text = (width: number, more: (s: State) => string) => (o: Outcome) =>
  [endText(o), draw(o.state, width), more(o.state)].join(' ').trim();

/**
 * What is allowed only when memory is short, as text, each once: the end, the picture, and `more`. Throws where something is allowed
 * only when memory is not short.
 */
export const extra = (
  name: string,
  state: State,
  c: Call,
  {
    seen = { kind: 'value', value: 0n },
    width = 16,
    more = () => '',
  }: { seen?: Result; width?: number; more?: (s: State) => string } = {},
): string[] => {
  const p = profile(name === 'documented' ? name : `linux-${name}`);
  const plain = new Set(outcomesOf(p, state, c, seen).map(text(width, more)));
  const scarce = new Set(outcomesOf(p, state, c, seen, true).map(text(width, more)));
  const lost = [...plain].filter((o) => !scarce.has(o));
  if (lost.length > 0) throw new Error(`not allowed when memory is short: ${lost.join(' | ')}`);
  return [...scarce].filter((o) => !plain.has(o)).sort();
};

/** Flags of each page as letters, of those given. */
export const flags =
  (letters: Readonly<Record<string, number>>) =>
  ({ mappings }: State): string =>
    mappings
      .map(({ start, end, flags: has, unsure }) => {
        const of = (bits: number) =>
          Object.entries(letters)
            .filter(([, bit]) => bits & bit)
            .map(([letter]) => letter)
            .join('');
        return `${start - BASE}-${end - BASE}${of(has & ~unsure)}${unsure === 0 ? '' : `?${of(unsure)}`}`;
      })
      .join(' ');

/** What a machine would show of a state, mapping by mapping. */
export const shown = (state: State): SeenMapping[] =>
  state.mappings.map((m) => ({
    start: m.start,
    end: m.end,
    prot: m.prot,
    shared: m.shared,
    offset: m.object === 0 ? 0 : m.offset,
    file: state.objects.get(m.object)?.file ?? 0,
  }));
