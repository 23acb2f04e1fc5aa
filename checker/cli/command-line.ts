/** The command line: which commands there are, what they take, and how they end. */
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { REPRODUCER_FORMS } from '../../reports/reproducers/index.ts';
import { PROFILES } from '../../spec/index.ts';
import { ATTRIBUTES, type Attribute, isKind, KINDS, PRESETS } from '../explore/index.ts';
import { USUAL_MOST } from '../faults/index.ts';
import type { MachineChoice } from '../fuzz/index.ts';
import { Missing } from '../kernel/index.ts';
import { WAYS, type Way } from '../mutants/index.ts';
import { BadImage } from '../vm/index.ts';
import { build } from './build.ts';
import { check } from './check.ts';
import { checkCorpus, list } from './corpus.ts';
import { addToCorpus } from './corpus-add.ts';
import { minimise } from './corpus-minimise.ts';
import { diff } from './diff.ts';
import { EXIT, type Exit, Stop } from './exit.ts';
import { explain } from './explain.ts';
import { explore } from './explore.ts';
import { extract } from './extract.ts';
import { faults } from './faults.ts';
import { deliver, formatOptions, takesOutput } from './format.ts';
import { fuzz } from './fuzz.ts';
import type { Host } from './host.ts';
import { fetchImages, listImages } from './images.ts';
import { judge } from './judge.ts';
import { matrix } from './matrix.ts';
import { mutants } from './mutants.ts';
import { nightly, type RunLine } from './nightly.ts';
import { probe } from './probe.ts';
import { replay } from './replay.ts';
import { LATEST, report, writeReport } from './report.ts';
import { repro } from './repro.ts';
import { SCHEMA } from './schema.ts';
import { type Answer, type Common, chosenProfile, type MachineOptions, type Session, versionOf } from './session.ts';
import { shrink } from './shrink.ts';

const EXIT_HELP = `
Exit codes:
  0  nothing forbidden was seen
  1  findings: something that the contract, or a program's text, does not allow
  2  bad input or usage
  3  something needed is missing on this machine
  4  a defect of mremap-check itself`;

/** A whole number from the command line. */
const whole =
  (least: number) =>
  (text: string): number => {
    const n = Number(text);
    if (/^\d+$/.test(text) && Number.isSafeInteger(n) && n >= least) return n;
    throw new InvalidArgumentError(`not a whole number${least > 0 ? ` from ${least} on` : ''}.`);
  };

const date = (text: string): string => {
  const at = new Date(`${text}T00:00:00Z`);
  if (/^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text)) return text;
  throw new InvalidArgumentError('not a date like 2026-01-31.');
};

/** Words between commas, each of them known. */
const words =
  <T extends string>(known: (word: string) => word is T, what: string) =>
  (text: string): readonly T[] =>
    text.split(',').map((word) => {
      if (known(word)) return word;
      throw new InvalidArgumentError(`${word} is no ${what}.`);
    });
const isAttribute = (word: string): word is Attribute => (ATTRIBUTES as readonly string[]).includes(word);
const isWay = (word: string): word is Way => (WAYS as readonly string[]).includes(word);
const isScope = (word: string): word is keyof typeof PRESETS => Object.hasOwn(PRESETS, word);

/** `--date`: nothing here looks at a clock, so that the same command makes the same files. */
const dateOption = (): Option =>
  new Option('--date <day>', 'the date that findings are given, e.g. 2026-01-31 (default: none)').argParser(date);
const candidatesOption = (): Option =>
  new Option('--candidates <n>', 'programs to try at most').argParser(whole(1)).default(4000);

const jobsOption = ({ jobs }: Host): Option =>
  new Option('--jobs <n>', 'threads; changes nothing but the time').argParser(whole(1)).default(jobs, 'all cores');

const CHOICES = ['model', 'kernel', 'both'] as const;
/** `vm:IMAGE`, `both:vm:IMAGE`: the kernel of an image in a virtual machine, alone or with the model. */
const IN_VM = /^(both:)?vm:(.+)$/;

