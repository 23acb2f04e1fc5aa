/** One line of a program: `r0 = mmap(…) = 0x1000 (fault 2)`. */
import { ARGUMENTS, CALL_NAMES, type CallName } from '../../spec/index.ts';
import { LineError, quote } from './errors.ts';
import { didYouMean } from './nearest.ts';
import { isLabel, readOperand } from './operand.ts';
import { type Line, MAX_FAULT, type Operand } from './program.ts';
import { readResult } from './result.ts';
import { describe, numberOf, Scanner, type Token } from './scan.ts';
import { type Form, SPELLED, SYNTAX, signature, type Word } from './syntax.ts';

export interface Label {
  readonly name: string;
  readonly at: number;
}

/** Reads the label of a line, if it has one, so that it counts as defined even when the rest of the line is wrong. */
export function readLabel(scanner: Scanner): Label | undefined {
  const { at, kind, text } = scanner.token;
  if (kind !== 'name') return undefined;
  const ahead = new Scanner(scanner.source, at + text.length);
  if (!ahead.is('=')) return undefined;
  if (!isLabel(text)) throw new LineError(at, `${quote(text)} is no label`, 'labels are r and digits, e.g. r0');
  scanner.take();
  scanner.take();
  return { name: text, at };
}

function readName(scanner: Scanner): readonly CallName[] {
  const token = scanner.take();
  if (token.kind !== 'name') throw new LineError(token.at, `expected a call, found ${describe(token)}`);
  const calls = SPELLED.get(token.text);
  if (calls !== undefined) return calls;
  const internal = CALL_NAMES.find((name) => name === token.text);
  const hint =
    internal === undefined ? didYouMean(token.text, [...SPELLED.keys()]) : `it is written ${signature(internal)}`;
  throw new LineError(token.at, `unknown call ${quote(token.text)}`, hint);
}

/** Reads the arguments of one call; `calls` narrows to one when a word tells calls of the same name apart. */
class Arguments {
  readonly operands: Operand[] = [];
  readonly #scanner: Scanner;
  readonly #labels: ReadonlyMap<string, number>;
  #calls: readonly CallName[];

  constructor(scanner: Scanner, calls: readonly CallName[], labels: ReadonlyMap<string, number>) {
    this.#scanner = scanner;
    this.#calls = calls;
    this.#labels = labels;
  }

  get call(): CallName {
    const [call] = this.#calls;
    if (call === undefined) throw new Error('no call is left');
    return call;
  }

  /** The argument that is read next, for messages. */
  get #argument(): string {
    return `${ARGUMENTS[this.call][this.operands.length] ?? 'the last argument'} of ${SYNTAX[this.call].spelled}`;
  }

  get #hint(): string | undefined {
    return this.#calls.length === 1 ? signature(this.call) : undefined;
  }

  /** The words that may stand here, each with the call that it means. */
  #words(position: number): readonly (readonly [CallName, Word])[] {
    return this.#calls.flatMap((call) => {
      const form = SYNTAX[call].takes[position];
      return form?.form === 'word' ? [[call, form] as const] : [];
    });
  }

  #readWord(position: number): void {
    const words = this.#words(position);
    const token = this.#scanner.take();
    this.#calls = words.filter(([, word]) => accepts(word, token)).map(([call]) => call);
    if (this.#calls.length === 0)
      throw wrongWord(
        token,
        words.map(([, word]) => word.text),
      );
  }

  #readForm(form: Form): void {
    const scanner = this.#scanner;
    if (form.form === 'argument') {
      this.operands.push(readOperand(scanner, { kind: form, where: this.#argument, labels: this.#labels }));
    } else if (form.form === 'word') {
      const token = scanner.take();
      if (!accepts(form, token)) throw wrongWord(token, [form.text]);
    } else {
      scanner.expect('{', `before ${form.fields[0]?.[0]}`, this.#hint);
      form.fields.forEach(([field, inner], i) => {
        if (i > 0) scanner.expect(',', `before ${field}`, this.#hint);
        scanner.expect(field, `in the struct of ${SYNTAX[this.call].spelled}`, this.#hint);
        scanner.expect('=', `after ${field}`, this.#hint);
        this.#readForm(inner);
      });
      scanner.expect('}', `after ${form.fields.at(-1)?.[0]}`, this.#hint);
    }
  }

  read(): void {
    const scanner = this.#scanner;
    scanner.expect('(', `after ${SYNTAX[this.call].spelled}`, this.#hint);
    for (let i = 0; i < SYNTAX[this.call].takes.length; i++) {
      const form = SYNTAX[this.call].takes[i] as Form;
      if (scanner.is(')')) {
        if (SYNTAX[this.call].leavesOut === undefined || i < SYNTAX[this.call].takes.length - 1) {
          const missing =
            form.form === 'word'
              ? this.#words(i)
                  .map(([, word]) => word.text)
                  .join(' or ')
              : this.#argument;
          throw new LineError(scanner.token.at, `too few arguments: ${missing} is missing`, this.#hint);
        }
        this.operands.push({ base: null, offset: 0n });
        break;
      }
      if (i > 0) scanner.expect(',', 'or )', this.#hint);
      if (form.form === 'word') this.#readWord(i);
      else this.#readForm(form);
    }
    if (scanner.is(','))
      throw new LineError(scanner.token.at, `too many arguments for ${SYNTAX[this.call].spelled}`, this.#hint);
    scanner.expect(')', `after the arguments of ${SYNTAX[this.call].spelled}`, this.#hint);
  }
}

const accepts = (word: Word, token: Token): boolean => token.text === word.text || word.also.includes(token.text);

function wrongWord(token: Token, wanted: readonly string[]): LineError {
  return new LineError(
    token.at,
    `expected ${wanted.join(' or ')}, found ${describe(token)}`,
    wanted.length > 1 ? didYouMean(token.text, wanted) : undefined,
  );
}

/** `(fault 2)`: which inner step of the call fails. */
function readFault(scanner: Scanner): number {
  const hint = 'at the end of a line may stand which inner step fails, e.g. (fault 1)';
  scanner.expect('(', 'before fault', hint);
  scanner.expect('fault', 'after (', hint);
  const { at, kind } = scanner.token;
  if (kind !== 'number')
    throw new LineError(at, `expected a number after fault, found ${describe(scanner.token)}`, hint);
  const fault = numberOf(scanner.take());
  if (fault < 1n || fault > BigInt(MAX_FAULT))
    throw new LineError(at, `no inner step has the number ${fault}`, `they are counted from 1, up to ${MAX_FAULT}`);
  scanner.expect(')', 'after the number of the inner step', hint);
  return Number(fault);
}

/** Reads a call, what is expected of it and what fails in it, to the end of the line. */
export function readCall(scanner: Scanner, labels: ReadonlyMap<string, number>): Line {
  const args = new Arguments(scanner, readName(scanner), labels);
  args.read();
  const line = { name: args.call, operands: args.operands };
  const expect = scanner.accept('=') ? readResult(line.name, scanner) : undefined;
  const fault = scanner.is('(') ? readFault(scanner) : undefined;
  const { at, kind, text } = scanner.token;
  if (kind !== 'end') {
    const hint = text === '#' ? 'a comment stands on a line of its own, above the call' : undefined;
    throw new LineError(at, `expected the end of the line, found ${describe(scanner.token)}`, hint);
  }
  return { ...line, ...(expect === undefined ? {} : { expect }), ...(fault === undefined ? {} : { fault }) };
}
