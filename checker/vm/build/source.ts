/** The newest kernel source that the distribution has, by apt, into a folder of our own. */
import { readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Missing } from '../../kernel/index.ts';
import { Apt, complaint, type Package, type Shell } from '../apt/index.ts';

/** Suites that are looked at. */
const SUITES = ['trixie-backports', 'trixie', 'sid', 'experimental'];

/** A kernel's source on disk. */
export interface Source {
  /** `7.3.4-1`, the package's version. */
  readonly version: string;
  /** Where its Makefile is. */
  readonly folder: string;
}

/** `[major, minor]` of `linux-source-7.3`. */
const releaseOf = (name: string): readonly number[] => name.replace('linux-source-', '').split('.').map(Number);

const newerFirst = (a: string, b: string): number => {
  const [x, y] = [releaseOf(a), releaseOf(b)];
  return (y[0] ?? 0) - (x[0] ?? 0) || (y[1] ?? 0) - (x[1] ?? 0);
};

/** The newest release, and of that the newest package; what is not released yet is passed over. */
export const newest = (packages: readonly Package[]): Package | undefined =>
  packages
    .filter(({ name, version }) => /^linux-source-\d+\.\d+$/.test(name) && !/~rc/.test(version))
    .sort((a, b) => newerFirst(a.name, b.name))[0];

/** What is on disk from before: the newest source that was unpacked to its end. */
async function unpacked(folder: string): Promise<Source | undefined> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => /^linux-source-[\d.]+_/.test(name));
  const [name] = names.sort((a, b) => newerFirst(a.split('_')[0]!, b.split('_')[0]!));
  return name === undefined ? undefined : { version: name.split('_')[1]!, folder: join(folder, name) };
}

/**
 * The source that is in `folder`, or the newest of the distribution, fetched and unpacked there now. A download or an unpacking that was broken off
 * is begun again.
 * @throws Missing where apt, the archive or the room for it is missing.
 */
export async function fetchSource(shell: Shell, folder: string, say: (text: string) => void): Promise<Source> {
  const old = await unpacked(folder);
  if (old !== undefined) return old;
  const apt = await Apt.open(shell, join(folder, 'apt'), SUITES);
  const one = newest(await apt.find('^linux-source-[0-9.]+$'));
  if (one === undefined) throw new Missing(`no kernel source (linux-source-…) in the suites ${SUITES.join(', ')}`);
  const { name, version } = one;
  const part = join(folder, 'part');
  say(`fetching ${name} ${version}`);
  await apt.unpack([one], part);
  say(`unpacking ${name}`);
  try {
    // The package holds one archive, which holds the tree.
    await shell.run('sh', ['-c', 'tar -xf usr/src/linux-source-*.tar.xz'], { cwd: part });
  } catch (error) {
    await rm(part, { recursive: true, force: true });
    throw new Missing(`cannot unpack ${name} ${version} in ${folder}: ${complaint(error)}`);
  }
  const whole = join(folder, `${name}_${version}`);
  await rename(join(part, name), whole);
  await rm(part, { recursive: true, force: true });
  return { version, folder: whole };
}
