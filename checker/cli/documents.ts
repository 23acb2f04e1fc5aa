/**
 * Documents whose commands run as tests: in a block of a Markdown file every line that begins with `$ ` is a command, and what follows, up
 * to the next one, is what it prints. A line `…` stands for any lines, and `…` at the end of a line for any rest of it.
 */

/** A command of a document. */
export interface Command {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** Without `$ `. */
  readonly text: string;
  readonly output: readonly string[];
}

const FENCE = /^```/;

/** The commands of a document, block by block: those of one block belong together. */
export function blocksOf(file: string, text: string): readonly (readonly Command[])[] {
  const blocks: Command[][] = [];
  let block: { line: number; text: string; output: string[] }[] | undefined;
  text.split('\n').forEach((row, i) => {
    if (FENCE.test(row)) {
      if (block !== undefined && block.length > 0) blocks.push(block.map((command) => ({ file, ...command })));
      block = block === undefined ? [] : undefined;
    } else if (row.startsWith('$ ')) block?.push({ line: i + 1, text: row.slice(2), output: [] });
    else block?.at(-1)?.output.push(row);
  });
  return blocks;
}

const rowMatches = (expected: string, row: string): boolean =>
  expected.endsWith('…') ? row.startsWith(expected.slice(0, -1).trimEnd()) : expected === row;

/** Whether what was printed is what a document says. */
export function matches(expected: readonly string[], printed: readonly string[]): boolean {
  const [first, ...rest] = expected;
  if (first === undefined) return printed.length === 0;
  if (first.trim() !== '…') {
    const [row, ...others] = printed;
    return row !== undefined && rowMatches(first, row) && matches(rest, others);
  }
  return printed.some((_, from) => matches(rest, printed.slice(from))) || matches(rest, []);
}

/** The document with the output of a command in the place of what stands there. */
export function withOutput(text: string, { line, output }: Command, printed: readonly string[]): string {
  const rows = text.split('\n');
  rows.splice(line, output.length, ...printed);
  return rows.join('\n');
}

const MODEL_ALONE =
  /^(?:repro|diff|explore|mutants|judge|extract|report|corpus (?:list|check))\b|--machine model|--help|nowhere/;

/** Whether a command of mremap-check runs programs on the kernel. */
export const needsKernel = (text: string): boolean => {
  const command = /^npx mremap-check (.*)$/.exec(text)?.[1];
  return command === undefined || !MODEL_ALONE.test(command);
};
