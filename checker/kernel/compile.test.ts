/** Building the executor, and one readable line for every reason why it cannot be built. */
import { chmod, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compileExecutor, Missing, startKernel } from './index.ts';

describe.skipIf(process.platform !== 'linux')('compiling (skipped where there is no Linux)', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mremap-check-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** A compiler that behaves as this script says when it is asked to compile. */
  async function fake(name: string, script: string): Promise<string> {
    const path = join(folder, name);
    await writeFile(path, `#!/bin/sh\nif [ "$1" = --version ]; then echo "${name} 1.0"; exit 0; fi\n${script}\n`);
    await chmod(path, 0o755);
    return path;
  }

  /** Makes `$2` the name of the file that is to be written. */
  const output = 'while [ "$1" != -o ]; do shift; done';

  test('no compiler', async () => {
    const error = await startKernel({ compiler: '/nowhere/cc' }).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(Missing);
    expect(String(error)).toBe('Missing: no C compiler found (tried /nowhere/cc); install gcc or clang, or set CC');
  });

  test('a compiler that cannot link statically', async () => {
    const compiler = await fake(
      'dynamic',
      `${output}; echo half > "$2"; echo "/usr/bin/ld: cannot find -lc" >&2; exit 1`,
    );
    const error = await compileExecutor({ compiler, cache: folder }).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(Missing);
    expect(String(error)).toBe(`Missing: ${compiler} cannot build a static executor: /usr/bin/ld: cannot find -lc`);
    expect((await readdir(folder)).filter((name) => name.startsWith('executor-'))).toEqual([]);
  });

  test('built once for each compiler, complete or not at all', async () => {
    const cache = join(folder, 'cache');
    const count = join(folder, 'count');
    const script = `echo x >> ${count}; ${output}; echo binary > "$2"`;
    const [one, other] = [await fake('one', script), await fake('other', script)];
    const path = await compileExecutor({ compiler: one, cache });
    expect(await compileExecutor({ compiler: one, cache })).toBe(path);
    expect((await stat(count)).size).toBe(2);
    expect(await compileExecutor({ compiler: other, cache })).not.toBe(path);
    expect((await stat(count)).size).toBe(4);
    expect((await readdir(cache)).every((name) => /^executor-[0-9a-f]{20}$/.test(name))).toBe(true);
  });
});
