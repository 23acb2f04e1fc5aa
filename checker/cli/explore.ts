/** `explore`: every program of a small scope, with every single fault, on the model; each transition is judged. */
import { join } from 'node:path';
import { findingsText, plural } from '../../reports/index.ts';
import type { Environment, Profile } from '../../spec/index.ts';
import { EXAMPLE } from '../example.ts';
import {
  type Attribute,
  Checkpoint,
  identityOf,
  type Kind,
  PRESETS,
  type Scope,
  scopeError,
  Unusable,
} from '../explore/index.ts';
import type { MakeBench, ShrunkReport } from '../fuzz/index.ts';
import { type Defect, defectOf, type Explanation, type Finding, type Group } from '../run/index.ts';
import { clock } from './clock.ts';
import { badInput, exitAfter } from './exit.ts';
import {
  claimText,
  type Explored,
  exploredData,
  levelsText,
  MIB,
  openText,
  progressText,
  reachedText,
  scopeText,
} from './explored.ts';
import {
  type Answer,
  type Common,
  errorData,
  exploredProfile,
  readOwnCorpus,
  type Session,
  versionOf,
} from './session.ts';
import { statusLine } from './status.ts';
import { writerOf } from './writing.ts';

/** Options that change a scope. */
export interface ScopeOptions {
  readonly pages?: number;
  readonly longest?: number;
  readonly depth?: number;
  readonly attributes?: readonly Attribute[];
  readonly layouts?: readonly string[];
  readonly kinds?: readonly Kind[];
  readonly faults?: boolean;
}

export interface ExploreOptions extends Common, ScopeOptions {
  readonly jobs: number;
  /** MiB. */
  readonly memory: number;
  /** Seconds. */
  readonly time?: number;
  readonly checkpoint?: string;
  readonly corpus?: string;
  readonly date?: string;
}

/** Findings that are made simple; when more kinds come, something is wrong altogether. */
const MOST_SHRUNK = 20;

/** The scope of a preset, or one of its own, changed as the options say. */
export function scopeOf(name: string | undefined, options: ScopeOptions): Scope {
  const presets: Readonly<Record<string, Scope>> = PRESETS;
  const preset = name === undefined ? undefined : presets[name];
  if (name !== undefined && preset === undefined)
    throw badInput(`there is no scope ${name}; there are ${Object.keys(PRESETS).join(', ')}`);
  const base: Scope = preset ?? OWN;
  const { pages = base.pages, depth = base.depth, attributes = base.attributes } = options;
  const { layouts = base.layouts, kinds = base.kinds, faults = base.faults } = options;
  const longest = options.longest ?? Math.min(base.longest, pages);
  const scope = { ...base, pages, longest, depth, attributes, layouts, kinds, faults };
  const wrong = scopeError(scope);
  if (wrong !== undefined) throw badInput(wrong);
  return scope;
}

/** What is meant where no preset is named. */
const OWN: Scope = {
  name: 'own',
  pages: 4,
  longest: Number.POSITIVE_INFINITY,
  depth: 3,
  attributes: [],
  faults: false,
  layouts: [''],
  kinds: [],
};

export async function explore(session: Session, common: Common, [name]: readonly string[]): Promise<Answer> {
  const options = common as ExploreOptions;
  const scope = scopeOf(name, options);
  const environment = EXAMPLE;
  const profile = exploredProfile(options);
  const corpus = readOwnCorpus(session);
  session.say(`model of ${profile.name}\n${scopeText(scope)}`);
  const explored = await search(session, options, scope, environment, profile, corpus.known);
  tell(session, explored);
  const findings = explored.search.findings.list('new').length;
  return {
    exit: exitAfter({ defects: explored.defects.length, findings, errors: corpus.errors.length }),
    data: exploredData(explored, profile, environment, errorData(corpus.errors)),
  };
}

