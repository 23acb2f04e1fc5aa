/**
 * The verdict of one call of a log, by the rules of the contract alone. They need a state in which everything is known; a log
 * leaves things open. So the contract is asked about every state that the call may have found (`completions.ts`):
 *
 *   forbidden   it allows what came back in none of them
 *   allowed     in some of them, and in all of them a result of this kind: a value, or this errno. What is unknown did not matter
 *   unknown     in some of them, and in others it demands a result of another kind
 *
 * What is known afterwards is what all states say that the contract gives back for those in which it allowed the result: so a call's
 * result tells what was there before it, too. An error that one of these states explains only because a limit was reached that the log
 * does not tell is never forbidden: it is unknown.
 */
import {
  type Difference,
  judge,
  MREMAP,
  type Profile,
  type Range,
  type State,
  type Verdict,
  VMFLAG,
} from '../../spec/index.ts';
import { agreed, credible, knownIn } from './afterwards.ts';
import { type Completions, completionsOf } from './completions.ts';
import { type Concern, concernOf, type Happened, PAGE, pageOf, pagesOf } from './concern.ts';
import { OBJECTS_PLACED_BY_FILE, shortagesFor } from './ground.ts';
import { type Known, type Line, mayBeOne, OBJECT, OPEN } from './known.ts';
import type { Land } from './land.ts';
import { relevantTo } from './variants.ts';

export interface Decision {
  readonly kind: Verdict['kind'];
  /** The rules that fired: those of the allowed outcome, or of the one that is closest to what was seen. */
  readonly rules: readonly string[];
  /** Of a forbidden call: what differs. */
  readonly differences: readonly Difference[];
  /** Of a forbidden call: what was allowed, in words. */
  readonly allowed: readonly string[];
  /** Of an unknown one: what was not known. */
  readonly reason?: string;
  /** Of a forbidden call: what was known of the pages it concerns. */
  readonly proof: readonly Known[];
  /** What is known of `covered` afterwards; absent where the call left nothing that can be told. */
  readonly after?: readonly Known[];
  readonly covered: readonly Range[];
}

/** A call, and what is known when it is made. */
export interface Case {
  readonly profile: Profile;
  readonly land: Land;
  /** `groundOf` the profile, with what is known of locks to come. */
  readonly ground: State;
  readonly happened: Happened;
  readonly line: Line;
  /** What the descriptor of an `mmap` may be: states' `descriptors`. */
  readonly descriptors?: readonly State['descriptors'][];
}

/** Rules that allow an error because nothing is known of most of user space. */
const WITHOUT_KNOWLEDGE: ReadonlySet<string> = new Set(['mmap/perhaps-no-room', 'mremap/perhaps-no-room']);

/** Pages of a huge page. */
const HUGE = 512;

const hex = (page: number): string => `0x${page.toString(16)}000`;
const isError = (words: string): boolean => words.startsWith('-1 ');

/** What the contract says of all states of a call. */
class Hearing {
  readonly afters: (readonly Known[])[] = [];
  allowed: Verdict | undefined;
  forbidden: Verdict | undefined;
  /** Some state demands a result of another kind. */
  disagrees = false;
  /** Why the contract could not say anything of a state. */
  silent: string | undefined;

  hear(c: Case, states: readonly State[], covered: readonly Range[]): void {
    const { name, args, result } = c.happened;
    const step = { call: { name, args }, result, seen: {} };
    for (const state of states) {
      const verdict = judge(c.profile, state, step);
      if (verdict.kind === 'unknown') this.silent ??= verdict.reason ?? 'the contract does not say';
      else if (verdict.kind === 'allowed') {
        this.allowed ??= verdict;
        this.afters.push(knownIn(c.land, covered, verdict.next, c.line));
      } else {
        this.forbidden ??= verdict;
        if (!this.#isOfThisKind(c, verdict)) this.disagrees = true;
      }
    }
  }

  #isOfThisKind(c: Case, { allowed }: Verdict): boolean {
    const { result } = c.happened;
    if (result.kind === 'error') return allowed.includes(`-1 ${result.errno}`);
    return allowed.some((words) => !isError(words));
  }
}

