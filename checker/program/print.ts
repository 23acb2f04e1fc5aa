/** From program to text; the inverse of reading. */
import { ARGUMENTS, type Call, type CallName, type Step } from '../../spec/index.ts';
import { LineError } from './errors.ts';
import { ALL, type Kind, writeOffset, writeValue } from './kinds.ts';
import { headerOf, MAX_COLUMNS, MAX_LINES } from './parse.ts';
import { type Line, MAX_FAULT, type Operand, type Program } from './program.ts';
import { printResult, readResult } from './result.ts';
import { Scanner } from './scan.ts';
import { argumentKinds, SYNTAX, writeCall } from './syntax.ts';

/** The label of the line at a position. */
type LabelOf = (position: number) => string;

function demand(condition: boolean, what: string): asserts condition {
  if (!condition) throw new RangeError(`not a valid program: ${what}`);
}

function printOperand(operand: Operand, kind: Kind, labelOf: LabelOf): string {
  const { base, offset } = operand;
  demand(offset >= 0n && offset <= ALL, `offset ${offset} is not an unsigned 64-bit number`);
  if (base === null) return writeValue(kind, offset);
  return (typeof base === 'number' ? labelOf(base) : base) + writeOffset(kind, offset);
}

const isZero = ({ base, offset }: Operand): boolean => base === null && offset === 0n;

function printOperands(name: CallName, operands: readonly Operand[], labelOf: LabelOf): string {
  demand(
    operands.length === ARGUMENTS[name].length,
    `${name} takes ${ARGUMENTS[name].length} arguments, not ${operands.length}`,
  );
  const kinds = argumentKinds(name);
  const written = operands.map((operand, i) => printOperand(operand, kinds[i] as Kind, labelOf));
  const last = operands.at(-1);
  const leaveOut = last !== undefined && isZero(last) && SYNTAX[name].leavesOut?.(operands) === true;
  return writeCall(name, leaveOut ? written.slice(0, -1) : written);
}

/** A call as a machine saw it, as strace prints it. */
export function printCall(call: Call): string {
  const operands = call.args.map((offset) => ({ base: null, offset }));
  return printOperands(call.name, operands, () => '');
}

/** A step on one line: the call, what came back, and whether that was with an inner step that failed. */
export const printStep = ({ call, result, scarce }: Step): string =>
  `${printCall(call)} = ${printResult(call.name, result)}${scarce ? ' (an inner step failed)' : ''}`;

/** The positions of lines whose result is used later, in order, each with its label. */
function labelsOf(lines: readonly Line[]): ReadonlyMap<number, string> {
  const used = new Set<number>();
  lines.forEach((line, position) => {
    for (const { base } of line.operands) {
      if (typeof base !== 'number') continue;
      demand(
        Number.isInteger(base) && base >= 0 && base < position,
        `line ${position} uses the result of line ${base}`,
      );
      used.add(base);
    }
  });
  return new Map([...used].sort((a, b) => a - b).map((position, i) => [position, `r${i}`]));
}

/** A comment with line breaks is written as several. */
const commentLines = (comments: readonly string[]): string[] =>
  comments
    .flatMap((comment) => comment.split('\n'))
    .map((comment) => {
      const row = `# ${comment}`.trimEnd();
      // Without the space it may be just short enough, and is read the same.
      return row.length > MAX_COLUMNS ? `#${comment}` : row;
    });

function headerLine({ key, value }: Program['header'][number]): string {
  const line = `# ${key}: ${value}`;
  const read = headerOf(line);
  demand(
    read?.key === key && read.value === value && !line.includes('\n'),
    `the header ${JSON.stringify(line)} would not be read back`,
  );
  return line;
}

/** What a result reads as, written again; `undefined` for a result that the call cannot have. */
function readBack(name: CallName, text: string): string | undefined {
  try {
    return printResult(name, readResult(name, new Scanner(text)));
  } catch (error) {
    if (error instanceof LineError) return undefined;
    throw error;
  }
}

function expectation({ name, expect }: Line): string {
  if (expect === undefined) return '';
  const text = printResult(name, expect);
  demand(readBack(name, text) === text && !text.includes('\n'), `${name} cannot end in ${JSON.stringify(text)}`);
  return ` = ${text}`;
}

function injected({ fault }: Line): string {
  if (fault === undefined) return '';
  demand(Number.isInteger(fault) && fault >= 1 && fault <= MAX_FAULT, `no inner step has the number ${fault}`);
  return ` (fault ${fault})`;
}

/** A program as text. Throws a RangeError for what is no program: a use of a later result, a wrong number of arguments. */
export function printProgram(program: Program): string {
  const labels = labelsOf(program.lines);
  const labelOf: LabelOf = (position) => labels.get(position) ?? '';
  const header = program.header.map(headerLine);
  const rows = program.lines.flatMap((line, position) => {
    const label = labels.get(position);
    const call = printOperands(line.name, line.operands, labelOf);
    return [
      ...commentLines(line.comment ?? []),
      `${label === undefined ? '' : `${label} = `}${call}${expectation(line)}${injected(line)}`,
    ];
  });
  rows.push(...commentLines(program.trailing ?? []));
  // A comment directly below the header that looks like one more header line: without the space it does not.
  if (rows[0] !== undefined && headerOf(rows[0]) !== undefined) rows[0] = rows[0].replace('# ', '#');
  const all = [...header, ...rows];
  demand(all.length <= MAX_LINES, `its text has more than ${MAX_LINES} lines`);
  demand(
    all.every((row) => row.length <= MAX_COLUMNS),
    `a line of its text is longer than ${MAX_COLUMNS} characters`,
  );
  return all.map((row) => `${row}\n`).join('');
}
