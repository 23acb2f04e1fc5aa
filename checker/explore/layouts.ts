/**
 * Layouts: address spaces to begin with, drawn one letter a page (`KINDS` of language.ts), `.` for a hole, `?` for each kind in turn. A layout is made by a program, page
 * by page from below; what touches and is alike becomes one mapping.
 */
import { type Call, MAP, PROT, UFFDIO_REGISTER_MODE } from '../../spec/index.ts';
import { KINDS, type Kind, type Open } from './language.ts';

const ANONYMOUS = 0xffff_ffff_ffff_ffffn;
const READ_WRITE = PROT.READ | PROT.WRITE;

export const isKind = (letter: string): letter is Kind => Object.hasOwn(KINDS, letter);

/** Whether two layouts differ in their place alone; then one will do. */
const canonical = (drawn: string): string => drawn.replace(/^\.+/, '').replace(/\.+$/, '');

/** All layouts that a drawing stands for. */
export function layoutsOf(drawing: string, kinds: readonly Kind[]): readonly string[] {
  const at = drawing.indexOf('?');
  if (at < 0) return [drawing];
  return kinds.flatMap((kind) => layoutsOf(drawing.slice(0, at) + kind + drawing.slice(at + 1), kinds));
}

/** Each once, in the order in which they come. */
export const distinct = (layouts: readonly string[]): readonly string[] => {
  const seen = new Set<string>();
  return layouts.filter((drawn) => {
    const form = canonical(drawn);
    return seen.has(form) ? false : seen.add(form);
  });
};

/** The calls that make a layout from page `base` on. Contents are 1 and so on. */
export function callsOf(
  drawn: string,
  base: number,
  pageSize: number,
  { file = 0n, uffd = 0n }: Open,
): readonly Call[] {
  const size = BigInt(pageSize);
  return [...drawn].flatMap((letter, i): Call[] => {
    if (!isKind(letter)) return [];
    const addr = BigInt(base + i) * size;
    const shared = letter === 'S' ? MAP.SHARED : MAP.PRIVATE;
    const calls: Call[] = [
      {
        name: 'mmap',
        args:
          letter === 'F'
            ? [addr, size, READ_WRITE, MAP.PRIVATE | MAP.FIXED, file, BigInt(i) * size]
            : [addr, size, READ_WRITE, shared | MAP.ANONYMOUS | MAP.FIXED, ANONYMOUS, 0n],
      },
    ];
    if (letter !== 'f' && letter !== 'F') calls.push({ name: 'store', args: [addr, BigInt(1 + i)] });
    if (letter === 'r') calls.push({ name: 'mprotect', args: [addr, size, PROT.READ] });
    if (letter === 'l') calls.push({ name: 'mlock', args: [addr, size] });
    if (letter === 's') calls.push({ name: 'mseal', args: [addr, size, 0n] });
    if (letter === 'u') calls.push({ name: 'uffdio_register', args: [uffd, addr, size, UFFDIO_REGISTER_MODE.MISSING] });
    return calls;
  });
}
