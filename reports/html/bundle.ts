/**
 * The script and the style of the page. A package brings them (`npm run build` makes them); in a checkout they are made when they are
 * needed, and kept in node_modules/.cache as long as none of the sources changes.
 */
import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeDurably } from '../../checker/corpus/index.ts';
import type { Assets } from './report.ts';

/** What makes the page's script and style is not installed. */
export class NoBundler extends Error {}

const NAMES = { script: 'page.js', style: 'page.css' } as const;

/** Makes both from the sources in the package folder `home`. */
export async function bundle(home: string): Promise<Assets> {
  let build: typeof import('esbuild').build;
  try {
    ({ build } = await import('esbuild'));
  } catch {
    throw new NoBundler('esbuild is not installed: npm install without --omit=dev does that');
  }
  const made = await build({
    entryPoints: [join(home, 'reports/html/page/main.ts'), join(home, 'reports/html/page/page.css')],
    absWorkingDir: home,
    bundle: true,
    minify: true,
    // It also keeps the end of a script element out of the script. What runs in a page has neither files nor a process: an import of them is an error here.
    platform: 'browser',
    format: 'iife',
    target: 'es2023',
    legalComments: 'none',
    charset: 'ascii',
    write: false,
    outdir: join(home, 'out'),
    logLevel: 'silent',
  });
  const text = (end: string): string => made.outputFiles.find(({ path }) => path.endsWith(end))?.text ?? '';
  return { script: text('.js').trimEnd(), style: text('.css').trimEnd() };
}

/** Names and texts of all sources, and the bundler's version. */
function identity(home: string): string {
  const sum = createHash('sha256');
  const files = globSync(['{spec,model,checker,reports}/**/*.{ts,css}', 'package-lock.json'], { cwd: home });
  for (const file of files.filter((name) => !name.endsWith('.test.ts')).sort())
    sum
      .update(file)
      .update('\0')
      .update(readFileSync(join(home, file)))
      .update('\0');
  return sum.digest('hex').slice(0, 16);
}

const read = (folder: string): Assets | undefined => {
  const files = [join(folder, NAMES.script), join(folder, NAMES.style)];
  if (!files.every((file) => existsSync(file))) return undefined;
  const [script = '', style = ''] = files.map((file) => readFileSync(file, 'utf8'));
  return { script, style };
};

/** Writes both into a folder. */
export function writeAssets(folder: string, { script, style }: Assets): void {
  writeDurably(join(folder, NAMES.style), style);
  writeDurably(join(folder, NAMES.script), script);
}

/** The script and the style: those that were built, or made of the sources now. `home`: the package folder. */
export async function assetsOf(home: string): Promise<Assets> {
  const sources = join(home, 'reports/html/page/main.ts');
  if (!existsSync(sources)) {
    const built = read(join(home, 'dist/reports/html/page'));
    if (built === undefined) throw new NoBundler('the package lost the script of its reports');
    return built;
  }
  const cache = join(home, 'node_modules/.cache/mremap-check', identity(home));
  const kept = read(cache);
  if (kept !== undefined) return kept;
  const made = await bundle(home);
  try {
    writeAssets(cache, made);
  } catch {
    // A checkout that cannot be written into bundles every time.
  }
  return made;
}
