/** Durations as people write them. */

const UNITS: Readonly<Record<string, number>> = { h: 3600, m: 60, s: 1 };

/** Seconds of `8h`, `90m`, `1h30m`, `45s`; nothing for anything else, and for no time at all. */
export function secondsOf(text: string): number | undefined {
  if (!/^(?:\d+h)?(?:\d+m)?(?:\d+s)?$/.test(text)) return undefined;
  const parts = [...text.matchAll(/(\d+)([hms])/g)];
  const seconds = parts.reduce((sum, [, number, unit]) => sum + Number(number) * (UNITS[unit as string] as number), 0);
  return seconds > 0 && Number.isSafeInteger(seconds) ? seconds : undefined;
}

/** The same the other way round: `1h30m`, `45s`. */
export function durationText(seconds: number): string {
  let left = Math.round(seconds);
  const words = Object.entries(UNITS).flatMap(([unit, size]) => {
    const n = Math.floor(left / size);
    left -= n * size;
    return n === 0 ? [] : [`${n}${unit}`];
  });
  return words.join('') || '0s';
}
