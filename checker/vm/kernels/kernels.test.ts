/** Kernels of a distribution, in a cache of this test's; apt and dpkg-deb are played. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { Missing } from '../../kernel/index.ts';
import { archiveOf, complaint, Failed, packagesIn, type Shell } from '../apt/index.ts';
import { candidates } from './fetch.ts';
import { BadImage, cachedKernels, fetchKernels, locateImage, modulesOf, releaseOf } from './index.ts';
import { dependenciesIn } from './modules.ts';
import { isMeant, newerFirst, seriesOf } from './release.ts';

const folder = mkdtempSync(join(tmpdir(), 'mremap-check-kernels-'));
afterAll(() => rmSync(folder, { recursive: true }));
let caches = 0;
const freshCache = (): string => join(folder, `cache-${caches++}`);

describe('releases', () => {
  test('the newest first, by numbers', () => {
    const all = [
      '6.12.43+deb12-amd64',
      '6.12.107+deb13-amd64',
      '7.3-amd64',
      '7.3.4+deb13-amd64',
      '6.1.0-47-amd64',
      '6.1.0-50-amd64',
    ];
    expect(all.sort(newerFirst)).toEqual([
      ...['7.3.4+deb13-amd64', '7.3-amd64', '6.12.107+deb13-amd64', '6.12.43+deb12-amd64'],
      ...['6.1.0-50-amd64', '6.1.0-47-amd64'],
    ]);
  });
  test.each([
    ['6.1.0-50-amd64', '6.1', true],
    ['6.12.43+deb12-amd64', '6.1', false],
    ['6.12.43+deb12-amd64', '6.12.4', false],
    ['6.12.43+deb12-amd64', '6.12.43+deb12-amd64', true],
  ])('%s for %s: %s', (release, meant, expected) => expect(isMeant(release, meant)).toBe(expected));
  test('series', () => expect(seriesOf('6.12.43+deb12-amd64')).toBe('6.12'));
});

const packages = (...names: readonly string[]) => names.map((name) => ({ name, version: '1' }));

describe('packages', () => {
  test('a release stands once; for virtual machines first; none for tests or debugging', () => {
    const names = ['linux-image-6.19.1-amd64', 'linux-image-6.19.1-cloud-amd64', 'linux-binary-6.19.1-cloud-amd64'];
    const others = [
      'linux-image-6.19.1-cloud-amd64-dbg',
      'linux-image-6.19.1-rt-amd64',
      'linux-image-6.19.1-amd64-unsigned',
    ];
    const found = candidates([
      ...packages(...names, ...others),
      { name: 'linux-image-7.9-amd64', version: '7.9~rc1-1' },
    ]);
    expect(found.map(({ release, kernel }) => [release, kernel.name])).toEqual([
      ['6.19.1-cloud-amd64', 'linux-binary-6.19.1-cloud-amd64'],
      ['6.19.1-amd64', 'linux-image-6.19.1-amd64'],
    ]);
  });
  test('rows of madison', () => {
    expect(packagesIn(' linux-image-6.1 | 6.1.1-1 | uri sid/main amd64 Packages\n\n')).toEqual([
      { name: 'linux-image-6.1', version: '6.1.1-1' },
    ]);
  });
  test('the archive among sources: not that of security updates', () => {
    expect(archiveOf('http://a/debian-security/\nhttp://b/node\nhttp://a/debian/\n')).toBe('http://a/debian/');
    expect(archiveOf('http://a/ubuntu/')).toBeUndefined();
  });
  test('what apt complains of: no room before all else, then the last error', () => {
    const failed = (said: string): Failed => new Failed('apt-get', 'ended by exit 100', said);
    expect(complaint(failed('E: a\nE: b\ndone\n'))).toBe('b');
    expect(complaint(failed('dpkg: write: No space left on device\nE: b'))).toBe('no space left on device');
    expect(complaint(failed(''))).toBe('apt-get ended by exit 100');
  });
});

/** A file that is a bzImage as far as its header goes. */
function imageOf(release: string): Buffer {
  const bytes = Buffer.alloc(0x400);
  bytes.write('HdrS', 0x202, 'latin1');
  bytes.writeUInt16LE(0x100, 0x20e);
  bytes.write(`${release} (somebody@somewhere) #1\0`, 0x300, 'latin1');
  return bytes;
}

describe('images', () => {
  const file = (name: string, bytes: Uint8Array): string => {
    writeFileSync(join(folder, name), bytes);
    return join(folder, name);
  };
  test('the release stands in the header', async () => {
    expect(await releaseOf(file('good', imageOf('6.12.1-test')))).toBe('6.12.1-test');
  });
  test('what is no image: one line', async () => {
    const bad = file('bad', Buffer.from('text'));
    await expect(releaseOf(bad)).rejects.toEqual(
      new BadImage(`${bad} is no kernel image (a bzImage for x86-64 is needed, like arch/x86/boot/bzImage)`),
    );
    await expect(locateImage('nowhere/bzImage')).rejects.toEqual(new BadImage('nowhere/bzImage: no such kernel image'));
    await expect(locateImage('6.99', freshCache())).rejects.toThrow(Missing);
  });
});

