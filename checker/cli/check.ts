/**
 * `check`: the corpus and random programs on the live kernel, judged under its profile and held against what the model says; some of them
 * on the model, with every inner step made to fail; and the smallest scope of the model to its last call.
 */
import {
  corpusText,
  distributionText,
  type FamilyCount,
  findingsText,
  indent,
  plural,
  rulesText,
  thousands,
  type Unreached,
  unknownText,
} from '../../reports/index.ts';
import { type Profile, rulesOf } from '../../spec/index.ts';
import { type Corpus, heldAgainst } from '../corpus/index.ts';
import type { Search } from '../explore/index.ts';
import { Foretold } from '../fuzz/index.ts';
import { programAt } from '../generate/index.ts';
import { Missing } from '../kernel/index.ts';
import type { Machine } from '../machine.ts';
import { type Program, printProgram } from '../program/index.ts';
import {
  CORPUS_LOOKS,
  type Defect,
  defectOf,
  Examples,
  explainedBy,
  Findings,
  judgeStream,
  randomLooks,
  type Sink,
  type Sourced,
  skipReason,
  Tally,
} from '../run/index.ts';
import { type Alarm, alarmOf, alarmText } from './check-canary.ts';
import { exploredText, exploreTiny } from './check-explore.ts';
import { type Faulted, modelText, withFaults } from './check-model.ts';
import { shrinkNew } from './check-shrink.ts';
import { EXIT, type Exit, exitAfter, gravest } from './exit.ts';
import { countsData, groupData, machineData, rulesData, tableData } from './json.ts';
import {
  type Answer,
  type Common,
  courtOf,
  errorData,
  kernelOrMissing,
  readOwnCorpus,
  type Session,
} from './session.ts';
import { statusLine } from './status.ts';

export interface CheckOptions extends Common {
  readonly programs: number;
}

interface Skipped {
  readonly file: string;
  readonly reason: string;
}

/** What a check came to, before it is put into words. */
interface Outcome {
  readonly machine: Machine;
  readonly profile: Profile;
  readonly tally: Tally;
  readonly findings: Findings;
  readonly defects: readonly Defect[];
  readonly families: readonly FamilyCount[];
  readonly skipped: readonly Skipped[];
  readonly random: { readonly programs: number; readonly calls: number };
  /** Programs whose runs the model foretold, and what it could not, by reason. */
  readonly foretold: Pick<Foretold, 'programs' | 'open'>;
  /** Programs on the model, with every inner step of every call made to fail. */
  readonly faulted: Faulted;
  readonly explored: Search;
  readonly alarm: Alarm;
  readonly rules: {
    readonly reached: number;
    readonly total: number;
    readonly unreached: readonly Unreached[];
    /** Rules that were reached although corpus/unreachable.json says that they cannot be. */
    readonly outdated: readonly string[];
    /** The smallest program for each. */
    readonly examples: Examples;
  };
}

export async function check(session: Session, common: Common): Promise<Answer> {
  const options = common as CheckOptions;
  const start = performance.now();
  const corpus = readOwnCorpus(session);
  const machine = await kernelOrMissing(session);
  if (machine instanceof Missing) return withoutKernel(session, corpus, machine.message);
  let outcome: Outcome;
  try {
    outcome = await run(session, options, corpus, machine);
  } finally {
    await machine.close();
  }
  tell(session, options, corpus, outcome);
  const seconds = (performance.now() - start) / 1000;
  const rate = thousands(outcome.tally.steps / seconds);
  session.say(`\n${plural(outcome.tally.steps, 'call')} judged in ${seconds.toFixed(1)} s, ${rate} a second`);
  const { exit } = verdictOf(corpus, outcome);
  return { exit, data: dataOf(corpus, outcome) };
}

/** What remains without a kernel: the texts of the corpus. */
function withoutKernel(session: Session, corpus: Corpus, missing: string): Answer {
  session.warn(`mremap-check: ${missing}`);
  session.say(`${plural(corpus.entries.length, 'program')} of the corpus can be read; nothing was run`);
  const families = countFamilies(corpus).list;
  return {
    exit: gravest(EXIT.missing, exitAfter({ errors: corpus.errors.length })),
    data: { missing, errors: errorData(corpus.errors), corpus: families, skipped: [] },
  };
}

function countFamilies(corpus: Corpus): { list: FamilyCount[]; of: Map<string, FamilyCount> } {
  const of = new Map<string, FamilyCount>();
  for (const { family } of corpus.entries) {
    const count = of.get(family) ?? { family, programs: 0, good: 0, deviating: 0, known: 0, skipped: 0 };
    count.programs++;
    of.set(family, count);
  }
  return { list: [...of.values()], of };
}

