/** Results as strace prints them: `0x1000`, `-1 EPERM`, `SIGSEGV`. */
import { type CallName, ERRNO, type Errno, errnoName, type Result } from '../../spec/index.ts';
import { LineError, quote } from './errors.ts';
import { hex } from './kinds.ts';
import { didYouMean } from './nearest.ts';
import { describe, numberOf, type Scanner } from './scan.ts';
import { SYNTAX } from './syntax.ts';

const SIGNALS = ['SIGSEGV', 'SIGBUS'] as const;
const ERRNOS = Object.keys(ERRNO) as readonly Errno[];
/** The longest description of how a process died. */
const LONGEST = 100;
/** The largest errno that a system call can report (MAX_ERRNO). */
const MAX_ERRNO = 4095n;

/** The result of a call, as it stands after `=`. */
export function printResult(name: CallName, result: Result): string {
  switch (result.kind) {
    case 'value':
      return SYNTAX[name].gives === 'address' ? hex(result.value) : result.value.toString();
    case 'error':
      return `-1 ${result.errno}`;
    case 'signal':
      return result.signal;
    case 'died':
      return `died ${result.signal}`;
    case 'hung':
      return 'hung';
  }
}

function readErrno(scanner: Scanner): Errno | `errno ${number}` {
  const token = scanner.take();
  if (token.text === 'errno' && scanner.token.kind === 'number') {
    const { at } = scanner.token;
    const number = numberOf(scanner.take());
    if (number < 1n || number > MAX_ERRNO) throw new LineError(at, `errno ${number} does not exist`);
    const known = errnoName(Number(number));
    if (known !== undefined) throw new LineError(at, `errno ${number} has a name`, `write ${known}`);
    return `errno ${Number(number)}`;
  }
  if (token.kind !== 'name')
    throw new LineError(token.at, `expected an errno after -1, found ${describe(token)}`, 'e.g. -1 EPERM');
  const errno = ERRNOS.find((known) => known === token.text);
  if (errno !== undefined) return errno;
  throw new LineError(
    token.at,
    `unknown errno ${quote(token.text)}`,
    didYouMean(token.text, ERRNOS) ?? 'another errno is written by number: -1 errno 200',
  );
}

/** What may follow a result: `(fault 2)`. */
const FAULT = /\([ \t]*fault\b/;

/** strace explains an errno in one pair of parentheses. */
function skipExplanation(scanner: Scanner): void {
  const { at } = scanner.token;
  if (!scanner.is('(') || scanner.source.slice(at).search(FAULT) === 0) return;
  const end = scanner.source.indexOf(')', at) + 1;
  const rest = scanner.source.slice(end).trimStart();
  if (end > 0 && (rest === '' || rest.search(FAULT) === 0)) scanner.skipTo(end);
}

/** `-1 ENAME`, with strace's explanation in parentheses, which is dropped because the name says the same. */
function readError(name: CallName, scanner: Scanner): Result {
  const { at } = scanner.take();
  const one = scanner.take();
  if (one.text !== '1')
    throw new LineError(
      one.at,
      `expected 1 after - in a result, found ${describe(one)}`,
      'an error is written as -1 EPERM',
    );
  if (SYNTAX[name].fails !== 'errno')
    throw new LineError(at, `${SYNTAX[name].spelled} ends in a signal, not in an errno`);
  const errno = readErrno(scanner);
  skipExplanation(scanner);
  return { kind: 'error', errno };
}

/** What stands after `=`. */
export function readResult(name: CallName, scanner: Scanner): Result {
  if (scanner.is('-')) return readError(name, scanner);
  const token = scanner.take();
  if (token.kind === 'number') return { kind: 'value', value: numberOf(token) };
  if (token.text === 'hung') return { kind: 'hung' };
  if (token.text === 'died') {
    const { at } = scanner.token;
    const rest = scanner.source.slice(at);
    const end = rest.search(FAULT);
    const signal = (end < 0 ? rest : rest.slice(0, end)).trimEnd();
    if (signal === '' || signal.length > LONGEST) {
      throw new LineError(at, `expected a signal after died, in at most ${LONGEST} characters`);
    }
    scanner.skipTo(end < 0 ? scanner.source.length : at + end);
    return { kind: 'died', signal };
  }
  const signal = SIGNALS.find((known) => known === token.text);
  if (signal === undefined) {
    throw new LineError(
      token.at,
      `expected a result, found ${describe(token)}`,
      'a result is a number, -1 and an errno, SIGSEGV or SIGBUS',
    );
  }
  if (SYNTAX[name].fails !== 'signal')
    throw new LineError(token.at, `${SYNTAX[name].spelled} ends in an errno, not in a signal`);
  return { kind: 'signal', signal };
}
