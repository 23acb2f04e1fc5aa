/**
 * The page "manual page against kernels": every rule that holds for the manual alone, or for kernels alone, each with the smallest program
 * that was found to show it. Programs are found by `main.ts`; all else of the page follows from the contract.
 */
import { EXAMPLE } from '../../checker/example.ts';
import { modelMachine } from '../../checker/model/index.ts';
import { type Program, parseProgram, printProgram, printResult } from '../../checker/program/index.ts';
import { CONTRACT, CORPUS_LOOKS, judgeRun } from '../../checker/run/index.ts';
import {
  type Errno,
  judge,
  PROFILES,
  type Profile,
  profileNamed,
  type RuleInfo,
  rulesOf,
  type State,
  type Step,
  type Verdict,
} from '../../spec/index.ts';

const MANUAL = profileNamed('documented') as Profile;
const KERNELS = PROFILES.filter((p) => p !== MANUAL);

/** A rule on which the manual and some kernels differ. */
export interface Differing {
  readonly id: string;
  /** Whose rule it is. */
  readonly side: 'manual' | 'kernels';
  readonly source: string;
  /** The error that a rule of the manual ends the call with. */
  readonly errno?: Errno;
  /** The kernels that do not keep it, or that alone have it; oldest first. */
  readonly kernels: readonly Profile[];
}

const ids = (rules: readonly RuleInfo[]): ReadonlySet<string> => new Set(rules.map((r) => r.id));

/** All rules on which the manual and kernels differ, by call in the order in which calls are decided. */
export function differing(): readonly Differing[] {
  const manual = rulesOf(MANUAL);
  const held = new Map(KERNELS.map((kernel) => [kernel, ids(rulesOf(kernel))]));
  const known = ids(manual);
  const lost = manual.flatMap(({ id, source, rule }): Differing[] => {
    const kernels = KERNELS.filter((kernel) => !held.get(kernel)?.has(id));
    const { then } = rule as { readonly then?: { readonly kind: string; readonly errno?: Errno } };
    const ends = then?.errno === undefined ? {} : { errno: then.errno };
    return kernels.length === 0 ? [] : [{ id, side: 'manual', source, kernels, ...ends }];
  });
  const own = new Map(KERNELS.flatMap((kernel) => rulesOf(kernel).map((rule) => [rule.id, rule] as const)));
  const added = [...own.values()].flatMap(({ id, source }): Differing[] => {
    if (known.has(id)) return [];
    return [{ id, side: 'kernels', source, kernels: KERNELS.filter((kernel) => held.get(kernel)?.has(id)) }];
  });
  return [...lost, ...added];
}

/** What the newest of a rule's kernels does at the end of a program, and what manual and kernel say of it. */
export interface Shown {
  readonly program: Program;
  /** Whether the rule has a part in the last call. */
  readonly fires: boolean;
  /** Results of all calls. */
  readonly results: readonly string[];
  readonly manual: Verdict;
}

/** The rules of the manual that would let a call end in an error, whatever it came to. */
export function rulesOfError(state: State, step: Step, errno: Errno): readonly string[] {
  const failed: Step = { call: step.call, result: { kind: 'error', errno }, seen: {} };
  const { kind, rules } = judge(MANUAL, state, failed);
  return kind === 'allowed' ? rules : [];
}

/** Runs a program on the model of the newest kernel that a rule concerns, and judges it by both sides. */
export async function show({ id, side, kernels, errno }: Differing, program: Program): Promise<Shown | undefined> {
  const kernel = kernels.at(-1) as Profile;
  const [run] = await modelMachine(EXAMPLE, kernel).run([program], CORPUS_LOOKS);
  if (run === undefined || run.defect !== undefined || run.steps.length < program.lines.length) return undefined;
  const judged = (profile: Profile) =>
    judgeRun({ contract: CONTRACT, profile, environment: EXAMPLE }, program, run, '');
  const [byManual, byKernel] = [judged(MANUAL), judged(kernel)];
  const [manual, own] = [byManual.verdicts.at(-1), byKernel.verdicts.at(-1)];
  const [before, step] = [byManual.states.at(-2), run.steps.at(-1)];
  if (manual === undefined || own === undefined || before === undefined || step === undefined) return undefined;
  const would = errno === undefined ? [] : rulesOfError(before, step, errno);
  const fires = side === 'manual' ? manual.rules.includes(id) || would.includes(id) : own.rules.includes(id);
  const results = run.steps.map(({ call, result }) => printResult(call.name, result));
  return { program, fires, results, manual };
}

