/** What a reproducer does and expects, before it is written in any language. */
import { needsOf } from '../../checker/corpus/index.ts';
import { type Line, type Program, printProgram } from '../../checker/program/index.ts';
import {
  type Difference,
  type Environment,
  type Errno,
  MADV,
  MAP,
  type Observation,
  type Result,
  RLIMIT,
  type Signal,
  type Step,
  type Verdict,
} from '../../spec/index.ts';

/** What is known of a program's run: what the model of a kernel does, and what the contract says of it. */
export interface Foretold {
  /** The machine that it was foretold for. */
  readonly environment: Environment;
  /** The profile's name, e.g. `linux-6.18`. */
  readonly profile: string;
  /** One for each call, mappings, flags and counters looked at; fewer where the run ends early. */
  readonly steps: readonly Step[];
  /** One for each step. */
  readonly verdicts: readonly Verdict[];
  /** What the reproducer is called, e.g. the program's file. */
  readonly title: string;
}

/** What a call should come to. `success`: anything but an error, since the kernel chooses the number. */
export type Want =
  | { readonly kind: 'value'; readonly value: bigint }
  | { readonly kind: 'error'; readonly errno: Errno | `errno ${number}` }
  | { readonly kind: 'signal'; readonly signal: Signal }
  | { readonly kind: 'success' }
  | { readonly kind: 'anything' };

/** One call of a program. */
export interface Planned {
  readonly line: Line;
  /** The call in the text form, with its label, without what comes back. */
  readonly text: string;
  readonly label?: string;
  readonly want: Want;
  /** What else the contract asks for after this call, where the foretold kernel does something else. */
  readonly contract: readonly Difference[];
  readonly before: Observation;
  readonly after: Observation;
}

export interface Plan {
  readonly title: string;
  readonly program: Program;
  readonly foretold: Foretold;
  readonly calls: readonly Planned[];
  /** Features without which it cannot run. */
  readonly needs: readonly string[];
  /** What can be seen after the last call, where the contract has no objection to any. */
  readonly end?: Observation;
}

/** A program that no form of a reproducer can say; the message tells why. */
export class Inexpressible extends Error {}

/** Pages of the arena that reproducers look at: what lies beyond was placed by the kernel. */
export const ARENA_PAGES = 1 << 28;

/** The first page of the arena. */
export const arenaOf = ({ arena, window }: Environment): number => Math.min(arena, window.start);

/** Whether a byte address lies where programs place their mappings. */
export const inArena = (environment: Environment, address: bigint): boolean => {
  const page = Number(address / BigInt(environment.pageSize));
  return page >= arenaOf(environment) && page < arenaOf(environment) + ARENA_PAGES;
};

/** `mw lo` of `allowed` of a difference of a result: one errno or one number, or nothing that can be checked exactly. */
function allowedResult(allowed: string): Want {
  const error = /^-1 (E[A-Z0-9]+)$/.exec(allowed);
  if (error !== null) return { kind: 'error', errno: error[1] as Errno };
  if (/^(?:0x[0-9a-f]+|\d+)$/.test(allowed)) return { kind: 'value', value: BigInt(allowed) };
  if (allowed === 'SIGSEGV' || allowed === 'SIGBUS') return { kind: 'signal', signal: allowed };
  return { kind: 'anything' };
}

/** Calls whose number, when they succeed, says nothing: a descriptor is an exact one, how many mappings there was room for is not. */
const isOpen = ({ name, operands }: Line): boolean =>
  name === 'fill_mappings' || (name === 'madvise' && operands[2]?.offset === MADV.COLLAPSE);

const asWant = (result: Result): Want =>
  result.kind === 'died' || result.kind === 'hung' ? { kind: 'anything' } : result;

