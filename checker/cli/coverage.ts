/** What c8 counted (`coverage-summary.json`), as the report shows it: by room. */
import { basename, dirname, isAbsolute, relative } from 'node:path';
import { z } from 'zod';
import type { CoverageData } from '../../reports/html/index.ts';
import { badInput } from './exit.ts';

const count = z.object({ total: z.number(), covered: z.number() });
const summary = z.record(z.string(), z.object({ lines: count, branches: count }));

/** The rooms of which it is told. */
const ROOMS = ['spec', 'model'] as const;

/** Sums a summary up. Its title is the name of its folder, or of itself where that is the usual one. `home`: the package folder. */
export function coverageFrom(data: unknown, file: string, home: string): CoverageData {
  const parsed = summary.safeParse(data);
  if (!parsed.success) throw badInput(`${file}: not what c8's reporter json-summary writes`);
  const rooms = ROOMS.map((room) => {
    const sums = { lines: { total: 0, covered: 0 }, branches: { total: 0, covered: 0 } };
    for (const [path, counts] of Object.entries(parsed.data)) {
      const name = isAbsolute(path) ? relative(home, path) : path;
      if (!name.startsWith(`${room}/`)) continue;
      for (const kind of ['lines', 'branches'] as const) {
        sums[kind].total += counts[kind].total;
        sums[kind].covered += counts[kind].covered;
      }
    }
    return { room, ...sums };
  });
  const name = basename(file, '.json').replace(/-?coverage-summary$/, '');
  const folder = basename(dirname(file));
  return { title: name || (folder === 'coverage' || folder === '.' || folder === '' ? 'tests' : folder), rooms };
}
