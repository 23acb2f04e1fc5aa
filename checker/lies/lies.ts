/** Plants lies in true logs: one line of the log is changed into something that the contract rules out. */
import { type Choices, seeded } from '../generate/index.ts';
import { type CallEvent, readLog, type TraceEvent } from '../strace/index.ts';
import { FOLLOWED, Processes } from './follow.ts';
import { KINDS, type Lie } from './kinds.ts';

export interface Planted {
  readonly kind: string;
  /** From 1 on. */
  readonly line: number;
  /** What the line says now. */
  readonly text: string;
}

/** The line of a call with other arguments and another end. What strace printed before the call stays. */
function rewritten(line: string, call: CallEvent, { name, args, ending }: Lie): string | undefined {
  const at = line.indexOf(`${call.name}(`);
  return at < 0 ? undefined : `${line.slice(0, at)}${name ?? call.name}(${args.join(', ')}) = ${ending}`;
}

async function* whole(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text, 'latin1');
}

/** For each kind the lies that were kept, and how many there might have been. */
interface Kept {
  readonly lies: Planted[];
  seen: number;
}

/**
 * Up to `perKind` lies of each kind that this log has an occasion for, drawn by `seed` from all occasions alike. The text of the log is
 * one of any form, with every line ended.
 */
export async function liesIn(text: string, seed: number, perKind: number): Promise<readonly Planted[]> {
  const lines = text.split('\n');
  const processes = new Processes();
  const kept = new Map<string, Kept>(Object.keys(KINDS).map((kind) => [kind, { lies: [], seen: 0 }]));
  const take = (event: TraceEvent): void => {
    if (event.kind === 'call')
      occasions(event, processes, lines[event.where.line - 1] ?? '', seed, (p, choices) =>
        keep(kept, p, choices, perKind),
      );
    processes.follow(event);
  };
  await readLog(whole(text), 'log', { interesting: FOLLOWED, deliver: (events) => events.forEach(take) });
  return [...kept.values()].flatMap(({ lies }) => lies);
}

/** Every lie that can be told at a call. */
function occasions(
  call: CallEvent,
  processes: Processes,
  line: string,
  seed: number,
  found: (planted: Planted, choices: Choices) => void,
): void {
  const memory = processes.of(call.pid);
  // With two calls at the same time, what rules a result out may not have happened yet.
  if (memory.odd || memory.underWay > 0 || call.where.endLine > call.where.line || call.injected) return;
  for (const [i, [kind, lieOf]] of Object.entries(KINDS).entries()) {
    const choices = seeded(seed, call.where.line * 64 + i);
    const lie = lieOf({ call, memory, choices });
    const text = lie && rewritten(line, call, lie);
    if (text !== undefined) found({ kind, line: call.where.line, text }, choices);
  }
}

/** Keeps each occasion with the same probability, however many there are. */
function keep(kept: ReadonlyMap<string, Kept>, planted: Planted, choices: Choices, perKind: number): void {
  const of = kept.get(planted.kind);
  if (of === undefined) return;
  of.seen++;
  if (of.lies.length < perKind) of.lies.push(planted);
  else {
    const place = choices.int(of.seen);
    if (place < perKind) of.lies[place] = planted;
  }
}

/** A log with one line changed. */
export function withLie(text: string, { line, text: lie }: Planted): string {
  const lines = text.split('\n');
  lines[line - 1] = lie;
  return lines.join('\n');
}
