/** The answers of `--json`, exactly. What stands here is the interface: a change of meaning is a new version. */
import { z } from 'zod';
import { diff } from './schema-diff.ts';
import { explore } from './schema-explore.ts';
import { build, faults } from './schema-faults.ts';
import { kernelFetch, kernelList, matrix } from './schema-kernels.ts';
import { mutants } from './schema-mutants.ts';
import {
  count,
  counts,
  environment,
  finding,
  head,
  kind,
  machine,
  prediction,
  replayStep,
  textError,
} from './schema-parts.ts';
import { repro } from './schema-repro.ts';
import { measure } from './schema-space.ts';
import { extract, judge } from './schema-trace.ts';

export { SCHEMA } from './schema-parts.ts';

/** What a night came to; the answers of its stages are those of their commands. */
const nightly = z.strictObject({
  ...head,
  command: z.literal('nightly'),
  /** From 1 on. */
  night: count,
  /** How often it was begun. */
  starts: count,
  /** As read, with what is usual in the place of what was not said; times in seconds. */
  config: z.record(z.string(), z.unknown()),
  stages: z.array(z.strictObject({ name: z.string(), exit: count, answer: z.record(z.string(), z.unknown()) })),
  /** Findings of all nights: those that still fail, files that cannot be read, what is kept, how many were dropped. */
  corpus: z.strictObject({ failing: count, damaged: count, kept: z.array(z.string()), dropped: count }),
  /** The page; absent where there is nothing to show. */
  report: z.string().optional(),
  /** Lines of the trend that were passed over. */
  damaged: z.array(z.string()),
});

/** An answer that ended early: `error` says why in one line. */
const stopped = z.strictObject({
  ...head,
  command: z.enum([
    'check',
    'fuzz',
    'explore',
    'replay',
    'explain',
    'shrink',
    'probe',
    'kernel fetch',
    'kernel list',
    'matrix',
    'corpus list',
    'corpus add',
    'corpus check',
    'corpus minimise',
    'diff',
    'mutants',
    'nightly',
    'report',
    'judge',
    'extract',
    'repro',
    'faults',
    'kernel build',
  ]),
  error: z.string(),
  errors: z.array(textError).optional(),
});

/** A rule of the profile, in the order of the contract: how often it fired, and the program with the fewest calls that reached it. */
const rule = z.strictObject({
  rule: z.string(),
  source: z.string(),
  since: z.string().optional(),
  until: z.string().optional(),
  fired: count,
  example: z.strictObject({ origin: z.string(), program: z.string() }).optional(),
});

const check = z.strictObject({
  ...head,
  command: z.literal('check'),
  /** Absent where no program could be run. */
  machine: machine.optional(),
  environment: environment.optional(),
  /** Why no program could be run. */
  missing: z.string().optional(),
  errors: z.array(textError),
  corpus: z.array(
    z.strictObject({
      family: z.string(),
      programs: count,
      good: count,
      deviating: count,
      known: count,
      skipped: count,
    }),
  ),
  skipped: z.array(z.strictObject({ file: z.string(), reason: z.string() })),
  random: z.strictObject({ programs: count, calls: count }).optional(),
  /** Programs that were compared with the model, what it could not foretell, and what ran on it with failing inner steps. */
  model: z
    .strictObject({ foretold: count, open: counts, faulted: z.strictObject({ programs: count, calls: count }) })
    .optional(),
  /** What was explored on the model to its last call. */
  explored: z.strictObject({ scope: z.string(), states: count, transitions: count }).optional(),
  /** The mutant of the model that had to be found, after how many programs it was, or why the alarm is broken. */
  canary: z
    .strictObject({ mutant: z.string().optional(), after: count.optional(), broken: z.string().optional() })
    .optional(),
  verdicts: z.strictObject({ allowed: count, forbidden: count, unknown: count }).optional(),
  unknown: counts.optional(),
  calls: z.record(z.string(), counts).optional(),
  families: z.record(z.string(), counts).optional(),
  rules: z
    .strictObject({
      reached: count,
      total: count,
      unreached: z.array(z.strictObject({ rule: z.string(), reason: z.string().optional() })),
      /** Reached, although corpus/unreachable.json says that they cannot be. */
      outdated: z.array(z.string()),
      all: z.array(rule),
    })
    .optional(),
  findings: z.array(finding).optional(),
  /** Programs of which nothing can be said, because the machine, the judge or the generator failed. */
  defects: z.array(z.strictObject({ origin: z.string(), reason: z.string() })).optional(),
});

const replay = z.strictObject({
  ...head,
  command: z.literal('replay'),
  /** The first of `machines`. */
  machine: machine.optional(),
  machines: z.array(machine).optional(),
  /** Why there is no kernel, although nobody asked to do without. */
  missing: z.string().optional(),
  errors: z.array(textError),
  /** For each machine every program. */
  programs: z.array(
    z.strictObject({
      file: z.string(),
      /** The name of the machine that ran it. */
      machine: z.string(),
      steps: z.array(replayStep),
      /** What of the corpus explains all that deviates; absent where nothing does, or where something is new. */
      known: z.array(z.string()).optional(),
      /** Why it was not run: a program of a folder that this machine cannot run. */
      skipped: z.string().optional(),
      defect: z.string().optional(),
    }),
  ),
  /** With both machines: every program that both ran. */
  predictions: z.array(prediction).optional(),
});

