/** The command as it is installed: the launcher, and the tarball in an empty folder. Real processes, no network. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');
const launcher = join(root, 'bin/mremap-check');
const { version, files } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  version: string;
  files: string[];
};

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mremap-check-package-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function run(file: string, args: readonly string[], options: { cwd?: string; path?: string; input?: string } = {}) {
  const env = { ...process.env, NODE_V8_COVERAGE: '', PATH: options.path ?? process.env.PATH };
  const ended = spawnSync(file, args, { cwd: options.cwd ?? root, env, encoding: 'utf8', input: options.input ?? '' });
  return { exit: ended.status, out: ended.stdout, err: ended.stderr };
}

describe('the launcher', () => {
  test('runs in a checkout, from anywhere', () => {
    expect(run(launcher, ['--version'], { cwd: '/' })).toEqual({ exit: 0, out: `${version}\n`, err: '' });
  });
  test('through symlinks, relative ones too', () => {
    symlinkSync(launcher, join(folder, 'absolute'));
    symlinkSync('absolute', join(folder, 'relative'));
    expect(run(join(folder, 'relative'), ['--version']).out).toBe(`${version}\n`);
  });
  test('passes the exit code on', () => {
    expect(run(launcher, ['check', '--profile', 'linux-0.1'])).toMatchObject({
      exit: 2,
      err: expect.stringMatching(/^mremap-check: there is no profile linux-0\.1; .*\n$/),
    });
  });
  test('garbage on stdin: 2, line, column, caret', () => {
    const { exit, err } = run(launcher, ['replay', '-'], { input: 'munlockall()\n  mremap(0, ?)\n' });
    expect(exit).toBe(2);
    expect(err).toMatch(/^stdin:2:13: .*\n {4}mremap\(0, \?\)\n +\^\n/);
  });
  test('a reader that has seen enough is no failure, and changes no exit code', async () => {
    for (const [args, expected] of [
      [['--help'], 0],
      [['replay', '--json', '/nothing'], 2],
    ] as const) {
      const child = spawn(launcher, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
      child.stdout.destroy();
      let err = '';
      child.stderr.on('data', (data) => {
        err += data;
      });
      const [exit] = (await once(child, 'close')) as [number];
      expect([exit, err]).toEqual([expected, expected === 0 ? '' : 'mremap-check: /nothing: no such file\n']);
    }
  });

  describe('without a bundled Node', () => {
    /** A package that has nothing but its launcher, and a PATH with tools and perhaps a node of this version. */
    function bare(name: string, node?: string): { bin: string; path: string } {
      const tools = join(folder, name, 'tools');
      mkdirSync(join(folder, name, 'bin'), { recursive: true });
      mkdirSync(tools);
      const bin = join(folder, name, 'bin/mremap-check');
      writeFileSync(bin, readFileSync(launcher));
      chmodSync(bin, 0o755);
      for (const tool of ['dirname', 'readlink']) {
        const real = ['/usr/bin', '/bin'].map((d) => join(d, tool)).find(existsSync);
        if (real !== undefined) symlinkSync(real, join(tools, tool));
      }
      if (node !== undefined)
        writeFileSync(join(tools, 'node'), `#!/bin/sh\n[ "$1" = --version ] && echo ${node} || echo "ran $2 $3"\n`, {
          mode: 0o755,
        });
      return { bin, path: tools };
    }

    test('none at all: 3, one line', () => {
      const { bin, path } = bare('none');
      expect(run(bin, ['check'], { path })).toEqual({
        exit: 3,
        out: '',
        err: expect.stringMatching(/^mremap-check: needs Node 24 or newer.*\n$/),
      });
    });
    test('too old a one on PATH: 3', () => {
      const { bin, path } = bare('old', 'v20.20.2');
      expect(run(bin, ['check'], { path }).exit).toBe(3);
    });
    test('a new one on PATH is taken, with the sources', () => {
      const { bin, path } = bare('new', 'v24.1.0');
      const { exit, out } = run(bin, ['check'], { path });
      expect([exit, out]).toEqual([0, `ran ${join(folder, 'new/checker/cli/main.ts')} check\n`]);
    });
  });
});

describe('the tarball', () => {
  let installed = '';
  const bin = (): string => join(folder, 'empty/node_modules/.bin/mremap-check');

  beforeAll(() => {
    const packed = run('npm', ['pack', '--silent', '--pack-destination', folder]);
    expect(packed).toMatchObject({ exit: 0 });
    const tarball = join(folder, packed.out.trim().split('\n').at(-1) ?? '');
    // What `npm install TARBALL` makes, with this checkout's dependencies for the downloaded ones.
    const modules = join(folder, 'empty/node_modules');
    mkdirSync(join(modules, '.bin'), { recursive: true });
    for (const name of readdirSync(join(root, 'node_modules')))
      if (!name.startsWith('.')) symlinkSync(join(root, 'node_modules', name), join(modules, name));
    const node = join(root, 'node_modules/.bin/node');
    if (existsSync(node)) symlinkSync(node, join(modules, '.bin/node'));
    installed = join(modules, 'mremap-check');
    mkdirSync(installed);
    expect(run('tar', ['xzf', tarball, '-C', installed, '--strip-components=1']).exit).toBe(0);
    symlinkSync('../mremap-check/bin/mremap-check', bin());
    // The package is built anew.
  }, 60_000);

  test('carries what it needs, and no sources that Node would refuse', () => {
    for (const name of ['LICENSE', 'README.md', 'CHANGELOG.md', 'package.json', 'dist/checker/cli/main.js', 'corpus'])
      expect(existsSync(join(installed, name)), name).toBe(true);
    expect(readdirSync(installed)).not.toContain('spec');
    const all = readdirSync(installed, { recursive: true }) as string[];
    expect(all.filter((f) => f.endsWith('.ts') || f.includes('.test.'))).toEqual([]);
    // The benchmark is not in the package.
    const sources = readdirSync(join(root, 'checker/kernel'), { recursive: true }) as string[];
    for (const c of sources.filter((f) => /\.[ch]$/.test(f))) {
      expect(all).toContain(join('checker/kernel', c));
      expect(all).toContain(join('dist/checker/kernel', c));
    }
    expect(files).toContain('corpus');
  });
  test('runs', () => {
    const cwd = dirname(installed);
    expect(run(bin(), ['--version'], { cwd })).toEqual({ exit: 0, out: `${version}\n`, err: '' });
    const garbage = run(bin(), ['replay', '-', '--json'], { cwd, input: '?' });
    expect([garbage.exit, JSON.parse(garbage.out)]).toMatchObject([2, { errors: [{ file: 'stdin', line: 1 }] }]);
    expect(lstatSync(bin()).isSymbolicLink()).toBe(true);
  });
  test('makes reports without sources and without a bundler', () => {
    const cwd = dirname(installed);
    rmSync(join(installed, '../esbuild'));
    const explored = run(bin(), ['explore', '--pages', '1', '--depth', '1', '--report', join(folder, 'report')], {
      cwd,
    });
    expect([explored.exit, explored.err]).toEqual([0, '']);
    const page = readFileSync(join(folder, 'report/index.html'), 'utf8');
    // The model is in it.
    expect(page.length).toBeGreaterThan(200_000);
    const anew = run(bin(), ['report', '--out', join(folder, 'anew'), join(folder, 'report/explore.json')], { cwd });
    expect([anew.exit, readFileSync(join(folder, 'anew/index.html'), 'utf8') === page]).toEqual([0, true]);
  });
});
