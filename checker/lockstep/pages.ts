/** Pages, predicted and seen: which are in memory, and what they hold. */
import type { SeenPage } from '../../spec/index.ts';
import { contentText, type Mismatch, NOT_IN_MEMORY } from './mismatch.ts';

const wasRead = ({ content, signal }: SeenPage): boolean => content !== undefined || signal !== undefined;

/** Nothing is said of a page that one of the machines could not read. */
const holdsSame = (a: SeenPage, b: SeenPage): boolean =>
  (a.content === b.content && a.signal === b.signal) || !wasRead(a) || !wasRead(b);

/** Goes through both lists, which ascend, page by page. */
function pairs(
  predicted: readonly SeenPage[],
  seen: readonly SeenPage[],
  visit: (a: SeenPage | undefined, b: SeenPage | undefined) => void,
): void {
  let [i, k] = [0, 0];
  while (i < predicted.length || k < seen.length) {
    const [a, b] = [predicted[i], seen[k]];
    const distance = (a?.page ?? Infinity) - (b?.page ?? Infinity);
    visit(distance <= 0 ? a : undefined, distance >= 0 ? b : undefined);
    if (distance <= 0) i++;
    if (distance >= 0) k++;
  }
}

const content = (aspect: string, a: SeenPage, b: SeenPage): Mismatch => ({
  aspect,
  page: a.page,
  predicted: contentText(a),
  seen: contentText(b),
});

/** Pages in memory: the same ones, with the same contents. */
export function comparePresent(predicted: readonly SeenPage[], seen: readonly SeenPage[]): readonly Mismatch[] {
  const found: Mismatch[] = [];
  pairs(predicted, seen, (a, b) => {
    if (a !== undefined && b !== undefined) {
      if (!holdsSame(a, b)) found.push(content('content', a, b));
      return;
    }
    const text = (p: SeenPage | undefined): string => (p === undefined ? NOT_IN_MEMORY : contentText(p));
    found.push({ aspect: 'residency', page: (a ?? b)?.page as number, predicted: text(a), seen: text(b) });
  });
  return found;
}

/** Pages that were touched by both: machines have limits of their own how many they touch. */
export function compareTouched(predicted: readonly SeenPage[], seen: readonly SeenPage[]): readonly Mismatch[] {
  const found: Mismatch[] = [];
  pairs(predicted, seen, (a, b) => {
    if (a !== undefined && b !== undefined && !holdsSame(a, b)) found.push(content('touched', a, b));
  });
  return found;
}
