/**
 * Mappings, predicted and seen: boundaries and all. Both lists are cut wherever either has an end; of each piece one side has nothing,
 * or both have a mapping, whose attributes must be the same.
 */
import { flagNames, protection, type SeenMapping } from '../../spec/index.ts';
import { hex, type Mismatch, mappingText, UNMAPPED } from './mismatch.ts';

/**
 * Device and inode numbers of a machine mean nothing to another one: only that one file stays one file. The pairs found so far, both
 * ways; they hold for the rest of the run, because no machine gives the number of a file to another one.
 */
export class Files {
  readonly #seen = new Map<number, number>([[0, 0]]);
  readonly #predicted = new Map<number, number>([[0, 0]]);

  /** Whether the two can be one file; if so, they are from now on. */
  pair(predicted: number, seen: number): boolean {
    const other = this.#seen.get(predicted);
    if (other !== undefined || this.#predicted.has(seen)) return other === seen;
    this.#seen.set(predicted, seen);
    this.#predicted.set(seen, predicted);
    return true;
  }
}

/** Where a page of a mapping lies in its file. */
const offsetAt = (m: SeenMapping, page: number): number => (m.file === 0 ? m.offset : m.offset + page - m.start);

const flagsDiffer = (a: SeenMapping, b: SeenMapping): boolean =>
  a.flags !== undefined && b.flags !== undefined && a.flags !== b.flags;

const same = (a: SeenMapping, b: SeenMapping, files: Files): boolean =>
  a.start === b.start &&
  a.end === b.end &&
  a.prot === b.prot &&
  a.shared === b.shared &&
  a.offset === b.offset &&
  files.pair(a.file, b.file) &&
  !flagsDiffer(a, b);

const fileText = ({ file }: SeenMapping): string => (file === 0 ? 'no file' : `file ${hex(file)}`);
/** What differs between two mappings that both cover `page`. */
function attributes(a: SeenMapping, b: SeenMapping, page: number, files: Files): Mismatch[] {
  const found: Mismatch[] = [];
  const differ = (aspect: string, predicted: string, seen: string): void => {
    found.push({ aspect, page, predicted, seen });
  };
  if (a.prot !== b.prot) differ('protection', protection(a.prot), protection(b.prot));
  if (a.shared !== b.shared) differ('sharing', a.shared ? 'shared' : 'private', b.shared ? 'shared' : 'private');
  if (!files.pair(a.file, b.file)) differ('backing', fileText(a), fileText(b));
  const [from, to] = [offsetAt(a, page), offsetAt(b, page)];
  if (from !== to) differ('offset', `${from}`, `${to}`);
  if (flagsDiffer(a, b)) {
    const [predicted, seen] = [a.flags as number, b.flags as number];
    differ(`flags ${flagNames(predicted ^ seen)}`, flagNames(predicted), flagNames(seen));
  }
  return found;
}

const boundary = (page: number, predicted: boolean): Mismatch => ({
  aspect: 'boundary',
  page,
  predicted: predicted ? 'a boundary' : 'one mapping',
  seen: predicted ? 'one mapping' : 'a boundary',
});

const covering = (m: SeenMapping | undefined, page: number): SeenMapping | undefined =>
  m !== undefined && m.start <= page ? m : undefined;

const presence = (a: SeenMapping | undefined, b: SeenMapping | undefined, start: number, end: number): Mismatch => {
  const text = (m: SeenMapping | undefined): string =>
    m === undefined ? UNMAPPED : mappingText({ ...m, start, end, offset: offsetAt(m, start) });
  return { aspect: 'mapping', page: start, predicted: text(a), seen: text(b) };
};

/** Piece by piece between the ends of either list. */
function byPieces(predicted: readonly SeenMapping[], seen: readonly SeenMapping[], files: Files): Mismatch[] {
  const found: Mismatch[] = [];
  const cuts = [...new Set([...predicted, ...seen].flatMap((m) => [m.start, m.end]))].sort((x, y) => x - y);
  let [i, k] = [0, 0];
  let [beforeA, beforeB]: [SeenMapping?, SeenMapping?] = [];
  cuts.forEach((page, cut) => {
    while ((predicted[i]?.end ?? Infinity) <= page) i++;
    while ((seen[k]?.end ?? Infinity) <= page) k++;
    const [a, b] = [covering(predicted[i], page), covering(seen[k], page)];
    if (a !== undefined && b !== undefined) {
      if (beforeA && beforeB && (a === beforeA) !== (b === beforeB)) found.push(boundary(page, a !== beforeA));
      found.push(...attributes(a, b, page, files));
    } else if (a !== undefined || b !== undefined) {
      found.push(presence(a, b, page, cuts[cut + 1] as number));
    }
    [beforeA, beforeB] = [a, b];
  });
  return found;
}

/** What differs, in ascending order of pages. */
export function compareMappings(
  predicted: readonly SeenMapping[],
  seen: readonly SeenMapping[],
  files: Files,
): readonly Mismatch[] {
  if (predicted.length === seen.length && predicted.every((m, i) => same(m, seen[i] as SeenMapping, files))) return [];
  return byPieces(predicted, seen, files);
}
