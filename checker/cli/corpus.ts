/** `corpus list` and `corpus check`: what there is, and what is wrong with it. Nothing is run. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { against, plural, table } from '../../reports/index.ts';
import { type CorpusEntry, examine, type FindingRecord, readCorpus, recordOf } from '../corpus/index.ts';
import { renderErrors } from '../program/index.ts';
import type { ShrunkFinding } from '../shrink/index.ts';
import { badInput, EXIT } from './exit.ts';
import { type Answer, type Common, errorData, type Session } from './session.ts';

export interface CorpusOptions extends Common {
  readonly folder?: string;
}

/** Where the corpus lies, and what it is called in messages. */
export function corpusOf(session: Session): { readonly folder: string; readonly name: string } {
  const { folder = join(session.host.home, 'corpus') } = session.options as CorpusOptions;
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) throw badInput(`${folder}: no such folder`);
  return { folder, name: (session.options as CorpusOptions).folder ?? 'corpus' };
}

/** What the minimiser found, as it stands in the corpus: with what was seen beside what would have been allowed. */
export const findingRecord = (shrunk: ShrunkFinding, where: Parameters<typeof recordOf>[1]): FindingRecord => ({
  ...recordOf(shrunk, where),
  explanation: [against(shrunk.finding)],
});

const headerOf = ({ program }: CorpusEntry, key: string): string | undefined =>
  program.header.find((h) => h.key === key)?.value;

/** `corpus list`: every program with its size and what it is there for. */
export async function list(session: Session, _options: Common, families: readonly string[]): Promise<Answer> {
  const { folder, name } = corpusOf(session);
  const { entries, errors } = readCorpus(folder, name);
  for (const error of errors) session.warn(renderErrors(error.errors));
  const unknown = families.find((asked) => !entries.some(({ family }) => family === asked));
  if (unknown !== undefined) throw badInput(`there is no family ${unknown} in ${name}`);
  const asked = entries.filter(({ family }) => families.length === 0 || families.includes(family));
  const groups = [...Map.groupBy(asked, (entry) => entry.family)];
  for (const [family, members] of groups) {
    session.say(`${family}: ${plural(members.length, 'program')}`);
    const rows = members.map((entry) => [
      entry.file,
      plural(entry.program.lines.length, 'call'),
      headerOf(entry, 'signature') ?? headerOf(entry, 'pins') ?? '',
    ]);
    session.say(`${table(rows)}\n`);
  }
  session.say(`${plural(asked.length, 'program')} in ${groups.length} ${groups.length === 1 ? 'family' : 'families'}`);
  const data = groups.map(([family, members]) => ({
    family,
    programs: members.map((entry) => {
      const [signature, pins] = [headerOf(entry, 'signature'), headerOf(entry, 'pins')];
      return {
        file: entry.file,
        calls: entry.program.lines.length,
        ...(signature === undefined ? {} : { signature }),
        ...(pins === undefined ? {} : { pins }),
      };
    }),
  }));
  return { exit: errors.length > 0 ? EXIT.input : EXIT.good, data: { errors: errorData(errors), families: data } };
}

/** `corpus check`: whether every file can be read, is where it belongs, and says what it should. */
export async function checkCorpus(session: Session): Promise<Answer> {
  const { folder, name } = corpusOf(session);
  const { entries, errors, leftovers } = examine(folder, name);
  for (const error of errors) session.warn(renderErrors(error.errors));
  for (const file of leftovers) session.say(`${file}: left by a writer that was killed; the next one removes it`);
  const good = entries.length - entries.filter(({ file }) => errors.some((error) => error.file === file)).length;
  session.say(
    errors.length === 0
      ? `${plural(good, 'program')}, nothing wrong`
      : `damaged: ${errors.map((e) => e.file).join(', ')}; ${plural(good, 'other program')} can be used`,
  );
  return {
    exit: errors.length > 0 ? EXIT.input : EXIT.good,
    data: { programs: good, errors: errorData(errors), leftovers },
  };
}
