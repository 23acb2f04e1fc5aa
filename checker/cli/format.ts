/** `--format` and `--output`: answers in forms that other tools read. */
import { type Command, Option } from 'commander';
import { type AnswerData, FORMATS, type Format, formatted, itfOf } from '../../reports/formats/index.ts';
import { writeDurably } from '../corpus/index.ts';
import { badInput } from './exit.ts';
import type { Answer, Common, Session } from './session.ts';

/** Options of commands whose answer can be had in other forms. */
export interface FormatOptions extends Common {
  readonly format?: Format | 'itf';
  readonly output?: string;
}

/** Adds the two options; a run of a program has one form more than a count of runs. */
export function formatOptions(command: Command, runs: boolean): void {
  command
    .addOption(
      new Option('--format <name>', 'the answer in a form for other tools (docs/formats.md)')
        .choices(runs ? [...FORMATS, 'itf'] : FORMATS)
        .conflicts('json'),
    )
    .addOption(
      new Option(
        '--output <file>',
        'with --format: where it is written (default: standard output, in place of the text)',
      ),
    );
}

/** Whether the answer takes the place of the text on standard output. */
export const takesOutput = ({ format, output }: FormatOptions): boolean =>
  format !== undefined && (output === undefined || output === '-');

function textOf(format: Format | 'itf', data: object, { traces = [] }: Answer): string {
  if (format !== 'itf') return formatted(data as AnswerData, format);
  const [first] = traces;
  const titles = new Set(traces.map(({ title }) => title));
  if (first === undefined) throw badInput('there is no run to show: --format itf needs a program that can be run');
  if (titles.size > 1) throw badInput(`--format itf shows the run of one program, not of ${titles.size}`);
  return itfOf(first);
}

/** Hands out an answer in the form that was asked for, if one was. @throws Stop where it cannot be written, or has no such form. */
export function deliver({ host }: Session, options: FormatOptions, data: object, answer: Answer): Answer {
  const { format, output } = options;
  if (format === undefined) return answer;
  const text = textOf(format, data, answer);
  if (output === undefined || output === '-') host.out(text);
  else keep(output, text);
  return answer;
}

/** Writes a file whole. @throws Stop where it cannot be written. */
export function keep(path: string, text: string): void {
  try {
    writeDurably(path, text);
  } catch (error) {
    throw badInput(`${path} cannot be written: ${(error as NodeJS.ErrnoException).code}`);
  }
}