/** `6.1 to 6.16`, `6.17 and later`, `all`. */
function releases(kernels: readonly Profile[]): string {
  const name = ({ name: full }: Profile): string => full.replace('linux-', '');
  if (kernels.length === KERNELS.length) return 'all kernels';
  const runs: Profile[][] = [];
  for (const kernel of KERNELS.filter((k) => kernels.includes(k))) {
    const last = runs.at(-1)?.at(-1);
    if (last !== undefined && KERNELS.indexOf(kernel) === KERNELS.indexOf(last) + 1) runs.at(-1)?.push(kernel);
    else runs.push([kernel]);
  }
  return runs
    .map((run) => {
      const [first, last] = [run[0] as Profile, run.at(-1) as Profile];
      if (last === KERNELS.at(-1)) return first === last ? name(first) : `${name(first)} and later`;
      return first === last ? name(first) : `${name(first)} to ${name(last)}`;
    })
    .join(', ');
}

function verdictText({ errno }: Differing, { manual, results }: Shown): string {
  const { kind, allowed, differences, reason } = manual;
  if (kind === 'unknown') return `The manual does not decide this: ${reason}.`;
  const other = errno === undefined || results.at(-1) === `-1 ${errno}` ? '' : `, and -1 ${errno}`;
  if (kind === 'allowed') return `The manual allows this as well${other}.`;
  const others = differences.filter((d) => d.aspect !== 'result').map((d) => `${d.aspect}: ${d.allowed}`);
  const result = differences.some((d) => d.aspect === 'result') ? [allowed.join(' or ') || 'no result'] : [];
  return `The manual would have: ${[...result, ...new Set(others)].join('; ')}.`;
}

function sectionOf(rule: Differing, shown: Shown | undefined): readonly string[] {
  const { id, side, source, kernels } = rule;
  const whose = side === 'manual' ? `not kept by ${releases(kernels)}` : `of ${releases(kernels)}`;
  const head = [`### ${id}`, '', `${source} (${whose})`, ''];
  if (shown === undefined) return [...head, 'No program of the corpus shows it.', ''];
  const rows = printProgram({ header: [], lines: shown.program.lines.map(({ comment, expect, ...line }) => line) });
  const calls = rows
    .trimEnd()
    .split('\n')
    .map((row, i) => `${row} = ${shown.results[i]}`);
  const kernel = kernels.at(-1)?.name ?? '';
  return [...head, '```', ...calls, '```', '', `So does ${kernel}. ${verdictText(rule, shown)}`, ''];
}

const HEAD = `# Manual page against kernels

Every rule that the manual pages have and some kernels do not, and the other way round, as the contract states them. Each stands with the
smallest program that was found for it among those of the corpus: what it comes to is what the model of the newest kernel concerned
does, and below it stands what the manual has to say of the last call.

Made by \`npm run docs\`; a test holds it to the contract.
`;

/** The page; programs by the id of the rule that they show. @throws Error where a program does not show its rule. */
export async function manualPage(programs: ReadonlyMap<string, Program>): Promise<string> {
  const all = differing();
  const rows: string[] = [HEAD];
  for (const side of ['manual', 'kernels'] as const) {
    const rules = all.filter((rule) => rule.side === side);
    rows.push(
      side === 'manual'
        ? '## What the manual says and kernels do not keep\n'
        : '## What kernels do and the manual does not say\n',
    );
    rows.push(`${rules.length} rules.\n`);
    for (const rule of rules) {
      const program = programs.get(rule.id);
      const shown = program === undefined ? undefined : await show(rule, program);
      if (program !== undefined && shown?.fires !== true) throw new Error(`the program of ${rule.id} does not show it`);
      rows.push(sectionOf(rule, shown).join('\n'));
    }
  }
  return rows.join('\n');
}

/** The programs of a page, by the id of the rule. */
export function programsOf(page: string): ReadonlyMap<string, Program> {
  const found = new Map<string, Program>();
  for (const [, id = '', section = ''] of page.matchAll(/^### (\S+)$([\s\S]*?)(?=^##|(?![\s\S]))/gm)) {
    const text = /^```\n([\s\S]*?)^```$/m.exec(section)?.[1];
    if (text === undefined) continue;
    const parsed = parseProgram(text, id);
    if (!parsed.ok) throw new Error(`${id}: ${parsed.errors[0]?.message}`);
    found.set(id, { header: [], lines: parsed.program.lines.map(({ expect, ...line }) => line) });
  }
  return found;
}