/** An apt whose distribution has 6.12.1 and 6.1.0-5; `broken`: a command that fails, and what it says. */
function playedApt(
  broken: { readonly command?: string; readonly said?: string } = {},
): Shell & { readonly ran: string[] } {
  const ran: string[] = [];
  const module = Buffer.from('\0depends=virtio\0');
  return {
    ran,
    has: async () => true,
    run: async (command, args, { cwd = '' } = {}) => {
      ran.push([command, ...args].join(' '));
      if (`${command} ${args[0]}` === broken.command) throw new Failed(command, 'ended by exit 1', broken.said ?? '');
      if (args[0] === 'indextargets') return 'http://mirror/debian/\n';
      if (args[0] === 'search') return 'linux-image-6.12.1-amd64 - x\nlinux-image-6.1.0-5-amd64 - y\n';
      if (args[0] === 'madison')
        return 'linux-image-6.12.1-amd64 | 6.12.1-1 | z\nlinux-image-6.1.0-5-amd64 | 6.1.9-1 | z\n';
      if (args[0] === 'download') for (const name of args.slice(1)) writeFileSync(join(cwd, `${name}.deb`), '');
      if (command !== 'dpkg-deb') return '';
      const release = /linux-image-(.*)=/.exec(args[1]!)![1]!;
      const tree = join(cwd, 'lib/modules', release, 'kernel');
      mkdirSync(tree, { recursive: true });
      mkdirSync(join(cwd, 'boot'));
      writeFileSync(join(cwd, `boot/vmlinuz-${release}`), imageOf(release));
      writeFileSync(join(tree, 'virtio.ko'), '\0depends=\0');
      writeFileSync(join(tree, 'virtio_pci.ko.zst'), zstdCompressSync(module));
      writeFileSync(join(tree, 'other.ko'), '');
      return '';
    },
  };
}

describe('fetching', () => {
  test('a kernel with the modules that are needed, in order; a second time it is there', async () => {
    const cache = freshCache();
    const [shell, said] = [playedApt(), [] as string[]];
    const options = { cache, shell, say: (line: string) => void said.push(line) };
    const [fetched] = await fetchKernels(['6.1'], options);
    expect(fetched).toMatchObject({
      wanted: '6.1',
      release: '6.1.0-5-amd64',
      origin: 'linux-image-6.1.0-5-amd64 6.1.9-1',
      cached: false,
    });
    expect(await locateImage('6.1', cache)).toBe(fetched!.image);
    expect((await modulesOf(fetched!.image)).map(({ name }) => name)).toEqual(['00-virtio.ko', '01-virtio_pci.ko']);
    expect(await cachedKernels(cache)).toHaveLength(1);
    expect((await fetchKernels(['6.1'], options))[0]!.cached).toBe(true);
    expect(said).toEqual(['fetching linux-image-6.1.0-5-amd64 6.1.9-1']);
    expect(readdirSync(join(cache, 'kernels')).sort()).toEqual(['.apt', '6.1.0-5-amd64']);
  });
  test("apt has a configuration of its own: the system's mirror, our suites, checked signatures", async () => {
    const cache = freshCache();
    await fetchKernels(['6.12'], { cache, shell: playedApt(), say: () => undefined });
    const sources = readFileSync(join(cache, 'kernels/.apt/sources.list'), 'utf8');
    expect(sources).toMatch(/^deb \[signed-by=\S+archive-keyring.gpg\] http:\/\/mirror\/debian\/ bookworm main$/m);
    expect(sources).toMatch(/ experimental main$/m);
    const conf = readFileSync(join(cache, 'kernels/.apt/apt.conf'), 'utf8');
    expect(conf).toContain(`Dir::State::lists "${join(cache, 'kernels/.apt/lists')}"`);
    expect(conf).toContain('Dir::Etc::sourceparts "-"');
  });
  test('a release that no suite has: which there are; nothing is fetched', async () => {
    const shell = playedApt();
    const asked = fetchKernels(['6.1', '5.4'], { cache: freshCache(), shell, say: () => undefined });
    await expect(asked).rejects.toThrow(/^no suite has a kernel 5\.4; there are 6\.12, 6\.1 \(bookworm, /);
    expect(shell.ran.some((line) => line.includes('download'))).toBe(false);
  });
  test.each([
    ['apt-get update', 'E: no network', /^apt cannot read what kernels the distribution has .*: no network$/],
    ['apt-get download', 'E: gone', /^cannot fetch linux-image-6\.1\.0-5-amd64=6\.1\.9-1 into .*: gone$/],
    ['dpkg-deb -x', 'tar: No space left on device', /^cannot fetch .*: no space left on device$/],
  ])('%s fails: one line, and nothing is left', async (command, said, expected) => {
    const cache = freshCache();
    const asked = fetchKernels(['6.1'], { cache, shell: playedApt({ command, said }), say: () => undefined });
    await expect(asked).rejects.toThrow(expected);
    expect(readdirSync(join(cache, 'kernels'))).toEqual(['.apt']);
  });
  test('what fetching that was killed has left is swept away', async () => {
    const cache = freshCache();
    const left = join(cache, 'kernels/.part-4194999');
    mkdirSync(left, { recursive: true });
    await fetchKernels(['6.1'], { cache, shell: playedApt(), say: () => undefined });
    expect(existsSync(left)).toBe(false);
  });
  test('what a module depends on', () => {
    expect(dependenciesIn(Buffer.from('x\0depends=a,b\0y'))).toEqual(['a', 'b']);
    expect(dependenciesIn(Buffer.from('x\0depends=\0'))).toEqual([]);
  });
});