/** The programs that `(seed, environment)` stand for, each with its name. */
function* randomPrograms(seed: number, machine: Machine, count: number, defects: Defect[]): Generator<Sourced> {
  for (let i = 0; i < count; i++) {
    const origin = `seed ${seed} program ${i}`;
    let program: Program;
    try {
      program = programAt(seed, i, machine.environment);
    } catch (error) {
      defects.push(defectOf(origin, 'generator', error));
      continue;
    }
    yield { program, origin };
  }
}

/** Random programs that run on the model with faults too, beside all of the corpus: each of them stands for some sixty calls. */
const FAULTED_PROGRAMS = 150;

function* chain<T>(...all: readonly Iterable<T>[]): Generator<T> {
  for (const items of all) yield* items;
}

async function run(session: Session, options: CheckOptions, corpus: Corpus, machine: Machine): Promise<Outcome> {
  const court = courtOf(session, machine.environment);
  const tally = new Tally();
  const findings = new Findings((f) => explainedBy(corpus.known, court.profile, f));
  const status = statusLine(session.host.terminal && !options.json);
  const families = countFamilies(corpus);
  const familyOf = new Map(corpus.entries.map((e) => [e.file, families.of.get(e.family) as FamilyCount]));
  const all = rulesOf(court.profile);
  const progress = (seconds: number): string =>
    `${thousands(tally.programs)}/${thousands(corpus.entries.length + options.programs)} programs  ` +
    `${thousands(tally.steps / seconds)} calls/s  rules ${tally.rules.size}/${all.length}  ` +
    `findings ${thousands(findings.count('new'))} new, ${thousands(findings.count('known'))} known`;
  const foretold = new Foretold(court, machine, session.host.startModel(machine.environment, court.profile));
  let batch: Sourced[] = [];
  const sink: Sink & { readonly examples: Examples } = {
    tally,
    findings,
    defects: [],
    examples: new Examples(),
    onBatch: async () => {
      const compared = await foretold.compare(batch);
      for (const finding of compared.findings) findings.add(finding);
      sink.defects.push(...compared.defects);
      batch = [];
      status.show(progress);
    },
    onProgram: (sourced, deviations, unexplained) => {
      batch.push(sourced);
      const { origin } = sourced;
      const family = familyOf.get(origin);
      if (family === undefined) return;
      if (deviations === 0) family.good++;
      else if (unexplained === 0) family.known++;
      else family.deviating++;
    },
  };
  const { ready, skipped } = sortOut(corpus, machine, familyOf);
  // In a thread of its own, beside all else.
  const tried = session.host.canary(session.host.home, options.seed);
  tried.catch(() => undefined);
  try {
    await judgeStream(court, foretold.kernel, ready, () => CORPUS_LOOKS, sink);
    const before = { programs: tally.programs, calls: tally.steps };
    const source = randomPrograms(options.seed, machine, options.programs, sink.defects);
    await judgeStream(court, foretold.kernel, source, randomLooks, sink);
    await shrinkNew(court, machine, foretold, findings, sink.defects);
    const some = randomPrograms(options.seed, machine, Math.min(options.programs, FAULTED_PROGRAMS), []);
    const faulted = await withFaults(session, court, corpus.known, options.seed, chain(ready, some), sink);
    const explored = await exploreTiny(session, court.profile, machine.environment.release, corpus.known, findings);
    const alarm = alarmOf(await tried);
    const random = { programs: tally.programs - before.programs, calls: tally.steps - before.calls };
    const unreached = all.filter((r) => !tally.rules.has(r.id)).map((r) => unreachedBy(r.id, corpus));
    const outdated = [...corpus.unreachable.keys()].filter((rule) => tally.rules.has(rule));
    const rules = {
      reached: all.length - unreached.length,
      total: all.length,
      unreached,
      outdated,
      examples: sink.examples,
    };
    const { defects } = sink;
    return {
      machine,
      profile: court.profile,
      tally,
      findings,
      defects,
      families: families.list,
      skipped,
      random,
      foretold,
      faulted,
      explored,
      alarm,
      rules,
    };
  } finally {
    status.clear();
  }
}

const unreachedBy = (rule: string, corpus: Corpus): Unreached => {
  const reason = corpus.unreachable.get(rule);
  return reason === undefined ? { rule } : { rule, reason };
};

