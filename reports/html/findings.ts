/** Findings by family: the program, the address space around each call, seen beside allowed, the rules that fired, how to see it again. */
import { familyOf } from '../../checker/generate/index.ts';
import { parseProgram } from '../../checker/program/index.ts';
import { type Environment, profileFor, profileNamed, rulesOf } from '../../spec/index.ts';
import { type Markup, markup } from '../markup.ts';
import { plural, thousands } from '../table.ts';
import { environmentOf, type FindingData, type KeptData, type ReportedAnswer } from './data.ts';
import { programMarkup } from './program.ts';
import { reproducerIn } from './reproduce.ts';
import { type Shown, stepMarkup, stripsOf } from './step.ts';
import { type Side, type Trace, traceOf } from './trace.ts';

/** Calls before the deviating one that are drawn; the rest can be stepped through. */
const MOST_CALLS = 16;

/** A finding with what is known of the run that showed it. */
interface Placed {
  readonly finding: FindingData;
  readonly command: string;
  readonly environment: Environment;
  /** The profile it was judged by. */
  readonly profile: string;
}

/** `pure move`, …, or the call's name. */
function family({ call }: FindingData): string {
  const parsed = parseProgram(call);
  const line = parsed.ok ? parsed.program.lines[0] : undefined;
  if (line === undefined) return 'other';
  const { name, operands } = line;
  return name === 'mremap' ? familyOf(operands.map(({ offset }) => BigInt.asUintN(64, offset))) : name;
}

function placedIn(answer: ReportedAnswer): readonly Placed[] {
  if (answer.command === 'mutants' || answer.environment === undefined) return [];
  const { command, findings = [] } = answer;
  const environment = environmentOf(answer.environment);
  const profile = answer.command === 'explore' ? answer.profile : (answer.machine?.profile ?? '');
  return findings.map((finding) => ({ finding, command, environment, profile }));
}

const placedOf = ({ findings, environment, profile }: KeptData): readonly Placed[] =>
  findings.map((finding) => ({ finding, command: 'nightly', environment: environmentOf(environment), profile }));

/** Every finding of the answers, and those that were kept, but for what the answers show themselves. */
export function findingsIn(answers: readonly ReportedAnswer[], kept?: KeptData): readonly Placed[] {
  const placed = answers.flatMap(placedIn);
  const told = new Set(placed.map(({ finding }) => finding.signature));
  const others = kept === undefined ? [] : placedOf(kept);
  return [...placed, ...others.filter(({ finding }) => !told.has(finding.signature))];
}

/** The command that shows it again. */
function reproduction({ finding, command, environment, profile }: Placed): string {
  const { origin, machine, program } = finding;
  const onModel = machine === 'model' || command === 'explore' || program.includes('(fault ');
  const options = [
    ...(onModel ? ['--machine model'] : []),
    ...(profile === profileFor(environment.release).name ? [] : [`--profile ${profile}`]),
  ].join(' ');
  const drawn = /^seed (\d+) program (\d+)$/.exec(origin);
  const line =
    drawn !== null && command === 'check'
      ? `npx mremap-check shrink --seed ${drawn[1]} --program ${drawn[2]}`
      : `npx mremap-check replay ${/^[\w./-]+\.prog$/.test(origin) ? origin : 'finding.prog'}`;
  return `${line} ${options}`.trim();
}

/** The finding as C: as it was given, or written now. */
function cOf({ finding, environment, profile }: Placed): string | undefined {
  const parsed = parseProgram(finding.program);
  const rules = profileNamed(profile);
  if (finding.c !== undefined || !parsed.ok || rules === undefined) return finding.c;
  return reproducerIn(parsed.program, environment, rules, finding.origin);
}

/** The finding's program on the model; nothing where this version cannot read it, or the model cannot run it. */
function traced({ finding, environment, profile }: Placed): Trace | undefined {
  const parsed = parseProgram(finding.program);
  const rules = profileNamed(profile);
  if (!parsed.ok || rules === undefined) return undefined;
  try {
    return traceOf(parsed.program, environment, rules, rules);
  } catch {
    return undefined;
  }
}

const AGAINST = {
  forbidden: 'allowed',
  property: 'allowed',
  expectation: 'written in the program',
  misprediction: 'predicted',
} as const;

