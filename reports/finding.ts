/** A finding for people: the program, the call that deviated, seen against allowed, the state it started from. */
import { printProgram, printResult, printStep } from '../checker/program/index.ts';
import type { Finding, Group } from '../checker/run/index.ts';
import type { Step, Verdict } from '../spec/index.ts';
import { type Ink, PLAIN } from './ink.ts';
import { statesText, type TitledState } from './strips/index.ts';
import { indent, plural, sideBySide } from './table.ts';

/** The program's text with a mark at the call in position `index`. */
export function markedProgram(finding: Pick<Finding, 'program' | 'index'>): string {
  const bare = { ...finding.program, header: [] };
  let position = 0;
  return printProgram(bare)
    .trimEnd()
    .split('\n')
    .map((line) => {
      if (line.startsWith('#')) return `  ${line}`;
      return position++ === finding.index ? `▶ ${line}` : `  ${line}`;
    })
    .join('\n');
}

/** Differences that are told one by one: a whole huge page is 512. */
const MOST_SHOWN = 16;

const differenceLine = (aspect: string, page: number | undefined, text: string): string =>
  `${aspect}${page === undefined ? '' : ` at page 0x${page.toString(16)}`}: ${text}`;

/** What was seen and what would have been allowed, or was predicted, beside each other. */
export function seenAgainstAllowed(verdict: Verdict, result: string, title = 'allowed'): string {
  const seen = [result];
  const isWrong = verdict.differences.some(({ aspect }) => aspect === 'result');
  const allowed = [verdict.allowed.join(' or ') || (isWrong ? 'nothing' : result)];
  // The results stand in the first line already.
  const others = verdict.differences.filter(({ aspect }) => aspect !== 'result');
  for (const { aspect, page, seen: was, allowed: might } of others.slice(0, MOST_SHOWN)) {
    seen.push(differenceLine(aspect, page, was));
    allowed.push(differenceLine(aspect, page, might));
  }
  if (others.length > MOST_SHOWN) seen.push(`and ${others.length - MOST_SHOWN} more`);
  return sideBySide({ title: 'seen', rows: seen }, { title, rows: allowed });
}

/** Lines of the console that are shown of a kernel that fell over. */
const MOST_SAID = 60;

/** What the kernel said when it fell over in a call; nothing where it did not. */
export function consoleText({ console }: Step): string {
  if (console === undefined) return '';
  const more = console.length > MOST_SAID ? [`… and ${console.length - MOST_SAID} lines more`] : [];
  return `\nthe kernel fell over; its console:\n${indent([...console.slice(0, MOST_SAID), ...more].join('\n'))}`;
}

/** What was seen beside what the contract, or the program's text, says. */
export const against = (finding: Finding): string => {
  const { name } = finding.step.call;
  const result = printResult(name, finding.step.result);
  if (finding.kind === 'misprediction') return seenAgainstAllowed(finding.verdict, result, 'predicted');
  if (finding.expected === undefined)
    return `${seenAgainstAllowed(finding.verdict, result)}${consoleText(finding.step)}`;
  const written = printResult(name, finding.expected);
  return sideBySide({ title: 'seen', rows: [result] }, { title: 'written in the program', rows: [written] });
};

/** The states around a deviation: before the call, as seen after it, and where the contract decides as it should be. */
export function sidesOf({
  kind,
  before,
  verdict,
}: Pick<Finding, 'kind' | 'before' | 'verdict'>): readonly TitledState[] {
  const { next, closest } = verdict;
  const allowed = kind === 'forbidden' && closest !== undefined ? [{ title: 'allowed', state: closest }] : [];
  return [{ title: 'before', state: before }, { title: 'seen', state: next }, ...allowed];
}

/** Everything about one finding. */
export function findingText(finding: Finding, ink: Ink = PLAIN): string {
  const { step, verdict } = finding;
  const parts = [
    finding.origin,
    indent(markedProgram(finding)),
    printStep(step),
    indent(against(finding)),
    `rules: ${verdict.rules.join(', ') || 'none fired'}`,
    statesText(sidesOf(finding), ink),
  ];
  return parts.join('\n');
}

/** A new finding, with how often it was seen. */
export const groupText = ({ signature, count, example }: Group, ink: Ink = PLAIN): string => {
  const shrunk = example.shrunkFrom === undefined ? '' : `shrunk from ${plural(example.shrunkFrom, 'call')} of `;
  const seen = count === 1 ? 'once' : plural(count, 'time');
  return `${ink.bad(signature)}\n${indent(`seen ${seen}; with the fewest calls in ${shrunk}${findingText(example, ink)}`)}`;
};