/** What of the corpus this machine can run. */
function sortOut(corpus: Corpus, machine: Machine, familyOf: ReadonlyMap<string, FamilyCount>) {
  const ready: Sourced[] = [];
  const skipped: Skipped[] = [];
  for (const { file, program } of corpus.entries) {
    const reason = skipReason(program, machine.environment);
    if (reason === undefined) ready.push({ program: heldAgainst(program, machine), origin: file });
    else {
      skipped.push({ file, reason });
      const family = familyOf.get(file);
      if (family !== undefined) family.skipped++;
    }
  }
  return { ready, skipped };
}

function verdictOf(corpus: Corpus, { findings, defects, alarm }: Outcome): { exit: Exit; words: string } {
  const fresh = findings.count('new');
  const broken = alarm.broken === undefined ? 0 : 1;
  const exit = exitAfter({ defects: defects.length + broken, findings: fresh, errors: corpus.errors.length });
  if (alarm.broken !== undefined) return { exit, words: alarmText(alarm) };
  if (defects.length > 0) return { exit, words: `DEFECT: nothing can be said of ${plural(defects.length, 'program')}` };
  if (fresh > 0) return { exit, words: `FORBIDDEN: ${plural(fresh, 'new finding')}` };
  if (corpus.errors.length > 0) return { exit, words: `unreadable: ${corpus.errors.map((e) => e.file).join(', ')}` };
  return { exit, words: 'nothing forbidden' };
}

const defectText = ({ origin, reason, stack }: Defect, trace: boolean): string =>
  `  ${origin}: ${reason}${trace && stack !== undefined ? `\n${indent(stack, '    ')}` : ''}`;

function tell(session: Session, options: CheckOptions, corpus: Corpus, outcome: Outcome): void {
  const {
    machine,
    profile,
    tally,
    findings,
    defects,
    families,
    skipped,
    random,
    foretold,
    faulted,
    explored,
    alarm,
    rules,
  } = outcome;
  const say = (text: string | undefined): void => {
    if (text !== undefined) session.say(`\n${text}`);
  };
  session.say(`${machine.name} ${machine.environment.release}, judged as ${profile.name}, seed ${options.seed}`);
  if (families.length > 0) say(corpusText(families));
  if (skipped.length > 0) say(`skipped:\n${skipped.map((s) => `  ${s.file}: ${s.reason}`).join('\n')}`);
  say(`random: ${plural(random.programs, 'program')}, ${plural(random.calls, 'call')}`);
  say(distributionText('calls', tally.calls));
  say(distributionText('mremap by family', tally.families));
  say(rulesText(rules.reached, rules.total, rules.unreached));
  if (rules.outdated.length > 0)
    say(`reached although corpus/unreachable.json denies it: ${rules.outdated.join(', ')}`);
  say(unknownText(tally));
  say(modelText(foretold, faulted));
  say(exploredText(explored));
  say(alarmText(alarm));
  if (defects.length > 0) say(`not judged:\n${defects.map((d) => defectText(d, options.trace === true)).join('\n')}`);
  say(findingsText(findings.list('known'), findings.list('new'), session.host.ink));
  say(verdictOf(corpus, outcome).words);
}

const dataOf = (corpus: Corpus, o: Outcome): Record<string, unknown> => ({
  machine: machineData(o.machine, o.profile),
  environment: o.machine.environment,
  errors: errorData(corpus.errors),
  corpus: o.families,
  skipped: o.skipped,
  random: o.random,
  model: {
    foretold: o.foretold.programs,
    open: countsData(o.foretold.open),
    faulted: { programs: o.faulted.programs, calls: o.faulted.calls },
  },
  explored: {
    scope: o.explored.scope.name,
    states: o.explored.states.count,
    transitions: o.explored.total.transitions,
  },
  canary: o.alarm,
  verdicts: o.tally.verdicts,
  unknown: countsData(o.tally.unknown),
  calls: tableData(o.tally.calls),
  families: tableData(o.tally.families),
  rules: {
    reached: o.rules.reached,
    total: o.rules.total,
    unreached: o.rules.unreached,
    outdated: o.rules.outdated,
    all: rulesData(o.profile, o.tally.rules, (rule) => {
      const example = o.rules.examples.of(rule);
      return example && { origin: example.origin, program: printProgram(example.program) };
    }),
  },
  findings: [...o.findings.list('new'), ...o.findings.list('known')].map(groupData),
  defects: o.defects.map(({ origin, reason }) => ({ origin, reason })),
});
