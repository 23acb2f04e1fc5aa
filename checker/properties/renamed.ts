import { FILE_CONTENT } from '../../spec/index.ts';
import { stepsDisagree } from './same.ts';
import { cut, type Trial, type Variant } from './variant.ts';

const KIND = 'renamed';
/** Names are moved up by this; beyond every content that the file or a program of the usual kind has. */
const UP = 0x10000000;

/**
 * Renamed: contents are names and nothing more. Stored under other names, they are seen under those wherever they were seen before,
 * and nothing else is different in any step: no result, no place, no flag, no sum.
 */
export function renamed(trial: Trial): readonly Variant[] {
  const { program, environment } = trial;
  const stores = program.lines.filter(({ name }) => name === 'store').map(({ operands }) => operands[1]!);
  if (stores.length === 0) return [];
  const isFile = (value: bigint): boolean => value >= FILE_CONTENT && value < FILE_CONTENT + environment.filePages;
  if (stores.some(({ base, offset }) => base !== null || offset >= UP || isFile(offset))) {
    trial.exclude(KIND, 'names taken');
    return [];
  }
  const names = new Set(stores.map(({ offset }) => Number(offset)).filter((name) => name !== 0));
  const lines = program.lines.map((l) => {
    const [address, value] = l.operands;
    if (l.name !== 'store' || value!.offset === 0n) return l;
    return { ...l, operands: [address!, { base: null, offset: value!.offset + BigInt(UP) }] };
  });
  return [
    {
      kind: KIND,
      index: 0,
      program: cut({ header: [], lines }, lines.length),
      compare: (variant, original) =>
        stepsDisagree(original, variant, {
          first: 0,
          behind: 0,
          window: environment.window,
          rename: (content) => (names.has(content) ? content + UP : content),
        }),
    },
  ];
}
