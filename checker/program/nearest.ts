/** "Did you mean …?": the nearest of a list of names. */

/** Beyond this length a word is no misspelling of any name we have; it also bounds the work per word. */
const LONGEST = 40;

/** Edits (insert, delete, replace, swap neighbours) between two short words; stops counting beyond `limit`. */
function distance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let before: number[] = [];
  let above: number[] = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min((above[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (above[j - 1] ?? 0) + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        best = Math.min(best, (before[j - 2] ?? 0) + 1);
      row.push(best);
    }
    before = above;
    above = row;
  }
  return above[b.length] ?? 0;
}

/**
 * The name that `word` is probably meant to be: without regard to case, a third of the letters may differ, and a missing or
 * wrong prefix (`MAYMOVE`, `MAP_FIXED` for MREMAP_FIXED) is no difference. `undefined` when nothing is near.
 */
export function nearest(word: string, names: readonly string[]): string | undefined {
  if (word.length > LONGEST) return undefined;
  const wanted = word.toLowerCase();
  const tail = wanted.slice(wanted.indexOf('_') + 1);
  const limit = Math.max(1, Math.floor(wanted.length / 3));
  let found: string | undefined;
  let least = limit + 1;
  for (const name of names) {
    const candidate = name.toLowerCase();
    const sameTail = tail.length > 1 && candidate.endsWith(`_${tail}`);
    // A shared tail counts as less than one edit, so that it wins over everything but an equal word.
    const edits = sameTail ? Math.min(0.5, distance(wanted, candidate, limit)) : distance(wanted, candidate, limit);
    if (edits < least) [found, least] = [name, edits];
  }
  return found;
}

/** The hint for a misspelt word, as an object to spread: empty when nothing is near. */
export function didYouMean(word: string, names: readonly string[]): string | undefined {
  const name = nearest(word, names);
  return name === undefined ? undefined : `did you mean ${name}?`;
}
