/** `matrix`: the corpus and random programs on several kernels; rows are rules, columns kernels. */
import { cellWord, matrixPage, matrixText } from '../../reports/index.ts';
import { writeDurably } from '../corpus/index.ts';
import { type Break, type Cell, type Column, cellOf, columnOf, rowsOf } from '../matrix/index.ts';
import { badInput, EXIT, exitAfter, gravest } from './exit.ts';
import { groupData } from './json.ts';
import { type Answer, type Common, courtOf, errorData, readOwnCorpus, type Session } from './session.ts';
import { statusLine } from './status.ts';

interface MatrixCommand extends Common {
  readonly programs: number;
  readonly html?: string;
  readonly jobs: number;
}

/** The word for the kernel that is running. */
const RUNNING = 'kernel';

const breakData = ({ count, example, known }: Break): object =>
  groupData({ signature: example.signature, count, example, ...(known === undefined ? {} : { known }) });

const cellData = (cell: Cell): object => ({
  state: cell.state,
  fired: cell.fired,
  ...(cell.reason === undefined ? {} : { reason: cell.reason }),
  ...(cell.breaks.length === 0 ? {} : { breaks: cell.breaks.map(breakData) }),
});

const columnData = (column: Column): object => ({
  name: column.name,
  machine: { name: column.machine, release: column.release, profile: column.profile },
  programs: column.programs,
  calls: column.calls,
  unknown: column.unknown,
  skipped: column.skipped,
  apart: column.apart.map(breakData),
  findings: [...column.findings.list('new'), ...column.findings.list('known')].map(groupData),
  defects: column.defects.map(({ origin, reason }) => ({ origin, reason })),
});

export async function matrix(session: Session, common: Common, images: readonly string[]): Promise<Answer> {
  const options = common as MatrixCommand;
  const twice = images.find((image, i) => images.indexOf(image) !== i);
  if (twice !== undefined) throw badInput(`${twice} is given twice`);
  const corpus = readOwnCorpus(session);
  const status = statusLine(session.host.terminal && !options.json);
  const done = new Map<string, number>();
  const show = (): void =>
    status.show(() => images.map((image) => `${image}: ${done.get(image) ?? 0} programs`).join('  '));

  const column = async (name: string): Promise<Column> => {
    const machine = await session.host.startKernel(name === RUNNING ? undefined : name, session.warn);
    try {
      const court = courtOf(session, machine.environment);
      const onBatch = (programs: number): void => {
        done.set(name, programs);
        show();
      };
      const { programs, seed } = options;
      return await columnOf({ name, machine, court, corpus, programs, seed, onBatch });
    } finally {
      await machine.close();
    }
  };
  try {
    const columns = await inTurn(images, options.jobs, column);
    status.clear();
    session.say(matrixText(columns));
    if (options.html !== undefined) writePage(options.html, columns);
    const fresh = columns.reduce((n, c) => n + c.findings.count('new'), 0);
    const defects = columns.reduce((n, c) => n + c.defects.length, 0);
    session.say(verdictText(fresh, defects));
    const rules = rowsOf(columns).map((rule) => ({
      rule,
      cells: columns.map((c) => ({ ...cellData(cellOf(c, rule)), word: cellWord(cellOf(c, rule)) })),
    }));
    return {
      exit: gravest(EXIT.good, exitAfter({ defects, findings: fresh, errors: corpus.errors.length })),
      data: { errors: errorData(corpus.errors), kernels: columns.map(columnData), rules },
    };
  } finally {
    status.clear();
  }
}

function verdictText(fresh: number, defects: number): string {
  if (defects > 0) return `\nDEFECT: nothing can be said of ${defects} programs`;
  return fresh > 0 ? `\nFORBIDDEN: ${fresh} new findings` : '\nnothing forbidden';
}

function writePage(file: string, columns: readonly Column[]): void {
  try {
    writeDurably(file, matrixPage(columns));
  } catch (error) {
    throw badInput(`${file}: cannot be written: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** What comes of every item, in order; so many are under way at a time. What the first that fails throws is thrown when none is under way any more. */
async function inTurn<T, R>(items: readonly T[], jobs: number, use: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  let failure: { readonly error: unknown } | undefined;
  const work = async (): Promise<void> => {
    while (next < items.length && failure === undefined) {
      const at = next++;
      try {
        results[at] = await use(items[at]!);
      } catch (error) {
        failure ??= { error };
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(jobs, items.length) }, work));
  if (failure !== undefined) throw failure.error;
  return results;
}
