/** Releases of kernels as distributions name them: `6.1.0-50-cloud-amd64`, `6.12.117+deb13-amd64`. */

/** The numbers in front: `6.12.117` of `6.12.117+deb13-amd64`, `6.1.0.50` of `6.1.0-50-amd64`. */
const numbersOf = (release: string): readonly number[] =>
  (/^\d+(?:\.\d+)*(?:-\d+)?/.exec(release)?.[0] ?? '').split(/[.-]/).map(Number);

/** Below 0 where `a` is newer. */
export function newerFirst(a: string, b: string): number {
  const [x, y] = [numbersOf(a), numbersOf(b)];
  for (let i = 0; i < Math.max(x.length, y.length); i++) {
    const by = (y[i] ?? -1) - (x[i] ?? -1);
    if (by !== 0) return by;
  }
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Whether a release is one that is meant: the same, or the beginning of it up to a whole number. `6.1` does not mean `6.12`. */
export const isMeant = (release: string, meant: string): boolean =>
  release.startsWith(meant) && !/^\d/.test(release.slice(meant.length));

/** `6.12` of `6.12.117+deb13-amd64`. */
export const seriesOf = (release: string): string => /^\d+\.\d+/.exec(release)?.[0] ?? release;