function wantOf(line: Line, step: Step | undefined, verdict: Verdict | undefined, environment: Environment): Want {
  const wrong = verdict?.kind === 'forbidden' ? verdict.differences.find((d) => d.aspect === 'result') : undefined;
  if (wrong !== undefined) return allowedResult(wrong.allowed);
  if (line.expect !== undefined) return asWant(line.expect);
  if (step === undefined) return { kind: 'anything' };
  if (isOpen(line)) return { kind: 'anything' };
  const { result } = step;
  const places = line.name === 'mmap' || line.name === 'mremap';
  if (places && result.kind === 'value' && !inArena(environment, result.value)) return { kind: 'success' };
  return asWant(result);
}

/** The labels of lines whose results are used, as the text form has them. */
function labelsOf({ lines }: Program): ReadonlyMap<number, string> {
  const bases = lines.flatMap((l) => l.operands.flatMap(({ base }) => (typeof base === 'number' ? [base] : [])));
  return new Map([...new Set(bases)].sort((a, b) => a - b).map((at, i) => [at, `r${i}`]));
}

/** Each call as text, without comments and expectations. */
function textsOf({ lines }: Program): readonly string[] {
  const bare = lines.map(({ comment, expect, ...line }) => line);
  return printProgram({ header: [], lines: bare }).trimEnd().split('\n');
}

const NOTHING: Observation = { mappings: [] };

/**
 * What a reproducer of a program does and expects: results as the program states them, else as they are foretold, and where the contract
 * forbids what is foretold, what it allows.
 * @throws Inexpressible for a program with a failing inner step.
 */
export function planOf(program: Program, foretold: Foretold): Plan {
  const { steps, verdicts, environment, title } = foretold;
  const failing = program.lines.findIndex((line) => line.fault !== undefined);
  if (failing >= 0)
    throw new Inexpressible(`call ${failing + 1} has a failing inner step, which only the model can have`);
  const labels = labelsOf(program);
  const texts = textsOf(program);
  const firstFree = program.lines.findIndex(
    ({ name, operands }) => name === 'madvise' && operands[2]?.offset === MADV.FREE,
  );
  const calls = program.lines.map((line, i): Planned => {
    const verdict = verdicts[i];
    const label = labels.get(i);
    // Pages that were given up hold what they held until the kernel wants memory.
    const isFreed = firstFree >= 0 && i > firstFree && line.name === 'load' && line.expect === undefined;
    return {
      line,
      text: texts[i]!,
      ...(label === undefined ? {} : { label }),
      want: isFreed ? { kind: 'anything' } : wantOf(line, steps[i], verdict, environment),
      contract: verdict?.kind === 'forbidden' ? verdict.differences.filter((d) => d.aspect !== 'result') : [],
      before: steps[i - 1]?.seen ?? NOTHING,
      after: steps[i]?.seen ?? NOTHING,
    };
  });
  const isClean = verdicts.every((v) => v.kind !== 'forbidden') && steps.length === program.lines.length;
  const end = steps.at(-1)?.seen;
  return {
    title,
    program,
    foretold,
    calls,
    needs: needsOf(program, environment),
    ...(isClean && end !== undefined ? { end } : {}),
  };
}

const ADDRESSED = new Set(['mremap', 'mmap', 'munmap', 'mprotect', 'mlock', 'mlock2', 'munlock', 'madvise', 'mseal']);

/** Whether what happens depends on where the kernel puts what nobody places, on the stack, or on what else the process has mapped. */
export function dependsOnLayout({ calls, foretold: { environment } }: Plan): boolean {
  return calls.some(({ line: { name, operands }, want }) => {
    const [first, second, , flags] = operands;
    if (want.kind === 'success' || name === 'mlockall' || name === 'munlockall') return true;
    if (name === 'setrlimit') return first?.offset === RLIMIT.STACK;
    if (name === 'mmap' && ((flags?.offset ?? 0n) & MAP.GROWSDOWN) !== 0n) return true;
    if (!ADDRESSED.has(name) || first === undefined || first.base !== null) return false;
    return !inArena(environment, first.offset) || !inArena(environment, first.offset + (second?.offset ?? 0n));
  });
}
