/**
 * Surviving mutants and what is known of them. Each stands in survivors.json with the reason why nothing can show it; one that does not stand there is
 * news, and so is one that stands there and no longer survives.
 */
import { readFileSync } from 'node:fs';
import * as z from 'zod';

/** A mutant by what it changes, so that lines may move: the whole line, what of it is replaced, and by what. */
export interface Survivor {
  readonly file: string;
  readonly line: string;
  readonly from: string;
  readonly to: string;
}

const survivor = z.strictObject({ file: z.string(), line: z.string(), from: z.string(), to: z.string() });
const LIST = z.array(z.strictObject({ reason: z.string().min(10), mutants: z.array(survivor).min(1) }));
export type Reasoned = z.infer<typeof LIST>[number];

const position = z.object({ line: z.number(), column: z.number() });
const REPORT = z.object({
  files: z.record(
    z.string(),
    z.object({
      source: z.string(),
      mutants: z.array(
        z.object({
          location: z.object({ start: position, end: position }),
          mutatorName: z.string(),
          replacement: z.string().optional(),
          status: z.string(),
          killedBy: z.array(z.string()).optional(),
        }),
      ),
    }),
  ),
  testFiles: z
    .record(z.string(), z.object({ tests: z.array(z.object({ id: z.string(), name: z.string() })) }))
    .optional(),
});
export type Report = z.infer<typeof REPORT>;
type Location = { readonly start: z.infer<typeof position>; readonly end: z.infer<typeof position> };

/** Mutants of one part of the sources. */
export interface Score {
  readonly part: string;
  readonly killed: number;
  readonly timeouts: number;
  /** Not shown by anything, those that nothing reaches included. */
  readonly survived: number;
  /** Not counted: words for people. */
  readonly ignored: number;
  /** How many were killed by what: the way, without kernel and programs. */
  readonly by: ReadonlyMap<string, number>;
}

/** Statuses of Stryker's report (mutation-testing-report-schema). */
const ALIVE: ReadonlySet<string> = new Set(['Survived', 'NoCoverage']);
const UNCOUNTED: ReadonlySet<string> = new Set(['Ignored', 'CompileError', 'RuntimeError', 'Pending']);

/** On one line, with single spaces. */
const flat = (text: string): string => text.replace(/\s+/g, ' ').trim();

/** What stands between two places; lines and columns count from 1. */
function between(source: string, { start, end }: Location): string {
  const lines = source.split('\n').slice(start.line - 1, end.line);
  if (lines.length === 0) return '';
  lines[lines.length - 1] = (lines.at(-1) ?? '').slice(0, end.column - 1);
  lines[0] = (lines[0] ?? '').slice(start.column - 1);
  return lines.join('\n');
}

export const readReport = (path: string): Report => REPORT.parse(JSON.parse(readFileSync(path, 'utf8')));
export const readReasoned = (path: string): readonly Reasoned[] => LIST.parse(JSON.parse(readFileSync(path, 'utf8')));

/** Those that survived, in the order of the report. */
export const survivorsOf = ({ files }: Report): readonly Survivor[] =>
  Object.entries(files).flatMap(([file, { source, mutants }]) =>
    mutants
      .filter(({ status }) => ALIVE.has(status))
      .map(({ location, replacement = '' }) => ({
        file,
        line: flat(source.split('\n')[location.start.line - 1] ?? ''),
        from: flat(between(source, location)),
        to: flat(replacement),
      })),
  );

/** `model` and `spec`, and any other part of the sources: how many were killed. */
export function scores({ files, testFiles = {} }: Report): readonly Score[] {
  const names = new Map(Object.values(testFiles).flatMap(({ tests }) => tests.map(({ id, name }) => [id, name])));
  const parts = Map.groupBy(Object.entries(files), ([file]) => file.split('/')[0] ?? '');
  return [...parts].map(([part, own]) => {
    const mutants = own.flatMap(([, file]) => file.mutants);
    const count = (test: (status: string) => boolean): number => mutants.filter(({ status }) => test(status)).length;
    const by = new Map<string, number>();
    for (const { status, killedBy } of mutants) {
      if (status !== 'Killed') continue;
      const way = (names.get(killedBy?.[0] ?? '') ?? killedBy?.[0] ?? 'loading').split(/,| of /)[0] ?? '';
      by.set(way, (by.get(way) ?? 0) + 1);
    }
    return {
      part,
      killed: count((s) => s === 'Killed'),
      timeouts: count((s) => s === 'Timeout'),
      survived: count((s) => ALIVE.has(s)),
      ignored: count((s) => UNCOUNTED.has(s)),
      by,
    };
  });
}

const keyOf = ({ file, line, from, to }: Survivor): string => JSON.stringify([file, flat(line), flat(from), flat(to)]);

/** Survivors that have no reason, and reasons that have no survivor. `files`: those that were looked at. */
export function compared(
  survivors: readonly Survivor[],
  reasoned: readonly Reasoned[],
  files: ReadonlySet<string>,
): { readonly fresh: readonly Survivor[]; readonly gone: readonly Survivor[] } {
  const listed = reasoned.flatMap(({ mutants }) => mutants);
  const known = new Set(listed.map(keyOf));
  const alive = new Set(survivors.map(keyOf));
  return {
    fresh: survivors.filter((s) => !known.has(keyOf(s))),
    gone: listed.filter((s) => files.has(s.file) && !alive.has(keyOf(s))),
  };
}
