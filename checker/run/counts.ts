/** How often something was seen. */
export type Counts = Map<string, number>;

export const bump = (counts: Counts, key: string, times = 1): void => {
  counts.set(key, (counts.get(key) ?? 0) + times);
};

/** Adds what was counted elsewhere. */
export function addCounts(counts: Counts, more: ReadonlyMap<string, number>): void {
  for (const [key, times] of more) bump(counts, key, times);
}