/** What `--machine` may be. */
const machineWord =
  (choices: readonly MachineChoice[]) =>
  (text: string): string => {
    if ((choices as readonly string[]).includes(text)) return text;
    const [, both] = IN_VM.exec(text) ?? [undefined, undefined];
    if (IN_VM.test(text) && (both === undefined || choices.includes('both'))) return text;
    const pairs = choices.includes('both') ? ', vm:IMAGE or both:vm:IMAGE' : ' or vm:IMAGE';
    throw new InvalidArgumentError(`it is ${choices.join(', ')}${pairs}.`);
  };

/** What was said of the machine, in its parts. */
function machineIn(options: Common & { readonly machine?: string }): Common {
  const [, both, image] = IN_VM.exec(options.machine ?? '') ?? [];
  if (image === undefined) return options;
  return { ...options, machine: both === undefined ? 'kernel' : 'both', image } as MachineOptions;
}

/** `--machine`, of commands that do without a kernel or look at both; there is no default value, so that they know whether it was asked for. */
const machineOption = (usual: MachineChoice, choices: readonly MachineChoice[] = CHOICES): Option =>
  new Option(
    '--machine <name>',
    `what to run them on: ${choices.join(', ')}, or vm:IMAGE (default: ${usual})`,
  ).argParser(machineWord(choices));

/** Options of commands whose answer becomes a report. */
const withReport = (command: Command): Command =>
  command
    .addOption(new Option('--report <folder>', `where the report goes`).default(true, LATEST))
    .addOption(new Option('--no-report', 'write none'));

/** How a command ends that threw. */
function exitOf(error: unknown): Exit {
  if (error instanceof BadImage) return EXIT.input;
  if (error instanceof Missing) return EXIT.missing;
  return error instanceof Stop ? error.exit : EXIT.defect;
}

type Add = (parent: Command, usage: string, summary: string, run: Run) => Command;
type Run = (session: Session, options: Common, args: readonly string[]) => Promise<Answer>;

/** What the answer of a command is called: `corpus list`, but `probe` of `kernel probe`, as it always was. */
const nameOf = (command: Command): string => {
  const parent = command.parent?.name();
  const isWhole = parent === 'corpus' || (parent === 'kernel' && command.name() !== 'probe');
  return isWhole ? `${parent} ${command.name()}` : command.name();
};

class CommandLine {
  readonly #host: Host;
  /** Set by the command that ran. */
  exit: Exit = EXIT.good;

  constructor(host: Host) {
    this.#host = host;
  }

