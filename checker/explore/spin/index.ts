/** SPIN (https://spinroot.com), a model checker that is not ours, exploring the language of `../slots.ts`. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Numbers of slots and contents that `slots.pml` is written for. */
const MOST = 9;

/**
 * What makes the verifier fastest of all that still keeps whole states: no cycles are looked for, states are stored as they are (NOCOMP)
 * and without their length (NOVSZ), and indexes, all constant here, are not checked. No reduction by partial order: it would find
 * nothing in a single process, and could only hide transitions. Tried and slower: breadth first (-DBFS), -DCOLLAPSE, -DMA, -march=native;
 * no faster: -O3, -DSFH, -DHASH32, other sizes of the hash table. Hash compaction (-DHC4) and -DBITSTATE lose states.
 */
const FLAGS = ['-O2', '-w', '-DSAFETY', '-DNOREDUCE', '-DNOFAIR', '-DNOBOUNDCHECK', '-DNOCOMP', '-DNOVSZ'];

/** So many slots and so many contents, as in `../slots.ts`; 1 to 9 of each. */
export interface SpinScope {
  readonly slots: number;
  readonly contents: number;
}

/** SPIN or a C compiler is not there; the message is one readable line. */
export class NoSpin extends Error {
  override readonly name = 'NoSpin';
}

export interface SpinExplored {
  readonly states: number;
  readonly transitions: number;
  /** What SPIN says that its search took; a hundredth of a second is the least that it can tell. */
  readonly seconds: number;
}

/** `plain`: an array of slots, as anyone would write it. `packed`: all slots in one number, which SPIN explores faster. */
export type SlotsForm = 'plain' | 'packed';

/** A verifier made for one scope. */
export interface Verifier {
  /** One exploration. @throws Error when SPIN could not finish it. */
  explore(): Promise<SpinExplored>;
  /** Removes its files. */
  close(): Promise<void>;
}

async function works(command: string, option: string): Promise<boolean> {
  return run(command, [option]).then(
    () => true,
    () => false,
  );
}

async function findCompiler(): Promise<string> {
  const named = process.env.CC;
  const candidates = [...(named === undefined || named === '' ? [] : [named]), 'cc', 'gcc', 'clang'];
  for (const command of candidates) if (await works(command, '--version')) return command;
  throw new NoSpin(`no C compiler found (tried ${candidates.join(', ')}), which SPIN needs`);
}

/** The compiler to use. @throws NoSpin */
async function findTools(): Promise<string> {
  if (!(await works('spin', '-V'))) throw new NoSpin('SPIN is not installed (Debian: package spin)');
  return findCompiler();
}

/** Why SPIN cannot be used here, in one line; `undefined` if it can. */
export async function whyNoSpin(): Promise<string | undefined> {
  try {
    await findTools();
    return undefined;
  } catch (error) {
    if (error instanceof NoSpin) return error.message;
    throw error;
  }
}

/** From 10^8 on SPIN rounds and writes an exponent, which no pattern here takes. */
function numberIn(text: string, pattern: RegExp): number {
  const [, digits] = pattern.exec(text) ?? [];
  if (digits === undefined) throw new Error(`SPIN: nothing that looks like ${pattern.source}`);
  return Number(digits);
}

/**
 * Reads what a verifier has printed.
 *
 * What SPIN calls transitions is the sum of states stored and states matched. Each transition ends in one or the other; but the initial
 * state was stored too, and no call led to it. So there is one transition less than SPIN says. Nothing else is counted differently: the
 * process is there from the beginning, its loop never ends, and no step of it is anything but a call.
 * @throws Error when the search was cut short or found an error, or when numbers are too large to be printed exactly.
 */
export function readVerifier(text: string): SpinExplored {
  const short = /max search depth too small|out of memory|Search not completed|truncated/i.exec(text);
  if (short !== null) throw new Error(`SPIN: ${short[0]}`);
  if (numberIn(text, /errors: (\d+)$/m) !== 0) throw new Error('SPIN: found an error');
  const states = numberIn(text, /^\s*(\d+) states, stored$/m);
  const matched = numberIn(text, /^\s*(\d+) states, matched$/m);
  if (numberIn(text, /^\s*(\d+) transitions \(= stored\+matched\)$/m) !== states + matched)
    throw new Error('SPIN: transitions are not stored + matched');
  const seconds = numberIn(text, /elapsed time ([\d.]+) seconds$/m);
  return { states, transitions: states + matched - 1, seconds };
}

function definitions({ slots, contents }: SpinScope, form: SlotsForm): string[] {
  const plain = [`-DN=${slots}`, `-DC=${contents}`, `-DOTHERS=${slots - 1}`];
  return form === 'plain' ? plain : [...plain, '-DPACKED', `-DW=${32 - Math.clz32(contents)}`];
}

/** Generates and compiles. @throws NoSpin without SPIN or a compiler; RangeError for more than 9 slots or contents. */
export async function buildVerifier(scope: SpinScope, form: SlotsForm = 'plain'): Promise<Verifier> {
  const { slots, contents } = scope;
  if (![slots, contents].every((n) => Number.isInteger(n) && n >= 1 && n <= MOST))
    throw new RangeError(`no model of ${slots} slots with ${contents} contents`);
  const compiler = await findTools();
  const folder = await mkdtemp(join(tmpdir(), 'mremap-check-spin-'));
  const close = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const model = join(import.meta.dirname, 'slots.pml');
    // Without -o2 SPIN leaves variables out of the state that are never read, as a single slot is.
    await run('spin', [`-P${compiler} -E -x c`, '-o2', '-a', ...definitions(scope, form), model], { cwd: folder });
    await run(compiler, [...FLAGS, '-o', 'pan', 'pan.c'], { cwd: folder });
  } catch (error) {
    await close();
    throw error;
  }
  // The search goes down until it has seen everything; the hash table has two places for every state, like ours.
  const states = (contents + 1) ** slots;
  const limits = [`-m${states + 10}`, `-w${Math.max(10, Math.ceil(Math.log2(states)) + 1)}`];
  const explore = async (): Promise<SpinExplored> =>
    readVerifier((await run(join(folder, 'pan'), limits, { cwd: folder, maxBuffer: 2 ** 26 })).stdout);
  return { explore, close };
}
