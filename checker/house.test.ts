/**
 * The walls of the house, as far as a program can see them: who may import whom, and that no file names the place where it
 * was written. The rules are a function from file texts to complaints, so that the second half can show that they complain.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');
const SKIPPED = new Set(['node_modules', 'dist', 'coverage', '.git', '.cache', 'latest']);

type Files = ReadonlyMap<string, string>;

/** Every file of the project by its path from the root. */
function readFiles(folder = ''): Map<string, string> {
  const files = new Map<string, string>();
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    if (SKIPPED.has(entry.name) || entry.name.endsWith('.tgz')) continue;
    const path = posix.join(folder, entry.name);
    if (entry.isDirectory()) for (const [name, text] of readFiles(path)) files.set(name, text);
    else if (entry.isFile()) files.set(path, readFileSync(join(root, path), 'utf8'));
  }
  return files;
}

interface Import {
  readonly from: string;
  /** Path from the root, or the name of a package. */
  readonly to: string;
  readonly typesOnly: boolean;
}

const IMPORT = /^(?:import|export)\s+(type\s)?(?:[^'";]*?\sfrom\s+)?'([^']+)'|\bimport\('([^']+)'\)/gm;

function importsOf(path: string, text: string): Import[] {
  return [...text.matchAll(IMPORT)].map((m) => {
    const to = m[2] ?? m[3] ?? '';
    const target = to.startsWith('.') ? posix.join(dirname(path), to) : to;
    return { from: path, to: target, typesOnly: m[1] !== undefined };
  });
}

const room = (path: string): string => path.split('/')[0] ?? '';
/** The unit with one public file: a folder of checker/, or any other room as a whole. */
const unit = (path: string): string => (room(path) === 'checker' ? dirname(path) : room(path));

const MAY_IMPORT: Record<string, readonly string[]> = {
  spec: ['spec'],
  model: ['model', 'spec'],
  checker: ['checker', 'model', 'spec', 'reports'],
  reports: ['reports', 'checker', 'model', 'spec'],
};
/** What the spec and everything that it judges have in common: no rule stands there. */
const BOUNDARY = ['abi', 'calls', 'observation', 'profile'].map((name) => `spec/${name}.ts`);
const SPEC_ONLY = ['ts-pattern', 'immer'];

function complaintAbout({ from, to }: Import, isFile: boolean): string | undefined {
  const says = (why: string): string => `${from} imports ${to}: ${why}`;
  if (!isFile) {
    if (to.startsWith('@stryker-mutator/') && unit(from) !== 'checker/stryker')
      return says('a tool of checker/stryker alone');
    const only = SPEC_ONLY.includes(to.split('/')[0] ?? '') && room(from) !== 'spec';
    return only ? says('a tool of the spec alone') : undefined;
  }
  const allowed = MAY_IMPORT[room(from)];
  if (allowed === undefined) return undefined;
  if (!allowed.includes(room(to))) return says('the arrows run reports, checker → model → spec');
  if (room(from) === 'model' && room(to) === 'spec' && !BOUNDARY.includes(to))
    return says('the model knows the ABI alone');
  // Writers are called by the commands; everything else in checker/ must do without them.
  if (room(from) === 'checker' && room(to) === 'reports' && unit(from) !== 'checker/cli')
    return says('only the commands write reports');
  if (unit(from) === unit(to) || posix.basename(to) === 'index.ts') return undefined;
  if (unit(to) === 'checker' || room(from) === 'model') return undefined;
  return says('a folder has one public file, index.ts');
}

/** A circle of folders that need each other at run time, if there is one. */
function circle(imports: readonly Import[]): string | undefined {
  const arrows = new Map<string, Set<string>>();
  for (const i of imports) {
    if (i.typesOnly || i.from.endsWith('.test.ts') || unit(i.from) === unit(i.to)) continue;
    arrows.set(unit(i.from), (arrows.get(unit(i.from)) ?? new Set()).add(unit(i.to)));
  }
  const done = new Set<string>();
  const visit = (at: string, path: readonly string[]): string | undefined => {
    if (path.includes(at)) return `circle: ${[...path.slice(path.indexOf(at)), at].join(' → ')}`;
    if (done.has(at)) return undefined;
    for (const next of arrows.get(at) ?? []) {
      const found = visit(next, [...path, at]);
      if (found !== undefined) return found;
    }
    done.add(at);
    return undefined;
  };
  for (const start of arrows.keys()) {
    const found = visit(start, []);
    if (found !== undefined) return found;
  }
  return undefined;
}

// Written so that this file does not complain about itself.
const WORKPLACE = [
  /(?<![\w.)}*-])\/(?:work|home|Users)\/[A-Za-z0-9]/,
  /\bregistry\.[a-z]+[a-z.]*\.(?:org|com|dev)\b/,
  /\b(?:deb|ftp)\.debian\.(?:org)\b/,
  /"resolved":\s*"http/,
];

function workplace(files: Files): string[] {
  const found: string[] = [];
  for (const [path, text] of files)
    for (const pattern of WORKPLACE) {
      const hit = pattern.exec(text);
      if (hit !== null) found.push(`${path} names the place where it was written: ${hit[0]}`);
    }
  return found;
}

function complaints(files: Files): string[] {
  const imports = [...files].filter(([path]) => path.endsWith('.ts')).flatMap(([path, text]) => importsOf(path, text));
  const isFile = (i: Import): boolean => files.has(i.to);
  const lost = imports.filter((i) => i.to.endsWith('.ts') && !isFile(i)).map((i) => `${i.from}: no ${i.to}`);
  const walls = imports.map((i) => complaintAbout(i, isFile(i))).filter((c) => c !== undefined);
  const round = circle(imports.filter(isFile));
  return [...lost, ...walls, ...(round === undefined ? [] : [round]), ...workplace(files)];
}

test('the walls stand', () => {
  expect(complaints(readFiles())).toEqual([]);
});

describe('the walls are seen', () => {
  const base: readonly (readonly [string, string])[] = [
    ['spec/index.ts', "export * from './abi.ts';"],
    ['spec/abi.ts', ''],
    ['spec/rules/a.ts', "import { x } from '../abi.ts';"],
    ['model/index.ts', "import { x } from '../spec/abi.ts';"],
    ['checker/machine.ts', "import type { X } from '../spec/index.ts';"],
    ['checker/run/index.ts', "import { x } from '../../spec/index.ts';\nimport type { M } from '../machine.ts';"],
    ['checker/run/inner.ts', ''],
    [
      'checker/cli/main.ts',
      "import {\n  a,\n  b,\n} from '../run/index.ts';\nimport { w } from '../../reports/index.ts';",
    ],
    ['reports/index.ts', "import type { F } from '../checker/run/index.ts';"],
  ];
  const withFile = (path: string, text: string): string[] => complaints(new Map([...base, [path, text]]));

  test('nothing to say about a good house', () => {
    expect(complaints(new Map(base))).toEqual([]);
  });
  test.each([
    ['spec/x.ts', "import { m } from '../model/index.ts';", 'arrows'],
    ['spec/x.ts', "import type { M } from '../checker/machine.ts';", 'arrows'],
    ['model/x.ts', "import { judge } from '../spec/index.ts';", 'ABI alone'],
    ['model/x.ts', "import { produce } from 'immer';", 'spec alone'],
    ['checker/cli/x.ts', "import { match } from 'ts-pattern';", 'spec alone'],
    ['checker/cli/x.ts', "import { Stryker } from '@stryker-mutator/core';", 'checker/stryker alone'],
    ['checker/cli/x.ts', "import { abi } from '../../spec/abi.ts';", 'one public file'],
    ['checker/cli/x.ts', "import {\n  inner,\n} from '../run/inner.ts';", 'one public file'],
    ['checker/cli/x.ts', `const m = await ${'import'}('../run/inner.ts');`, 'one public file'],
    ['checker/run/x.ts', "import { w } from '../../reports/index.ts';", 'only the commands'],
    ['reports/x.ts', "import { c } from '../checker/cli/index.ts';", 'no checker/cli/index.ts'],
    ['checker/run/x.ts', "export * from '../cli/index.ts';", 'no checker/cli/index.ts'],
    ['README.md', `see /${'work'}/main`, 'place'],
    ['package-lock.json', `https://registry.${'npmjs'}.org/x`, 'place'],
  ])('%s: %s', (path, text, expected) => {
    expect(withFile(path, text).join('\n')).toContain(expected);
  });
  test('a circle of folders', () => {
    const files = new Map([
      ...base,
      ['checker/cli/index.ts', "import { r } from '../run/index.ts';"] as const,
      ['checker/run/x.ts', "import { c } from '../cli/index.ts';"] as const,
    ]);
    expect(complaints(files)).toEqual(['circle: checker/run → checker/cli → checker/run']);
  });
});
