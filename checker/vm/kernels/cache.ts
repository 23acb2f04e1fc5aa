/** Kernels on disk: one folder for each release, `vmlinuz` and `modules/` in it. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { cacheFolder, Missing } from '../../kernel/index.ts';
import { isMeant, newerFirst } from './release.ts';

/** A kernel that can be started. */
export interface CachedKernel {
  /** `uname -r`. */
  readonly release: string;
  /** The path of its bzImage. */
  readonly image: string;
  /** The package and the version that it was taken from. */
  readonly origin: string;
}

/** An image that cannot be one: the message is one line that says what is wrong and what to do. */
export class BadImage extends Error {}

/** Where kernels are kept. `cache`: the folder of everything that is kept. */
export const kernelsFolder = (cache: string = cacheFolder()): string => join(cache, 'kernels');

/** Every kernel in the cache, the newest first. */
export async function cachedKernels(cache?: string): Promise<readonly CachedKernel[]> {
  const folder = kernelsFolder(cache);
  const names = await readdir(folder).catch(() => []);
  const kernels: CachedKernel[] = [];
  for (const release of names.filter((name) => /^\d/.test(name)).sort(newerFirst)) {
    const origin = await readFile(join(folder, release, 'origin'), 'utf8').catch(() => undefined);
    if (origin !== undefined) kernels.push({ release, image: join(folder, release, 'vmlinuz'), origin: origin.trim() });
  }
  return kernels;
}

/**
 * The image that is meant by a path, or by a release in the cache (`6.12`, `6.12.117+deb13-cloud-amd64`).
 * @throws Missing where the cache has no such release. @throws BadImage where there is no such file.
 */
export async function locateImage(name: string, cache?: string): Promise<string> {
  if ((await stat(name).catch(() => undefined))?.isFile()) return name;
  if (!/^\d/.test(name) || name.includes('/')) throw new BadImage(`${name}: no such kernel image`);
  const kernels = await cachedKernels(cache);
  const found = kernels.find(({ release }) => isMeant(release, name));
  if (found !== undefined) return found.image;
  const there = kernels.length === 0 ? 'it is empty' : `there are ${kernels.map((k) => k.release).join(', ')}`;
  throw new Missing(
    `no kernel ${name} in the cache (${there}); mremap-check kernel fetch ${name} takes it from the distribution`,
  );
}

/** Where the setup header of a bzImage stands, its magic number, and the field that says where the release stands. */
const HEADER = { at: 0x202, magic: 'HdrS', release: 0x20e, from: 0x200 } as const;

/**
 * The release of a bzImage, as it stands in its header.
 * @throws BadImage where the file cannot be read or is none.
 */
export async function releaseOf(image: string): Promise<string> {
  const bytes = await readFile(image).catch((error: NodeJS.ErrnoException) => {
    throw new BadImage(`${image}: ${error.code === 'ENOENT' ? 'no such kernel image' : error.message}`);
  });
  if (bytes.toString('latin1', HEADER.at, HEADER.at + HEADER.magic.length) !== HEADER.magic)
    throw new BadImage(`${image} is no kernel image (a bzImage for x86-64 is needed, like arch/x86/boot/bzImage)`);
  const at = bytes.readUInt16LE(HEADER.release) + HEADER.from;
  return /^[^\s\0]+/.exec(bytes.toString('latin1', at, at + 128))?.[0] ?? basename(image);
}

/** Modules that a kernel needs to be talked to, in the order in which they are to be loaded; they stand beside an image of the cache. */
export async function modulesOf(image: string): Promise<readonly { name: string; bytes: Uint8Array }[]> {
  const folder = join(dirname(image), 'modules');
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.ko')).sort();
  return Promise.all(names.map(async (name) => ({ name, bytes: await readFile(join(folder, name)) })));
}
