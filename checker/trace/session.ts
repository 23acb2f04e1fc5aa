/** One log from its first line to its last, judged. */
import { type Profile, profileFor } from '../../spec/index.ts';
import type { Log, LogCounts, TraceEvent } from '../strace/index.ts';
import { INTERESTING, Judge, type JudgeOptions } from './judge.ts';
import { type Completeness, completeness, Tally } from './tally.ts';

export interface Report {
  readonly file: string;
  /** What it was judged by at the end. */
  readonly profile: Profile;
  /** The release that the log itself tells (uname); absent where it does not. */
  readonly release?: string;
  readonly counts: LogCounts;
  readonly tally: Tally;
  readonly completeness: Completeness;
  /** Lines that could not be read: the first of them. */
  readonly garbled: readonly { readonly line: number; readonly column: number; readonly why: string }[];
}

/** Lines that could not be read, of which line and reason are told. */
const MOST_GARBLED = 100;

const LOOKED: ReadonlySet<string> = new Set([...INTERESTING, 'uname']);

const releaseIn = (event: TraceEvent): string | undefined =>
  event.kind === 'call' && event.name === 'uname'
    ? /release="([^"]+)"/.exec(event.args.map((a) => a.text).join(' '))?.[1]
    : undefined;

/** Judges a log. `chosen` wins over what the log tells of its kernel, which wins over `usual`. */
export async function judgeLog(
  log: Log,
  profile: { readonly chosen?: Profile; readonly usual: Profile },
  options: Pick<JudgeOptions, 'before'> & { readonly tell?: JudgeOptions['tell'] } = {},
): Promise<Report> {
  const tally = new Tally();
  const looked = new Map<string, number>();
  const garbled: { line: number; column: number; why: string }[] = [];
  let release: string | undefined;
  const judge = new Judge({
    profile: profile.chosen ?? profile.usual,
    alone: log.alone,
    ...(options.before === undefined ? {} : { before: options.before }),
    tell: (judged) => {
      tally.add(judged);
      options.tell?.(judged);
    },
  });
  const counts = await log.read({
    interesting: LOOKED,
    deliver: (events) => {
      for (const event of events) {
        if (event.kind === 'call') looked.set(event.name, (looked.get(event.name) ?? 0) + 1);
        if (event.kind === 'garbled' && garbled.length < MOST_GARBLED)
          garbled.push({ line: event.where.line, column: event.column, why: event.why });
        const told = releaseIn(event);
        if (told !== undefined && release === undefined) {
          release = told;
          if (profile.chosen === undefined) judge.profile = profileFor(told);
        }
      }
      judge.take(events);
    },
  });
  judge.end();
  const complete = completeness(tally, { skipped: counts.skipped, looked });
  if (complete.missing !== undefined) tally.withdraw(complete.missing);
  return {
    file: log.file,
    profile: judge.profile,
    ...(release === undefined ? {} : { release }),
    counts,
    tally,
    completeness: complete,
    garbled,
  };
}
