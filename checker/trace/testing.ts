/** For tests: runs of programs as the events of a log, and lies. */
import { ARGUMENTS, type Call, FILES, profileNamed, type Result, type Step } from '../../spec/index.ts';
import { type Argument, type CallEvent, type Ending, type Log, readLog, type TraceEvent } from '../strace/index.ts';
import { Judge, type Judged, type JudgeOptions } from './judge.ts';
import { judgeLog, type Report } from './session.ts';

const ACCESS = ['O_RDONLY', 'O_WRONLY', 'O_RDWR', 'O_RDWR'];
const hex = (n: bigint): string => `0x${n.toString(16)}`;
const word = (text: string): Argument => ({ text });
const number = (value: bigint): Argument => ({ text: hex(value), value });

/** How strace shows calls that it does not print as the contract has them; `undefined` for what is no system call. */
function printed({ name, args }: Call): { name: string; args: readonly Argument[] } | undefined {
  const [a = 0n, b = 0n, c = 0n] = args;
  switch (name) {
    case 'load':
    case 'store':
    case 'fill_mappings':
    case 'drop_capability':
    case 'setrlimit':
    case 'ftruncate':
    case 'uffdio_api':
      return undefined;
    case 'uffdio_register':
    case 'uffdio_unregister':
      return {
        name: 'ioctl',
        args: [
          number(a),
          word(name === 'uffdio_register' ? 'UFFDIO_REGISTER' : 'UFFDIO_UNREGISTER'),
          word(`{range={start=${hex(b)}, len=${hex(c)}}}`),
        ],
      };
    case 'openat':
      return { name, args: [word('AT_FDCWD'), word(`"${FILES[Number(a)]}"`), word(ACCESS[Number(b & 3n)] ?? '')] };
    case 'memfd_create':
      return { name, args: [word('"x"'), word((a & 4n) === 0n ? '0' : 'MFD_HUGETLB')] };
    default:
      return { name, args: ARGUMENTS[name].map((_, i) => number(args[i] ?? 0n)) };
  }
}

const endingOf = (result: Result): Ending | undefined => {
  if (result.kind === 'value') return { kind: 'value', value: result.value };
  return result.kind === 'error' ? { kind: 'error', errno: result.errno } : undefined;
};

/** One event. Lines are counted from 1. */
export const callEvent = (
  line: number,
  name: string,
  args: readonly (bigint | number | string)[],
  result: bigint | number | string,
  pid = 1,
): CallEvent => ({
  kind: 'call',
  where: { file: 'log', line, endLine: line },
  pid,
  name,
  args: args.map((a) => (typeof a === 'string' ? word(a) : number(BigInt.asUintN(64, BigInt(a))))),
  ending: typeof result === 'string' ? { kind: 'error', errno: result } : { kind: 'value', value: BigInt(result) },
  injected: false,
});

/** The calls of a run that a log shows. */
export function eventsOf(steps: readonly Step[]): CallEvent[] {
  return steps.flatMap(({ call, result }, i) => {
    const shown = printed(call);
    const ending = endingOf(result);
    if (shown === undefined || ending === undefined) return [];
    return [{ ...callEvent(i + 1, shown.name, [], 0), args: shown.args, ending }];
  });
}

/** What is said of every memory call. */
export function judgedAll(events: readonly TraceEvent[], options: Omit<JudgeOptions, 'tell'>): readonly Judged[] {
  const all: Judged[] = [];
  const judge = new Judge({ ...options, tell: (judged) => void all.push(judged) });
  judge.take(events);
  judge.end();
  return all;
}

/** The same call with a result that it did not have. */
export function lie(event: CallEvent, choice: number): CallEvent {
  const { ending } = event;
  if (ending.kind === 'error') {
    const others = ['EFAULT', 'EINVAL', 'EEXIST', 'EPERM'].filter((e) => e !== ending.errno);
    return { ...event, ending: { kind: 'error', errno: others[choice % others.length] as string } };
  }
  if (event.name !== 'mremap' && event.name !== 'mmap') return { ...event, ending: { kind: 'error', errno: 'EFAULT' } };
  const value = ending.kind === 'value' ? ending.value : 0n;
  return choice % 2 === 0
    ? { ...event, ending: { kind: 'error', errno: 'EFAULT' } }
    : { ...event, ending: { kind: 'value', value: value + 1n } };
}

/** A text as a log. */
export const logOf = (text: string, alone = false): Log => ({
  file: 'log',
  alone,
  read: (options) =>
    readLog(
      (async function* () {
        yield Buffer.from(text, 'latin1');
      })(),
      'log',
      options,
    ),
});

/** The report on a text, and `LINE kind` of every memory call, in the order in which they were judged. */
export async function judgedText(
  text: string,
  alone = false,
): Promise<{ readonly report: Report; readonly said: string[]; readonly all: Judged[] }> {
  const all: Judged[] = [];
  const report = await judgeLog(
    logOf(text, alone),
    { usual: profileNamed('linux-6.18')! },
    { tell: (j) => void all.push(j) },
  );
  return { report, all, said: all.map((j) => `${j.event.where.line} ${j.kind}`) };
}
