/** `judge`: every memory call of recorded logs, held to the contract. */
import { release } from 'node:os';
import { plural, table, thousands } from '../../reports/index.ts';
import { profileFor, type RuleInfo, rulesOf } from '../../spec/index.ts';
import { type Log, logsAt, UnreadableLog } from '../strace/index.ts';
import { type Counts, callText, type Judged, judgeLog, knownText, type Report, type Tally } from '../trace/index.ts';
import { badInput, EXIT, exitAfter } from './exit.ts';
import { type Answer, type Common, chosenProfile, type Session } from './session.ts';

/** Lines of a proof that are shown. */
const MOST_PROOF = 6;
/** Reasons for undecided calls that are shown as text. */
const MOST_REASONS = 12;

/** The logs behind a name, or the one line that says why there are none. */
export async function logsOrStop(file: string): Promise<readonly Log[]> {
  return orStop(() => logsAt(file, process.stdin));
}

/** What cannot be read ends the command. */
export async function orStop<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof UnreadableLog) throw badInput(error.message);
    throw error;
  }
}

/** By what logs are judged: `--profile`, what the log tells of its kernel, or the running kernel. */
export function profilesOf(options: Common): Parameters<typeof judgeLog>[1] {
  const chosen = chosenProfile(options);
  return { ...(chosen === undefined ? {} : { chosen }), usual: profileFor(release()) };
}

const percent = ({ decided, of }: { decided: number; of: number }): string =>
  of === 0 ? 'none' : `${thousands(decided)} of ${thousands(of)} (${((100 * decided) / of).toFixed(1)} %)`;

/** Where a forbidden call stands, what was seen against what was allowed, the rule, and the lines that prove it. */
function findingText(
  { event, rules, differences, allowed, proof }: Judged,
  sources: ReadonlyMap<string, RuleInfo>,
): string {
  const rule = rules.at(-1) ?? '';
  const source = sources.get(rule)?.source;
  const seen = differences.find((d) => d.aspect === 'result')?.seen ?? differences[0]?.seen ?? '';
  return [
    `FORBIDDEN  ${event.where.file}:${event.where.line}  ${callText(event)}`,
    `           seen     ${seen}`,
    `           allowed  ${allowed.join(' or ')}`,
    `           rule     ${rule}${source === undefined ? '' : `  — ${source}`}`,
    ...proof.slice(0, MOST_PROOF).map((k) => `           known    ${knownText(k)}, by ${k.last.file}:${k.last.line}`),
    ...(proof.length > MOST_PROOF ? [`           … and ${proof.length - MOST_PROOF} more`] : []),
  ].join('\n');
}

function countsText(tally: Tally): string {
  const rows = [...tally.calls].flatMap(([call, ends]) =>
    [...ends].map(([end, c]: [string, Counts]) => [call, end, c.allowed, c.forbidden, c.unknown] as const),
  );
  return table([
    ['call', 'ended', 'allowed', 'forbidden', 'unknown'],
    ...rows
      .sort((a, b) => (a[0] === b[0] ? (a[1] < b[1] ? -1 : 1) : a[0] < b[0] ? -1 : 1))
      .map(([call, end, ...counts]) => [call, end, ...counts.map(thousands)]),
  ]);
}

const reasonsOf = (tally: Tally) => [...tally.reasons.values()].sort((a, b) => b.count - a.count || a.line - b.line);

function reportText({ file, profile, release: told, counts, tally, completeness, garbled }: Report): string {
  const sources = new Map(rulesOf(profile).map((r) => [r.id, r]));
  const reasons = reasonsOf(tally);
  const by = `judged as ${profile.name}${told === undefined ? '' : `: the log is of ${told}`}`;
  return [
    `${file}: ${plural(counts.lines, 'line')}, ${plural(counts.calls, 'call')}, ${by}`,
    ...completeness.notes.map((note) => `note: ${note}`),
    ...garbled.slice(0, 5).map(({ line, column, why }) => `note: ${file}:${line}:${column}: ${why}`),
    ...(counts.garbled > 5 ? [`note: ${plural(counts.garbled, 'line')} cannot be read`] : []),
    '',
    ...tally.findings.map((f) => `${findingText(f, sources)}\n`),
    ...(tally.calls.size === 0 ? [] : [countsText(tally), '']),
    ...(tally.calls.has('mremap')
      ? [
          `mremap decided: ${percent(tally.decided('mremap', true))} that succeeded, ${percent(tally.decided('mremap', false))} that failed`,
        ]
      : []),
    ...(reasons.length === 0 ? [] : ['', 'not decided:']),
    ...reasons
      .slice(0, MOST_REASONS)
      .map((r) => `  ${thousands(r.count).padStart(9)}  ${r.call}: ${r.reason} (first: line ${r.line})`),
    ...(reasons.length > MOST_REASONS ? [`  and ${plural(reasons.length - MOST_REASONS, 'more reason')}`] : []),
    '',
    tally.forbidden === 0 ? 'nothing forbidden' : `forbidden: ${plural(tally.forbidden, 'call')}`,
  ].join('\n');
}

const findingData = ({ event, rules, differences, allowed, proof }: Judged): object => ({
  file: event.where.file,
  line: event.where.line,
  ...(event.where.endLine === event.where.line ? {} : { endLine: event.where.endLine }),
  pid: event.pid,
  call: callText(event),
  rules,
  differences,
  allowed,
  proof: proof.map((k) => ({ file: k.last.file, line: k.last.line, known: knownText(k) })),
});

function reportData({ file, profile, release: told, counts, tally, completeness, garbled }: Report): object {
  return {
    file,
    profile: profile.name,
    ...(told === undefined ? {} : { release: told }),
    lines: counts.lines,
    calls: counts.calls,
    garbled: { count: counts.garbled, lines: garbled },
    notes: completeness.notes,
    verdicts: tally.total(),
    ended: Object.fromEntries([...tally.calls].map(([call, ends]) => [call, Object.fromEntries(ends)])),
    mremap: { succeeded: tally.decided('mremap', true), failed: tally.decided('mremap', false) },
    unknown: reasonsOf(tally).map(({ call, reason, count, line }) => ({ call, reason, count, line })),
    forbidden: tally.forbidden,
    findings: tally.findings.map(findingData),
  };
}

export async function judge(session: Session, options: Common, files: readonly string[]): Promise<Answer> {
  const logs: object[] = [];
  let findings = 0;
  for (const file of files)
    for (const log of await logsOrStop(file)) {
      const report = await orStop(() => judgeLog(log, profilesOf(options)));
      session.say(reportText(report));
      logs.push(reportData(report));
      findings += report.tally.forbidden;
    }
  return { exit: files.length === 0 ? EXIT.input : exitAfter({ findings }), data: { logs } };
}
