/** Kernels of the distribution, into the cache. */
import { copyFile, mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Missing } from '../../kernel/index.ts';
import { Apt, complaint, type Package, SHELL, type Shell } from '../apt/index.ts';
import { type CachedKernel, cachedKernels, kernelsFolder } from './cache.ts';
import { takeModules } from './modules.ts';
import { isMeant, newerFirst, seriesOf } from './release.ts';

/** Suites that are looked at. */
const SUITES = ['bookworm', 'bookworm-backports', 'trixie', 'trixie-backports', 'sid', 'experimental'];

/** Packages that hold a kernel; from 6.19 on an image is a package of packages, and the kernel stands in another one. */
const KERNEL = /^linux-(image|binary)-(\d.*?(-cloud)?-amd64)$/;
const SEARCH = '^linux-(image|binary)-[0-9].*-amd64$';

export interface FetchOptions {
  /** The folder of everything that is kept; else `$XDG_CACHE_HOME/mremap-check` or `~/.cache/mremap-check`. */
  readonly cache?: string;
  readonly say: (text: string) => void;
  readonly shell?: Shell;
}

/** A kernel that was fetched, or was there. */
export interface Fetched extends CachedKernel {
  readonly wanted: string;
  readonly cached: boolean;
}

interface Candidate {
  readonly release: string;
  readonly kernel: Package;
}

/** The kernels among packages, the best first: the newest, and of two flavours of it the one for virtual machines, which is small. */
export function candidates(packages: readonly Package[]): readonly Candidate[] {
  const best = new Map<string, Candidate>();
  for (const kernel of packages) {
    const [, kind, release] = KERNEL.exec(kernel.name) ?? [];
    if (release === undefined || /-rt-|-(dbg|unsigned)$/.test(kernel.name) || /~rc/.test(kernel.version)) continue;
    if (kind === 'binary' || !best.has(release)) best.set(release, { release, kernel });
  }
  const plain = (release: string): string => release.replace('-cloud', '');
  const isCloud = ({ release }: Candidate): number => (release.includes('-cloud-') ? 1 : 0);
  return [...best.values()].sort((a, b) => newerFirst(plain(a.release), plain(b.release)) || isCloud(b) - isCloud(a));
}

/** The first folder below `folder` for which `path` is there. */
async function below(folder: string, paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths)
    if ((await stat(join(folder, path)).catch(() => undefined)) !== undefined) return join(folder, path);
  return undefined;
}

/** Takes the kernel and its modules out of unpacked packages. */
async function keep(shell: Shell, part: string, { release, kernel }: Candidate, to: string): Promise<void> {
  const image = await below(part, [
    `boot/vmlinuz-${release}`,
    `usr/lib/modules/${release}/vmlinuz`,
    `lib/modules/${release}/vmlinuz`,
  ]);
  if (image === undefined) throw new Missing(`${kernel.name} ${kernel.version} holds no vmlinuz-${release}`);
  const fresh = join(dirname(part), `.${basename(to)}.${process.pid}`);
  try {
    await rm(fresh, { recursive: true, force: true });
    await mkdir(join(fresh, 'modules'), { recursive: true });
    await copyFile(image, join(fresh, 'vmlinuz'));
    const tree = await below(part, [`usr/lib/modules/${release}`, `lib/modules/${release}`]);
    if (tree !== undefined) await takeModules(shell, tree, join(fresh, 'modules'));
    await rm(join(fresh, 'modules/scratch'), { force: true });
    await writeFile(join(fresh, 'origin'), `${kernel.name} ${kernel.version}\n`);
    await rm(to, { recursive: true, force: true });
    await rename(fresh, to);
  } catch (error) {
    await rm(fresh, { recursive: true, force: true });
    throw new Missing(`cannot put kernel ${release} into ${to}: ${complaint(error)}`);
  }
}

/** What releases there are, in one line. */
const seriesIn = (all: readonly Candidate[]): string => [...new Set(all.map((c) => seriesOf(c.release)))].join(', ');

async function fetchOne(shell: Shell, apt: Apt, found: Candidate, folder: string): Promise<string> {
  const part = join(folder, `.part-${process.pid}`);
  await apt.unpack([found.kernel], part);
  try {
    const to = join(folder, found.release);
    await keep(shell, part, found, to);
    return to;
  } finally {
    await rm(part, { recursive: true, force: true });
  }
}

/** Removes what fetching that was killed has left. */
async function sweep(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const pid = Number(/^\.(?:part-|.*\.)(\d+)$/.exec(name)?.[1]);
    if (!Number.isInteger(pid) || pid === process.pid) continue;
    if ((await stat(`/proc/${pid}`).catch(() => undefined)) === undefined)
      await rm(join(folder, name), { recursive: true, force: true });
  }
}

/**
 * For each wanted release (`6.12`, `6.12.107`) the newest kernel that the distribution has of it; one that is in the cache and was asked for in full
 * is taken as it is. Nothing is installed, and the system's own lists of packages stay as they are.
 * @throws Missing where a release, apt, or the room is missing: in one line that says what there is.
 */
export async function fetchKernels(wanted: readonly string[], options: FetchOptions): Promise<readonly Fetched[]> {
  const { cache, say, shell = SHELL } = options;
  const folder = kernelsFolder(cache);
  await mkdir(folder, { recursive: true }).catch((error: Error) => {
    throw new Missing(`cannot keep kernels in ${folder}: ${error.message}`);
  });
  await sweep(folder);
  const apt = await Apt.open(shell, join(folder, '.apt'), SUITES);
  const all = candidates(await apt.find(SEARCH));
  const chosen = wanted.map((one) => ({ wanted: one, found: all.find(({ release }) => isMeant(release, one)) }));
  const lacking = chosen.filter(({ found }) => found === undefined).map((one) => one.wanted);
  if (lacking.length > 0)
    throw new Missing(`no suite has a kernel ${lacking.join(', ')}; there are ${seriesIn(all)} (${SUITES.join(', ')})`);
  const fetched: Fetched[] = [];
  for (const { wanted: one, found } of chosen) {
    const { release, kernel } = found!;
    const origin = `${kernel.name} ${kernel.version}`;
    const old = (await cachedKernels(cache)).find((k) => k.release === release && k.origin === origin);
    if (old === undefined) {
      say(`fetching ${origin}`);
      await fetchOne(shell, apt, found!, folder);
    }
    fetched.push({ wanted: one, release, origin, image: join(folder, release, 'vmlinuz'), cached: old !== undefined });
  }
  return fetched;
}