/** What mattered and was not known, in words. */
function reasonOf({ gap, seams }: Completions, land: Land, concern: Concern): string {
  if (gap !== undefined) return `nothing is known of ${hex(gap.start)}-${hex(gap.end)}`;
  const doubtful = concern.windows
    .flatMap((w) => land.meeting(w))
    .find((k) => k.mapped && (k.unsure !== 0 || k.prot === OPEN || k.shared === OPEN || k.object === OPEN));
  if (doubtful !== undefined) return `not all attributes of the mapping at ${hex(doubtful.start)} are known`;
  return seams ? 'whether touching mappings have become one is not known' : 'the log does not tell';
}

const proofOf = (land: Land, { windows, chosen }: Concern): readonly Known[] =>
  [...windows, ...(chosen === undefined ? [] : [chosen])].flatMap((w) => land.within(w));

/** The states, for each thing that the descriptor may be, and for files of either kind where a move of several mappings asks. */
function inAllWays(c: Case, states: readonly State[]): readonly State[] {
  const described = c.descriptors?.flatMap((descriptors) => states.map((s) => ({ ...s, descriptors }))) ?? states;
  const files = c.happened.name === 'mremap' && states[0]?.mappings.some((m) => m.object === OBJECT.file);
  return files === true
    ? [...described, ...described.map((s) => ({ ...s, objects: OBJECTS_PLACED_BY_FILE }))]
    : described;
}

/** What the contract says of every state, or of enough of them that the rest cannot say anything else; `undefined` where they are too many. */
function heard(c: Case, completions: Completions): { hearing: Hearing; states: readonly State[] } | undefined {
  const { usual, varied, doubts, covered } = completions;
  if (completions.tooMany) return undefined;
  const hearing = new Hearing();
  hearing.hear(c, inAllWays(c, usual), covered);
  const usualIsRight = hearing.allowed !== undefined;
  hearing.hear(c, inAllWays(c, varied), covered);
  // One thing alone decides: what is wrong with one stretch stays wrong whatever the others are.
  if (usualIsRight || doubts <= 1) return { hearing, states: [...usual, ...varied] };
  const states = completions.all();
  if (states === undefined) return undefined;
  const whole = new Hearing();
  whole.hear(c, inAllWays(c, states), covered);
  return { hearing: whole, states };
}

/** Whether a page may lie in the middle of a mapping: where a cut there would make one mapping more. */
function mayLieWithin(land: Land, page: number): boolean {
  const left = land.at(page - 1);
  const right = land.at(page);
  if (left === right) return left === undefined || left.mapped;
  return left === undefined || right === undefined ? (left ?? right)?.mapped === true : mayBeOne(left, right);
}

/**
 * An error for want of room for one mapping more can be had at either edge of a range that may have to be cut out. `madvise` has an
 * errno of its own for it.
 */
function mayCut({ happened: { name, args, result }, land }: Case): boolean {
  const errno = name === 'madvise' ? 'EAGAIN' : 'ENOMEM';
  if (name === 'mmap' || result.kind !== 'error' || result.errno !== errno) return false;
  const [addr = 0n, length = 0n] = args;
  const start = pageOf(addr);
  return [start, start + pagesOf(length)].some((page) => mayLieWithin(land, page));
}

/** A range whose edge may lie inside a huge page cannot be cut out. */
function mayCutHuge({ happened: { name, args, result }, land }: Case, { windows }: Concern): boolean {
  if (result.kind !== 'error' || result.errno !== 'EINVAL') return false;
  const [, old = 0n, now = 0n, flags = 0n] = args;
  // One that neither names a place nor shrinks cuts nothing out.
  if (name === 'mremap' && flags <= MREMAP.MAYMOVE && now >= old) return false;
  const mayBeHuge = (page: number): boolean => {
    const k = land.at(page);
    return k === undefined || (k.mapped && ((k.flags | k.unsure) & VMFLAG.ht) !== 0);
  };
  return windows.some(({ start, end }) => [start, end].some((p) => p % HUGE !== 0 && mayBeHuge(p - 1) && mayBeHuge(p)));
}

