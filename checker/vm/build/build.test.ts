/** Building a kernel, with a shell that makes what a test wants of each command. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Failed, type Shell } from '../apt/index.ts';
import { buildKernel } from './build.ts';
import { notTaken, readFragment } from './fragment.ts';

const FRAGMENT = join(import.meta.dirname, 'fault-injection.config');
let cache: string;
beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'mremap-check-'));
  await mkdir(join(cache, 'sources/linux-source-7.3_7.3.4-1'), { recursive: true });
});
afterEach(() => rm(cache, { recursive: true }));

interface Doing {
  readonly missing?: readonly string[];
  /** Options that do not take. */
  readonly refused?: readonly string[];
  /** What make of an image ends by. */
  readonly breaks?: (log: string) => Promise<never>;
}

/** Notes the targets that were made. */
function shell({ missing = [], refused = [], breaks }: Doing, made: string[] = []): Shell {
  return {
    has: async (command) => !missing.includes(command),
    run: async (command, args, options) => {
      if (command === 'sh' && missing.includes('gelf.h')) throw new Failed('sh', 'ended by exit 1', '');
      if (command !== 'flock') return '';
      const target = args[args.indexOf('ARCH=x86_64') + 1]!;
      const folder = args.find((arg) => arg.startsWith('O='))!.slice(2);
      made.push(target);
      if (target === 'tinyconfig') {
        const wanted = await readFile(join(folder, 'wanted.config'), 'utf8');
        const taken = wanted.split('\n').filter((line) => !refused.includes(line));
        await writeFile(join(folder, '.config'), taken.join('\n'));
      }
      if (target === 'bzImage') {
        if (breaks !== undefined) return breaks(options!.log!);
        await mkdir(join(folder, 'arch/x86/boot'), { recursive: true });
        await writeFile(join(folder, 'arch/x86/boot/bzImage'), 'image');
      }
      return '';
    },
  };
}
const build = (doing: Doing, made?: string[], more: object = {}) =>
  buildKernel({ jobs: 2, cache, say: () => undefined, shell: shell(doing, made), arch: 'x64', ...more });

describe('kernel build', () => {
  test('once for each source and fragment; the copy that is asked for is there both times', async () => {
    const made: string[] = [];
    const first = await build({}, made);
    expect(made).toEqual(['tinyconfig', 'olddefconfig', 'bzImage']);
    expect(first).toMatchObject({ version: '7.3.4-1', cached: false });
    expect(await readFile(first.image, 'utf8')).toBe('image');
    const output = join(cache, 'out/image');
    expect(await build({}, made, { output })).toMatchObject({ image: output, cached: true });
    expect([await readFile(output, 'utf8'), made.length]).toEqual(['image', 3]);
  });
  test('one that was broken off is gone on with, and not configured again', async () => {
    const made: string[] = [];
    const killed = async (): Promise<never> => {
      throw new Failed('flock', 'ended by SIGKILL', '');
    };
    await expect(build({ breaks: killed }, made)).rejects.toThrow(/^make bzImage failed/);
    await build({}, made);
    expect(made).toEqual(['tinyconfig', 'olddefconfig', 'bzImage', 'bzImage']);
  });
  test('what is missing is one line', async () => {
    await expect(build({ missing: ['flex', 'bc', 'gelf.h'] })).rejects.toThrow(
      'a kernel cannot be built without flex, bc, libelf-dev; apt-get install flex bc libelf-dev',
    );
    await expect(build({}, [], { arch: 'arm64' })).rejects.toThrow('kernels are built for x86-64 alone; this is arm64');
  });
  test('an option that does not take is named, and asked for again the next time', async () => {
    const refused = ['CONFIG_FAILSLAB=y'];
    await expect(build({ refused })).rejects.toThrow(
      'options that linux 7.3.4-1 did not take: CONFIG_FAILSLAB=y (there is no such option)',
    );
    const made: string[] = [];
    await build({}, made);
    expect(made).toContain('tinyconfig');
  });
  test('the first complaint of make, not a file that is named so', async () => {
    const breaks = async (log: string): Promise<never> => {
      await writeFile(log, '  CC lib/error-inject.o\nmm/vma.c:3:1: error: no such thing\nmake: *** [x] Error 1\n');
      throw new Failed('flock', 'ended by exit 2', '');
    };
    await expect(build({ breaks })).rejects.toThrow('make bzImage failed: mm/vma.c:3:1: error: no such thing');
  });
  test('another build at work', async () => {
    const breaks = async (): Promise<never> => {
      throw new Failed('flock', 'ended by exit 75', '');
    };
    await expect(build({ breaks })).rejects.toThrow(/^another build is at work/);
  });
});

describe('the fragment', () => {
  test('every line has its reason, and none is there twice', async () => {
    const { options } = readFragment(await readFile(FRAGMENT, 'utf8'), FRAGMENT);
    const names = options.map((option) => option.split('=')[0]);
    expect(new Set(names).size).toBe(names.length);
    expect(options).toContain('CONFIG_FAIL_PAGE_ALLOC=y');
  });
  test('a line without a reason is refused', () => {
    expect(() => readFragment('CONFIG_A=y\n', 'f')).toThrow('f:1: not an option with a reason');
  });
  test('what was not taken, with what stands there', () => {
    const config = 'CONFIG_A=y\n# CONFIG_B is not set\nCONFIG_C=m\n';
    const options = ['CONFIG_A=y', 'CONFIG_B=y', 'CONFIG_C=y', 'CONFIG_D=y'];
    expect(notTaken({ options }, config)).toEqual([
      'CONFIG_B=y (# CONFIG_B is not set)',
      'CONFIG_C=y (CONFIG_C=m)',
      'CONFIG_D=y (there is no such option)',
    ]);
  });
});
