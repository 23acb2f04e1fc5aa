/** Paths are often walked one after the other; two neighbours share the beginnings of theirs. */

/** Takes what stands at the end of the path `at` to the end of `to`: `back` takes the last part of `at` off, `go` puts one on. */
export function walkTo(
  at: readonly number[],
  to: ArrayLike<number>,
  back: () => void,
  go: (part: number) => void,
): void {
  let same = 0;
  while (same < at.length && same < to.length && at[same] === to[same]) same++;
  while (at.length > same) back();
  for (let i = same; i < to.length; i++) go(to[i] as number);
}