const explain = z.strictObject({
  ...head,
  command: z.literal('explain'),
  machine: machine.optional(),
  errors: z.array(textError),
  steps: z.array(
    replayStep.extend({
      /** The rules that fired, in order, with where they stand. */
      sources: z.array(z.strictObject({ rule: z.string(), source: z.string() })),
      /** The states before and after, drawn. */
      picture: z.string(),
      /** On the model: how many inner steps of the call can be made to fail. */
      faultPoints: count.optional(),
    }),
  ),
  /** With both machines. */
  prediction: prediction.optional(),
});

const shrink = z.strictObject({
  ...head,
  command: z.literal('shrink'),
  machine: machine.optional(),
  errors: z.array(textError),
  /** A file, or `seed S program N`; absent where the text was no program. */
  origin: z.string().optional(),
  /** Absent where nothing deviates. */
  shrunk: z
    .strictObject({
      kind,
      /** Stricter than that of a finding: all aspects that differ, and the rule that decided. */
      signature: z.string(),
      /** With its header, as it could stand in a file. */
      program: z.string(),
      /** Up to the call that deviates, before and after. */
      calls: z.strictObject({ from: count, to: count }),
      /** How many programs were tried. */
      candidates: count,
      /** Whether nothing was left to try. */
      complete: z.boolean(),
      reproduced: count,
      runs: count,
      index: count,
      step: replayStep,
    })
    .optional(),
});

/** How far a run of the fuzzer was. */
const growth = z.strictObject({ programs: count, calls: count, keys: count, pool: count, fresh: count });

const fuzz = z.strictObject({
  ...head,
  command: z.literal('fuzz'),
  machine,
  environment,
  errors: z.array(textError),
  /** Why fewer programs were run than asked for; absent where they all were. */
  ended: z.enum(['time', 'interrupted']).optional(),
  programs: count,
  /** Of the judged steps; with faults, those of every failure that was forced. */
  calls: count,
  /** Different combinations of rule, outcome, and rule of the step before. */
  keys: count,
  /** Programs that are kept, and that were and had to go. */
  pool: z.strictObject({ programs: count, dropped: count }),
  /** Each time the number of programs had doubled, and in the end; `fresh`: kinds of new findings. */
  growth: z.array(growth),
  /** What could not be decided or predicted: how often. */
  open: counts,
  rules: z.strictObject({ reached: count, total: count, all: z.array(rule) }),
  findings: z.array(finding),
  /** What became of new findings in the corpus. */
  written: z.strictObject({ new: count, smaller: count, known: count }),
  defects: z.array(z.strictObject({ origin: z.string(), reason: z.string() })),
  /** The same for the same run, on however many threads. */
  hash: z.string(),
});

const probe = z.strictObject({
  ...head,
  command: z.literal('probe'),
  profile: z.string(),
  kernel: z.record(z.string(), z.unknown()),
});

const corpusList = z.strictObject({
  ...head,
  command: z.literal('corpus list'),
  errors: z.array(textError),
  families: z.array(
    z.strictObject({
      family: z.string(),
      programs: z.array(
        z.strictObject({
          file: z.string(),
          calls: count,
          /** Of findings. */
          signature: z.string().optional(),
          /** What the program pins down, in one line. */
          pins: z.string().optional(),
        }),
      ),
    }),
  ),
});

const corpusCheck = z.strictObject({
  ...head,
  command: z.literal('corpus check'),
  /** How many can be used. */
  programs: count,
  errors: z.array(textError),
  /** Temporary files of writers that were killed. */
  leftovers: z.array(z.string()),
});

const corpusAdd = z.strictObject({
  ...head,
  command: z.literal('corpus add'),
  machine: machine.optional(),
  errors: z.array(textError),
  programs: z.array(
    z.strictObject({
      file: z.string(),
      /** Where it stands in the corpus now; of a finding, where the smallest of its kind stands. */
      added: z.string().optional(),
      calls: count.optional(),
      /** For what deviates: whether it is the first of its kind, or smaller than the one that was there, or dropped. */
      finding: z.enum(['new', 'smaller', 'known']).optional(),
      signature: z.string().optional(),
      /** Why it was not added. */
      refused: z.string().optional(),
    }),
  ),
});

const corpusMinimise = z.strictObject({
  ...head,
  command: z.literal('corpus minimise'),
  machine: machine.optional(),
  errors: z.array(textError),
  dryRun: z.boolean(),
  programs: z.array(
    z.strictObject({
      file: z.string(),
      calls: z.strictObject({ from: count, to: count }),
      /** The simpler text; absent where there is none. */
      program: z.string().optional(),
      /** The file that it stands in now, where that is another. */
      now: z.string().optional(),
      /** Why it was left alone. */
      skipped: z.string().optional(),
    }),
  ),
});

const report = z.strictObject({
  ...head,
  command: z.literal('report'),
  /** What was written. */
  file: z.string(),
  /** The files that it was made of. */
  answers: z.array(z.string()),
  /** Lines of the trend that could not be read: file, line and why. */
  damaged: z.array(z.string()),
});

/** Every answer there is. */
export const answer = z.union([
  check,
  replay,
  explain,
  shrink,
  probe,
  corpusList,
  corpusCheck,
  corpusAdd,
  corpusMinimise,
  fuzz,
  measure,
  explore,
  diff,
  mutants,
  nightly,
  report,
  judge,
  extract,
  repro,
  kernelFetch,
  kernelList,
  matrix,
  faults,
  build,
  stopped,
]);
