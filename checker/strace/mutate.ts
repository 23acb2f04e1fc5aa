/** Damages lines of logs as disks, editors and broken pipes do, and worse. For tests. */
import { type Choices, oneOf } from '../generate/index.ts';

const NUMBERS = [
  '0',
  '-1',
  '0x',
  '0xffffffffffffffff',
  '0x10000000000000000',
  '99999999999999999999999',
  '-9223372036854775809',
  '1e999',
];
const MARKS = [...'()[]{}<>",\\/*|=~-+ \t\r\0\x7f\xff'];
const WORDS = [
  '<unfinished ...>',
  '<... mmap resumed>',
  ' = ?',
  ' = -1 E',
  '/* ',
  ' */',
  '[pid 1] ',
  '+++ exited with 0 +++',
  '--- SIGSEGV {si_addr=',
  'strace: Process 5 attached',
  '% time ',
  '\n',
  '<<',
  ' = 0x7f00',
  '(',
];

const cut = (text: string, choices: Choices): readonly [number, number] => {
  const a = choices.int(text.length + 1);
  const b = choices.int(text.length + 1);
  return [Math.min(a, b), Math.max(a, b)];
};

/** One way to damage a text. */
type Damage = (text: string, choices: Choices) => string;

const insert =
  (what: (choices: Choices) => string): Damage =>
  (text, choices) => {
    const at = choices.int(text.length + 1);
    return text.slice(0, at) + what(choices) + text.slice(at);
  };

export const DAMAGES: Readonly<Record<string, Damage>> = {
  'a byte changed': (text, choices) => {
    const at = choices.int(text.length);
    return text.slice(0, at) + String.fromCharCode(choices.int(256)) + text.slice(at + 1);
  },
  'cut at the end': (text, choices) => text.slice(0, choices.int(text.length + 1)),
  'cut at the beginning': (text, choices) => text.slice(choices.int(text.length + 1)),
  'cut out': (text, choices) => {
    const [a, b] = cut(text, choices);
    return text.slice(0, a) + text.slice(b);
  },
  doubled: (text, choices) => {
    const [a, b] = cut(text, choices);
    return text.slice(0, b) + text.slice(a);
  },
  reversed: (text, choices) => {
    const [a, b] = cut(text, choices);
    return text.slice(0, a) + [...text.slice(a, b)].reverse().join('') + text.slice(b);
  },
  'a number in it': insert((choices) => oneOf(choices, NUMBERS)),
  'a mark in it': insert((choices) => oneOf(choices, MARKS)),
  'a word in it': insert((choices) => oneOf(choices, WORDS)),
  'the same mark many times': insert((choices) => oneOf(choices, MARKS).repeat(1 + choices.int(300))),
  'a number replaced': (text, choices) => text.replace(/0x[0-9a-f]+|\d+/, () => oneOf(choices, NUMBERS)),
  'digits without end': insert((choices) => oneOf(choices, ['9', 'f', '0', '|']).repeat(1 + choices.int(500))),
};

const KINDS = Object.values(DAMAGES);

/** A line with one to four damages. */
export function damaged(line: string, choices: Choices): string {
  let text = line;
  for (let left = 1 + choices.int(4); left > 0; left--) text = oneOf(choices, KINDS)(text, choices);
  return text;
}
