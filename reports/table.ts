/** Plain-text layout: columns, two texts side by side, numbers with thousands separated. */

/** Columns are padded to their widest cell; the columns named in `right` are aligned to the right. */
export function table(rows: readonly (readonly string[])[], right: readonly number[] = [], margin = ''): string {
  const widths: number[] = [];
  for (const row of rows)
    row.forEach((cell, i) => {
      widths[i] = Math.max(widths[i] ?? 0, cell.length);
    });
  const pad = (cell: string, i: number): string =>
    right.includes(i) ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0);
  return rows.map((row) => (margin + row.map(pad).join('  ')).trimEnd()).join('\n');
}

export interface Side {
  readonly title: string;
  /** Row i of one side belongs to row i of the other. */
  readonly rows: readonly string[];
}

/** Two lists beside each other under their titles, a bar between them; long rows are folded, and stay level. */
export function sideBySide(left: Side, right: Side, width = 56): string {
  const a = [left.title, ...left.rows].map((row) => fold(row, width));
  const b = [right.title, ...right.rows].map((row) => fold(row, width));
  const column = Math.max(...a.flat().map((line) => line.length));
  const lines: string[] = [];
  for (let row = 0; row < Math.max(a.length, b.length); row++) {
    const [l, r] = [a[row] ?? [], b[row] ?? []];
    for (let i = 0; i < Math.max(l.length, r.length); i++)
      lines.push(`${(l[i] ?? '').padEnd(column)} │ ${r[i] ?? ''}`.trimEnd());
    if (row === 0)
      lines.push(`${'─'.repeat(column)}─┼─${'─'.repeat(Math.max(...b.flat().map((line) => line.length)))}`);
  }
  return lines.join('\n');
}

/** Cuts a line into pieces of at most `width`, at spaces where there are some. */
function fold(text: string, width: number): string[] {
  const lines: string[] = [];
  let rest = text;
  while (rest.length > width) {
    const space = rest.lastIndexOf(' ', width);
    const at = space > 0 ? space : width;
    lines.push(rest.slice(0, at));
    rest = rest.slice(at).trimStart();
  }
  return [...lines, rest];
}

/** 12345 → `12,345`; the same on every machine. */
export const thousands = (n: number): string => String(Math.round(n)).replace(/\B(?=(\d{3})+$)/g, ',');

/** `1 program`, `2 programs`. */
export const plural = (n: number, word: string): string => `${thousands(n)} ${word}${n === 1 ? '' : 's'}`;

export const indent = (text: string, by = '  '): string => text.replace(/^(?=.)/gm, by);