  /** Adds what every command has, and lets `run` carry it out. */
  #common(command: Command, run: Run): Command {
    return command
      .option('--json', 'print one JSON object instead of text (docs/json.md)')
      .addOption(new Option('--seed <n>', 'seed of everything random').argParser(whole(0)).default(1))
      .option(
        '--profile <name>',
        `rules to judge by: ${PROFILES.map((p) => p.name).join(', ')} (default: the kernel's)`,
      )
      .option('--trace', 'show the stack of a defect')
      .action(async (...given: unknown[]) => {
        const args = command.args;
        await this.#run(nameOf(command), machineIn(command.opts()), args, run);
        void given;
      });
  }

  async #run(name: string, options: Common, args: readonly string[], run: Run): Promise<void> {
    const host = this.#host;
    const quiet = options.json === true || takesOutput(options);
    const session: Session = {
      host,
      options: { ...options, json: quiet },
      say: (text) => {
        if (!quiet) host.out(`${text}\n`);
      },
      warn: (text) => host.err(`${text}\n`),
    };
    const answer = await this.#answer(session, () => run(session, options, args));
    const head = { schema: SCHEMA, version: versionOf(host), command: name, exit: answer.exit, seed: options.seed };
    const data = { ...head, ...answer.data };
    const isEarly = answer.data.error !== undefined;
    const formatted = isEarly
      ? answer
      : await this.#answer(session, async () => deliver(session, options, data, answer));
    this.exit = formatted.exit;
    if (options.json) host.out(`${JSON.stringify(data, null, 2)}\n`);
    const folder = typeof options.report === 'string' ? options.report : host.reports;
    if (options.report !== undefined && options.report !== false && folder !== undefined)
      await writeReport(session, folder, data);
  }

  /** The answer, whatever happens: what is thrown becomes one line and an exit code. */
  async #answer(session: Session, run: () => Promise<Answer>): Promise<Answer> {
    try {
      chosenProfile(session.options);
      return await run();
    } catch (error) {
      const exit = exitOf(error);
      const message = error instanceof Error ? error.message : String(error);
      if (exit !== EXIT.defect) session.warn(`mremap-check: ${message}`);
      else if (session.options.trace && error instanceof Error) session.warn(`mremap-check: defect: ${error.stack}`);
      else session.warn(`mremap-check: defect: ${message.split('\n')[0]} (--trace shows the stack)`);
      return { exit, data: { error: message } };
    }
  }

  #corpus(top: Command, add: Add): void {
    const corpus = top.command('corpus').description('the programs that are run for ever').exitOverride();
    const folder = (): Option => new Option('--folder <folder>', "another corpus than the package's own");
    add(corpus, 'list', 'families, programs, what they are there for, and how many calls they have', list)
      .argument('[family...]', 'these families alone')
      .addOption(folder());
    add(corpus, 'add', 'put programs in, with what the kernel answers; what deviates is shrunk', addToCorpus)
      .argument('<file...>', 'programs')
      .addOption(machineOption('kernel'))
      .addOption(new Option('--family <name>', "the family (default: the program's own)"))
      .addOption(folder())
      .addOption(candidatesOption())
      .addOption(dateOption());
    add(
      corpus,
      'check',
      'whether every file can be read, is where it belongs and says what it should',
      checkCorpus,
    ).addOption(folder());
    add(corpus, 'minimise', 'make programs as simple as they can be', minimise)
      .argument('[what...]', 'families or programs (default: new)')
      .addOption(machineOption('kernel'))
      .addOption(folder())
      .addOption(candidatesOption())
      .addOption(new Option('--dry-run', 'say what would change, and change nothing'));
  }

  #fuzz(top: Command, add: Add): void {
    const command = withReport(
      add(top, 'fuzz', 'random programs, guided by the rules that they reach; findings are shrunk and written', fuzz),
    )
      .addOption(machineOption('both').default('both'))
      .addOption(
        new Option('--programs <n>', 'how many (default: 20000, or as many as the time is for)').argParser(whole(1)),
      )
      .addOption(new Option('--time <seconds>', 'for how long').argParser(whole(1)))
      .addOption(new Option('--faults', 'let every inner step of every call fail, on the model'))
      .addOption(new Option('--jobs <n>', 'threads; changes nothing but the time').argParser(whole(1)))
      .addOption(new Option('--corpus <folder>', 'where findings are written (default: corpus/new of the package)'))
      .addOption(
        new Option(
          '--measure-space [scope]',
          'fuzz nothing, but say how much of a small space random programs reach (default: bare; see explore)',
        ),
      )
      .addOption(new Option('--depth <n>', 'with --measure-space: calls after the layout').argParser(whole(1)))
      .addOption(dateOption());
    formatOptions(command, false);
  }

  #faults(top: Command, add: Add): void {
    add(
      top,
      'faults',
      'let every inner step of every call fail, one after the other, and judge what comes of it',
      faults,
    )
      .argument('<file...>', 'programs, folders of programs, - for stdin')
      .addOption(machineOption('model', ['model', 'kernel']))
      .addOption(
        new Option('--most <n>', 'inner steps of one call at most; of more, the first and the last')
          .argParser(whole(1))
          .default(USUAL_MOST),
      )
      .addOption(new Option('--corpus <folder>', 'where findings are written (default: corpus/new of the package)'))
      .addOption(dateOption());
  }

  #diff(top: Command, add: Add): void {
    const command = add(
      top,
      'diff',
      'the smallest programs on which two kernels (or one and the manual) differ, and why',
      diff,
    );
    command
      .argument('<profile>', PROFILES.map((p) => p.name).join(', '))
      .argument('<profile>', 'the one to compare it with')
      .addOption(new Option('--scope <name>', 'which programs').choices(Object.keys(PRESETS)).default('kernels'));
    this.#scoped(command).addOption(
      new Option('--all', 'draw everything that a cause comes to, not only the smallest program'),
    );
  }

  /** Options that change a scope. */
  #scoped(command: Command): Command {
    return command
      .addOption(new Option('--pages <n>', 'pages of the arena').argParser(whole(1)))
      .addOption(new Option('--longest <n>', 'pages of a range in a call at most (default: all)').argParser(whole(1)))
      .addOption(new Option('--depth <n>', 'calls after the layout').argParser(whole(1)))
      .addOption(
        new Option('--attributes <list>', `what calls there are: ${ATTRIBUTES.join(',')}`).argParser(
          words(isAttribute, 'attribute'),
        ),
      )
      .addOption(
        new Option('--layouts <list>', 'what programs begin with, e.g. ?.?? (docs/exploration.md)').argParser((text) =>
          text.split(','),
        ),
      )
      .addOption(
        new Option('--kinds <list>', `what ? stands for in layouts: ${Object.keys(KINDS).join(',')}`).argParser(
          words(isKind, 'kind of a page'),
        ),
      );
  }

  #explore(top: Command, add: Add): void {
    const command = add(
      top,
      'explore',
      'every program of a small scope, with every single fault, on the model',
      explore,
    );
    this.#scoped(withReport(command).argument('[scope]', `${Object.keys(PRESETS).join(', ')}; none: one of your own`))
      .addOption(new Option('--faults', 'let every inner step of one call fail'))
      .addOption(new Option('--no-faults', 'let none fail'))
      .addOption(jobsOption(this.#host))
      .addOption(new Option('--memory <MiB>', 'what the states may take').argParser(whole(1)).default(4096))
      .addOption(new Option('--time <seconds>', 'for how long at most').argParser(whole(1)))
      .addOption(
        new Option(
          '--checkpoint <folder>',
          'where the search is kept, to be gone on with (default: for the scope night)',
        ),
      )
      .addOption(new Option('--corpus <folder>', 'where findings are written (default: corpus/new of the package)'))
      .addOption(dateOption());
  }

  #mutants(top: Command, add: Add): void {
    withReport(add(top, 'mutants', 'deliberately wrong models, and what of the checker finds them', mutants))
      .addOption(new Option('--only <list>', 'these mutants alone').argParser((text) => text.split(',')))
      .addOption(new Option('--patches <folder>', "other mutants than the package's own"))
      .addOption(
        new Option('--ways <list>', `these ways of finding alone: ${WAYS.join(',')}`).argParser(words(isWay, 'way')),
      )
      .addOption(
        new Option('--scopes <list>', 'what is explored, one scope after the other (default: tiny,bare)').argParser(
          words(isScope, 'scope'),
        ),
      )
      .addOption(
        new Option('--budget <n>', 'programs of fuzzing with one seed; a twentieth of it without guidance')
          .argParser(whole(1))
          .default(20_000),
      )
      .addOption(jobsOption(this.#host));
  }

  #nightly(top: Command, add: Add): void {
    add(
      top,
      'nightly',
      'corpus, canary, exploration and fuzzing within one budget of time; goes on after a kill',
      (s, o) => nightly(s, o, captured(this.#host)),
    )
      .addOption(new Option('--config <file>', 'what to run on, and how the time is divided (docs/nightly.md)'))
      .addOption(new Option('--folder <folder>', 'where all nights keep what they found').default('nightly'))
      .addOption(new Option('--time <time>', "for how long, e.g. 8h or 5m (default: the configuration's, or 8h)"))
      .addOption(dateOption());
  }

  /** The commands, parsed by commander. */
  build(): Command {
    const host = this.#host;
    const top = new Command('mremap-check')
      .description('An executable contract of Linux mremap(2), and a checker that holds kernels to it.')
      .version(versionOf(host))
      .configureOutput({ writeOut: (text) => host.out(text), writeErr: (text) => host.err(text) })
      .showHelpAfterError('(mremap-check --help shows what there is)')
      .addHelpText('after', EXIT_HELP)
      .exitOverride();
    const add: Add = (parent, usage, summary, run) => {
      const command = parent.command(usage).description(summary).exitOverride().addHelpText('after', EXIT_HELP);
      return this.#common(command, run);
    };
    const judged = withReport(
      add(top, 'check', 'judge the live kernel: the whole corpus, then random programs', (s, o) => check(s, o)),
    )
      .addOption(new Option('--programs <n>', 'how many random programs').argParser(whole(0)).default(6000))
      .addOption(machineOption('kernel', ['kernel']));
    formatOptions(judged, false);
    const replayed = add(top, 'replay', 'run programs on the live kernel and on the model, and judge each call', replay)
      .argument('<file...>', 'programs, folders of programs, - for stdin')
      .addOption(machineOption('both'));
    formatOptions(replayed, true);
    add(top, 'explain', 'run a program and show for each call the rules that fired and the state', explain)
      .argument('<file>', 'a program, - for stdin')
      .addOption(machineOption('kernel'));
    add(top, 'shrink', 'the simplest program that still deviates as a program does', shrink)
      .argument('[file]', 'a program, - for stdin')
      .addOption(machineOption('kernel'))
      .addOption(new Option('--program <n>', 'shrink random program n of --seed instead').argParser(whole(0)))
      .addOption(candidatesOption())
      .addOption(dateOption());
    add(
      top,
      'judge',
      'hold every memory call of recorded strace logs to the contract (docs/traces.md)',
      judge,
    ).argument('<file...>', 'logs, plain or .gz, directories of strace -ff, - for stdin');
    add(top, 'extract', 'the smallest program that shows the same step as one call of a log', extract).argument(
      '<place>',
      'FILE:LINE',
    );
    add(top, 'repro', 'a program in a form that others take: C, a kernel selftest, syzkaller, strace', repro)
      .argument('<file>', 'a program, - for stdin')
      .addOption(new Option('--as <form>', 'what it is to be').choices(REPRODUCER_FORMS).default('c'))
      .addOption(new Option('--output <file>', 'where it is written (default: standard output)'));
    this.#fuzz(top, add);
    this.#faults(top, add);
    this.#diff(top, add);
    this.#explore(top, add);
    this.#mutants(top, add);
    this.#nightly(top, add);
    withReport(add(top, 'matrix', 'the corpus on several kernels: what became of each rule on each of them', matrix))
      .argument('<image...>', 'bzImages, releases of the cache, or kernel for the running one')
      .addOption(new Option('--programs <n>', 'random programs beside the corpus').argParser(whole(0)).default(0))
      .addOption(new Option('--html <file>', 'write the table as a page, too'))
      .addOption(
        new Option('--jobs <n>', 'kernels that run at a time').argParser(whole(1)).default(host.jobs, 'all cores'),
      );
    this.#corpus(top, add);
    add(top, 'report', 'one HTML file of what commands answered with --json', report)
      .argument('[file...]', `answers of check, fuzz, explore, mutants (default: those in ${LATEST})`)
      .addOption(new Option('--out <folder>', `where index.html goes (default: ${LATEST})`))
      .addOption(new Option('--trend <file>', 'past runs, a JSON object a line (docs/report.md)'))
      .addOption(new Option('--coverage <file...>', 'what c8 counted: coverage-summary.json'));
    const kernel = top.command('kernel').description('what is known of the live kernel').exitOverride();
    add(kernel, 'probe', 'release, profile, features', probe);
    add(kernel, 'fetch', "the distribution's kernels into the cache, without installing them", fetchImages).argument(
      '<release...>',
      'e.g. 6.12: the newest of these',
    );
    add(kernel, 'list', 'the kernels in the cache, which vm:RELEASE names', listImages);
    add(kernel, 'build', 'a kernel in which every allocation can be made to fail, from the source package', build)
      .addOption(new Option('--output <file>', 'where a copy of the image goes'))
      .addOption(jobsOption(host));
    return top;
  }
}

/** Carries out command lines without a word; what they would have said comes back. */
const captured =
  (host: Host): RunLine =>
  async (args) => {
    let [out, err] = ['', ''];
    const said = {
      out: (text: string): void => {
        out += text;
      },
      err: (text: string): void => {
        err += text;
      },
    };
    const exit = await commandLine(args, { ...host, ...said, terminal: false });
    return { exit, out, err };
  };

/** Carries out a command line; the exit code. */
export async function commandLine(args: readonly string[], host: Host): Promise<Exit> {
  const line = new CommandLine(host);
  const top = line.build();
  try {
    if (args.length === 0) top.outputHelp({ error: true });
    else await top.parseAsync([...args], { from: 'user' });
    return args.length === 0 ? EXIT.input : line.exit;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? EXIT.good : EXIT.input;
  }
}