/** A move of several mappings fails at any of its pieces: pages of which nothing is known may be several, each something else. */
const movesBlank = ({ happened: { name, args, result } }: Case, { blanks, gap }: Completions): boolean => {
  const [addr = 0n, length = 0n, , flags = 0n] = args;
  const start = pageOf(addr);
  return (
    name === 'mremap' &&
    result.kind === 'error' &&
    (flags & MREMAP.FIXED) !== 0n &&
    [...blanks, ...(gap === undefined ? [] : [gap])].some((b) => b.start < start + pagesOf(length) && b.end > start)
  );
};

/** Whether something was known of every page from `start` on. */
const isTold = (blanks: readonly Range[], start: number, pages: number): boolean =>
  !blanks.some((b) => b.start < start + pages && b.end > start);

/** Pages that a call which succeeded has found mapped, or has mapped, whatever the pages were of which nothing was known (`blanks`). */
function neededBy({ name, args, result }: Happened, blanks: readonly Range[]): readonly Range[] {
  const [addr = 0n, length = 0n, third = 0n] = args;
  const start = pageOf(addr);
  const placed = result.kind === 'value' ? pageOf(result.value) : start;
  if (name === 'mmap') return [{ start: placed, end: placed + pagesOf(length) }];
  if (name === 'mremap') {
    // What goes on what was known is known as well; of the rest, what has grown is mapped to its end, and what has not begins with a mapping.
    const isWhole = third > length || isTold(blanks, start, pagesOf(length));
    return [{ start: placed, end: placed + (isWhole ? pagesOf(third) : 1) }];
  }
  return name === 'munmap' ? [] : [{ start, end: start + pagesOf(length + (addr % PAGE)) }];
}

const concluded = ({ happened }: Case, { blanks }: Completions, { afters }: Hearing): readonly Known[] =>
  credible(agreed(afters), blanks, happened.result.kind === 'value', neededBy(happened, blanks));

/** Judges a call. `case.land` is not changed. */
export function decide(c: Case): Decision {
  const concern = concernOf(c.happened);
  const completions = completionsOf(c.land, c.ground, concern, relevantTo(c.happened));
  const { covered } = completions;
  const base = { rules: [], differences: [], allowed: [], proof: [], covered };
  const unknown = (reason: string): Decision => ({ ...base, kind: 'unknown', reason });
  const all = heard(c, completions);
  if (all === undefined) return unknown('too much of what the call concerns is not known');
  const { hearing, states } = all;
  if (hearing.silent !== undefined) return unknown(hearing.silent);
  if (movesBlank(c, completions)) return unknown(reasonOf(completions, c.land, concern));
  if (hearing.allowed !== undefined) {
    const { rules } = hearing.allowed;
    const after = concluded(c, completions, hearing);
    if (hearing.disagrees) return { ...unknown(reasonOf(completions, c.land, concern)), after };
    if (rules.some((rule) => WITHOUT_KNOWLEDGE.has(rule)))
      return { ...unknown('whether so long a range was free is not known'), after };
    return { ...base, kind: 'allowed', rules, after };
  }
  for (const { why, applied } of shortagesFor(c.happened.result)) {
    const short = new Hearing();
    short.hear(c, inAllWays(c, states).map(applied), covered);
    if (short.allowed !== undefined) return { ...unknown(why), after: concluded(c, completions, short) };
  }
  if (mayCut(c)) return unknown('the process may have had as many mappings as it may have');
  if (mayCutHuge(c, concern)) return unknown('a huge page may lie across an edge of the range');
  const { rules, differences, allowed } = hearing.forbidden as Verdict;
  return { ...base, kind: 'forbidden', rules, differences, allowed, proof: proofOf(c.land, concern) };
}
