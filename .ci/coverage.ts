/**
 * Runs the tests under c8 and holds spec/ to its threshold: 95 % of lines and of branches.
 *
 * Files that hold nothing but types are left out: Node never loads them, so c8 would count their comments as missed lines.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, readFileSync, rmSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { join, relative } from 'node:path';

const THRESHOLD = 95;
const root = join(import.meta.dirname, '..');
const summaryFile = join(root, 'coverage/coverage-summary.json');

interface Count {
  readonly total: number;
  readonly covered: number;
}
type Summary = Record<string, { readonly lines: Count; readonly branches: Count }>;

const COMMENTS = /\/\*[\s\S]*?\*\/|\/\/.*$/gm;

/** Whether nothing is left of a source but comments, type imports and the like once its types are gone. */
function typesOnly(file: string): boolean {
  const rest = stripTypeScriptTypes(readFileSync(join(root, file), 'utf8')).replace(COMMENTS, '');
  return /^[\s;]*(export\s*\{\s*\}[\s;]*)?$/.test(rest);
}

function percent(count: Count): number {
  return count.total === 0 ? 100 : (100 * count.covered) / count.total;
}

const sources = globSync('{spec,model}/**/*.ts', { cwd: root }).filter((f) => !f.endsWith('.test.ts'));
const excluded = sources.filter(typesOnly).flatMap((f) => ['--exclude', f]);
rmSync(join(root, 'coverage'), { recursive: true, force: true });
const bin = join(root, 'node_modules/.bin');
const run = spawnSync(
  join(bin, 'c8'),
  ['--exclude', '**/*.test.ts', '--exclude', '**/testing*.ts', ...excluded, 'vitest', 'run', ...process.argv.slice(2)],
  { cwd: root, stdio: 'inherit', env: { ...process.env, PATH: `${bin}:${process.env.PATH}` } },
);
if (run.status !== 0 || !existsSync(summaryFile)) process.exit(run.status || 1);

const summary = JSON.parse(readFileSync(summaryFile, 'utf8')) as Summary;
let below = false;
for (const room of ['spec', 'model']) {
  for (const kind of ['lines', 'branches'] as const) {
    const sum = { total: 0, covered: 0 };
    const missed: string[] = [];
    for (const [file, counts] of Object.entries(summary)) {
      const name = relative(root, file);
      if (!name.startsWith(`${room}/`)) continue;
      const { total, covered } = counts[kind];
      sum.total += total;
      sum.covered += covered;
      if (covered < total) missed.push(`${name} ${total - covered}`);
    }
    const good = percent(sum) >= THRESHOLD;
    below ||= !good;
    console.log(`${room} ${kind}: ${percent(sum).toFixed(2)} % (${good ? 'at least' : 'BELOW'} ${THRESHOLD} %)`);
    if (missed.length > 0) console.log(`  missed: ${missed.join(', ')}`);
  }
}
process.exitCode = below ? 1 : 0;