/** The call that deviates, as the machine showed it. */
function deviation({ finding }: Placed, trace: Trace | undefined): Shown {
  const { kind, call, result, expected, rules, differences, allowed, states, index } = finding;
  const drawn = trace?.calls[index];
  const side = (space: Side['space'], strains: Side['strains'] = []): Side => ({ space, strains });
  const missed = expected === undefined ? [] : [{ aspect: 'result', seen: result, allowed: expected }];
  return {
    call,
    result,
    verdict: 'forbidden',
    rules,
    allowed: expected === undefined ? allowed : [expected],
    differences: missed.length > 0 && differences.length === 0 ? missed : differences,
    before: side(states.before, drawn?.before.strains),
    after: side(states.seen, drawn?.after.strains),
    ...(states.allowed === undefined ? {} : { closest: side(states.allowed, drawn?.after.strains) }),
    against: AGAINST[kind],
  };
}

function earlier(trace: Trace | undefined, index: number): Markup | false {
  const calls = trace?.calls.slice(0, index) ?? [];
  if (calls.length === 0) return false;
  const from = Math.max(0, calls.length - MOST_CALLS);
  const steps = calls
    .slice(from)
    .map(
      (call, i) => markup`<li value="${from + i + 1}"><code>${call.call} = ${call.result}</code>${stripsOf(call)}</li>`,
    );
  const left = from > 0 && markup`<p class="note">${plural(from, 'call')} before these can be stepped through.</p>`;
  return markup`<details><summary>${plural(calls.length, 'call')} before it, on the model</summary>${left}<ol class="calls">${steps}</ol></details>`;
}

/** A finding of the corpus without its folder. */
const nameOf = (file: string): string => file.replace(/^.*\//, '').replace(/\.prog$/, '');

function findingMarkup(placed: Placed, number: number): Markup {
  const { finding, profile, command } = placed;
  const { kind, known, signature, count, machine, origin, shrunkFrom, index } = finding;
  const trace = traced(placed);
  const catalogue = profileNamed(profile);
  const sources = new Map(catalogue === undefined ? [] : rulesOf(catalogue).map((r) => [r.id, r.source]));
  const name = known === undefined ? 'new' : 'known';
  const facts = [
    `${kind === 'forbidden' ? 'contract broken' : kind}, by ${command}${machine === undefined ? '' : ` on the ${machine}`}`,
    `seen ${count === 1 ? 'once' : plural(count, 'time')}`,
    `in ${origin}${shrunkFrom === undefined ? '' : `, shrunk from ${plural(shrunkFrom, 'call')}`}`,
  ].join('; ');
  return markup`<details class="finding ${name}" ${known === undefined && markup`open`}><summary><span class="badge ${known === undefined ? 'bad' : 'unsure'}">${name}</span> <span class="signature">${known === undefined ? signature : known.map(nameOf).join(' and ')}</span> <small>${known !== undefined && signature} ${thousands(count)}×</small></summary>
<p class="note">${facts}${known !== undefined && markup`; explained by ${known.map((file, i) => markup`${i > 0 ? ' and ' : ''}<code>${file}</code>`)}`}</p>
${programMarkup(`finding-${number}`, finding.program, `the program, ${plural(index + 1, 'call')}`, cOf(placed))}
<p class="reproduce">see it again: <code>${reproduction(placed)}</code></p>
${earlier(trace, index)}
<h4>Call ${index + 1}</h4>${stepMarkup(deviation(placed, trace), sources)}</details>`;
}

/** The findings of all answers, new ones first, by family. */
export function findingsMarkup(answers: readonly ReportedAnswer[], kept?: KeptData): Markup | undefined {
  if (kept === undefined && answers.every(({ command }) => command === 'mutants')) return undefined;
  const all = findingsIn(answers, kept).map((placed, number) => ({ placed, number, family: family(placed.finding) }));
  const isNew = ({ placed }: (typeof all)[number]): boolean => placed.finding.known === undefined;
  const families = [...Map.groupBy(all, (one) => one.family)].sort(
    ([a, one], [b, other]) => other.filter(isNew).length - one.filter(isNew).length || (a < b ? -1 : 1),
  );
  const parts = families.map(([name, findings]) => {
    const sorted = [...findings].sort((a, b) => Number(isNew(b)) - Number(isNew(a)));
    const fresh = findings.filter(isNew).length;
    return markup`<h3>${name} <small>${fresh} new, ${findings.length - fresh} known</small></h3>${sorted.map(({ placed, number }) => findingMarkup(placed, number))}`;
  });
  const none = markup`<p class="empty">Nothing deviated.</p>`;
  return markup`<section id="findings" aria-labelledby="findings-title"><h2 id="findings-title">Findings</h2>${parts.length === 0 ? none : parts}</section>`;
}
