/**
 * What the tests reach of spec/ and model/, and apart from them, what fuzzing alone reaches: c8 around the tests, then around a fuzzing run of the
 * model. The tests must reach 95 % of lines and of branches. `npm run coverage -- tests` and `-- fuzz` are one of them alone.
 *
 * Files that hold nothing but types are left out: Node never loads them, so c8 would count their comments as missed lines.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, globSync, readFileSync, rmSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { join, relative } from 'node:path';

const THRESHOLD = 95;
const root = join(import.meta.dirname, '..');
const bin = join(root, 'node_modules/.bin');

interface Count {
  readonly total: number;
  readonly covered: number;
}
type Summary = Record<string, { readonly lines: Count; readonly branches: Count }>;

interface Part {
  readonly name: string;
  readonly command: readonly string[];
  /** In percent, of lines and of branches; absent: whatever it reaches is good. */
  readonly atLeast?: number;
}

const PARTS: readonly Part[] = [
  { name: 'tests', command: ['vitest', 'run'], atLeast: THRESHOLD },
  {
    name: 'fuzz',
    command: [
      'node',
      'checker/cli/main.ts',
      'fuzz',
      '--machine',
      'model',
      '--faults',
      '--programs',
      '20000',
      '--corpus',
      'coverage/new',
    ],
  },
];

const COMMENTS = /\/\*[\s\S]*?\*\/|\/\/.*$/gm;

/** Whether nothing is left of a source but comments, type imports and the like once its types are gone. */
function typesOnly(file: string): boolean {
  const rest = stripTypeScriptTypes(readFileSync(join(root, file), 'utf8')).replace(COMMENTS, '');
  return /^[\s;]*(export\s*\{\s*\}[\s;]*)?$/.test(rest);
}

const percent = ({ total, covered }: Count): number => (total === 0 ? 100 : (100 * covered) / total);

/** Runs a part; what it reached is kept in coverage/NAME-coverage-summary.json, where a report finds it. */
function reached({ name, command }: Part): Summary {
  const sources = globSync('{spec,model}/**/*.ts', { cwd: root }).filter((f) => !f.endsWith('.test.ts'));
  const excluded = sources.filter(typesOnly).flatMap((f) => ['--exclude', f]);
  const folder = join(root, 'coverage', name);
  rmSync(folder, { recursive: true, force: true });
  const left = ['--exclude', '**/*.test.ts', '--exclude', '**/testing*.ts', ...excluded];
  const run = spawnSync(join(bin, 'c8'), [...left, '--reports-dir', folder, ...command], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, PATH: `${bin}:${process.env.PATH}` },
  });
  const file = join(folder, 'coverage-summary.json');
  if (run.status !== 0 || !existsSync(file)) process.exit(run.status || 1);
  copyFileSync(file, join(root, 'coverage', `${name}-coverage-summary.json`));
  return JSON.parse(readFileSync(file, 'utf8')) as Summary;
}

/** Says what was reached of a room; whether that is enough. */
function tell({ name, atLeast }: Part, summary: Summary, room: string, kind: 'lines' | 'branches'): boolean {
  const sum = { total: 0, covered: 0 };
  const missed: string[] = [];
  for (const [file, counts] of Object.entries(summary)) {
    const source = relative(root, file);
    if (!source.startsWith(`${room}/`)) continue;
    const { total, covered } = counts[kind];
    sum.total += total;
    sum.covered += covered;
    if (covered < total) missed.push(`${source} ${total - covered}`);
  }
  const isEnough = atLeast === undefined || percent(sum) >= atLeast;
  const held = atLeast === undefined ? '' : ` (${isEnough ? 'at least' : 'BELOW'} ${atLeast} %)`;
  console.log(`${name}: ${room} ${kind}: ${percent(sum).toFixed(2)} %${held}`);
  if (missed.length > 0) console.log(`  missed: ${missed.join(', ')}`);
  return isEnough;
}

const [only] = process.argv.slice(2);
const parts = PARTS.filter(({ name }) => only === undefined || name === only);
if (parts.length === 0) {
  console.error(`there is no coverage of ${only}; there are ${PARTS.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}
for (const part of parts) {
  const summary = reached(part);
  for (const room of ['spec', 'model'])
    for (const kind of ['lines', 'branches'] as const) if (!tell(part, summary, room, kind)) process.exitCode = 1;
}