/** Findings are made simple one after the other, while the search goes on. */
function simplifier(
  shrink: (finding: Finding) => Promise<ShrunkReport>,
  write: (report: ShrunkReport, first: Finding) => void,
) {
  const simple = new Map<string, Finding>();
  const defects: Defect[] = [];
  let working: Promise<void> = Promise.resolve();
  let begun = 0;
  const one = async ({ signature, example }: Group): Promise<void> => {
    try {
      const report = await shrink(example);
      write(report, example);
      const { finding, from } = report;
      if (from !== undefined) simple.set(signature, { ...finding, shrunkFrom: from });
    } catch (error) {
      defects.push(defectOf(example.origin, 'minimiser', error));
    }
  };
  return {
    take: (group: Group): void => {
      if (begun++ < MOST_SHRUNK) working = working.then(() => one(group));
    },
    /** The groups, simple where they could be made so. */
    done: async (groups: readonly Group[]): Promise<Explored['groups']> => {
      await working;
      return groups.map((group) => ({ ...group, example: simple.get(group.signature) ?? group.example }));
    },
    defects,
  };
}

async function search(
  session: Session,
  options: ExploreOptions,
  scope: Scope,
  environment: Environment,
  profile: Profile,
  known: readonly Explanation[],
): Promise<Explored> {
  const { host } = session;
  const { makeBench } = (await import(host.bench)) as { makeBench: MakeBench };
  const { seed } = options;
  const bench = await makeBench({
    machine: 'model',
    bench: host.bench,
    environment,
    profile,
    faults: true,
    seed,
    known,
  });
  const { found, write } = writerOf(session, { ...options, name: 'model' }, environment, profile);
  const simple = simplifier((finding) => bench.shrink(finding), write);
  const settings = { scope, environment, profile, judged: true, known };
  const checkpoint = checkpointOf(session, options, scope, identityOf(settings, versionOf(host)));
  const status = statusLine(host.terminal && !options.json);
  const watch = clock(session, options.time);
  try {
    const from = checkpoint?.load();
    if (from !== undefined) session.say(`going on from ${plural(from.levels.length, 'level')} of an earlier run`);
    const ended = await host.explore({
      ...settings,
      jobs: options.jobs,
      mostBytes: options.memory * MIB,
      isOver: watch.isOver,
      onProgress: (progress) => status.show((seconds) => progressText(progress(), seconds)),
      onMerged: (current) => checkpoint?.save(current),
      onFound: (group) => {
        found(group.example);
        simple.take(group);
      },
      ...(from === undefined ? {} : { from }),
    });
    checkpoint?.save(ended, true);
    status.clear();
    const groups = await simple.done([...ended.findings.list('known'), ...ended.findings.list('new')]);
    return { search: ended, groups, defects: simple.defects };
  } catch (error) {
    if (error instanceof Unusable) throw badInput(error.message);
    throw error;
  } finally {
    status.clear();
    watch.forget();
    await bench.close();
  }
}

/** Where a search is kept that takes long: where the options say, or for the night in the cache. */
function checkpointOf(
  { host }: Session,
  { checkpoint }: ExploreOptions,
  { name }: Scope,
  identity: string,
): Checkpoint | undefined {
  const folder =
    checkpoint ?? (name === 'night' ? join(host.home, '.cache', 'explore', identity.slice(0, 16)) : undefined);
  return folder === undefined ? undefined : new Checkpoint(folder, identity);
}

function tell(session: Session, explored: Explored): void {
  const { search: ended, groups, defects } = explored;
  const say = (text: string): void => session.say(`\n${text}`);
  say(levelsText(ended));
  say(claimText(ended));
  say(reachedText(ended));
  if (ended.open.size > 0) say(openText(ended.open));
  for (const { origin, reason } of defects) say(`not made simple: ${origin}: ${reason}`);
  const isKnown = ({ known }: Group): boolean => known !== undefined;
  say(
    findingsText(
      groups.filter(isKnown),
      groups.filter((group) => !isKnown(group)),
      session.host.ink,
    ),
  );
  const fresh = groups.length - groups.filter(isKnown).length;
  say(fresh > 0 ? `FORBIDDEN: ${plural(fresh, 'new kind')} of findings` : 'nothing forbidden');
}
