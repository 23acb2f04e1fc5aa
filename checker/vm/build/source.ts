/**
 * The newest kernel source that the distribution has, by apt, into a folder of our own: apt's lists, cache and sources are private ones, and
 * the system's stay as they are. The mirror is that of the system.
 */
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Missing } from '../../kernel/index.ts';
import { Failed, type Shell } from './shell.ts';

/** Suites that are looked at. */
const SUITES = ['trixie-backports', 'trixie', 'sid', 'experimental'];
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** A kernel's source on disk. */
export interface Source {
  /** `7.3.4-1`, the package's version. */
  readonly version: string;
  /** Where its Makefile is. */
  readonly folder: string;
}

/** The last thing that was wrong, out of everything that apt says. */
const complaint = (error: unknown): string => {
  const said = error instanceof Failed ? error.said : '';
  const lines = said.split('\n').filter((line) => /^[EW]: /.test(line));
  return (lines.at(-1) ?? (error instanceof Error ? error.message : String(error))).replace(/^[EW]: /, '');
};

/** The archive that the system itself uses, in whichever form its sources are written. */
async function mirror(shell: Shell): Promise<string> {
  const said = await shell.run('apt-get', ['indextargets', '--format', '$(REPO_URI)']).catch((error: unknown) => {
    throw new Missing(`apt does not say what its sources are: ${complaint(error)}`);
  });
  const uris = said.split('\n').filter((uri) => uri !== '');
  const main = uris.find((uri) => /\/debian\/?$/.test(uri));
  if (main === undefined)
    throw new Missing('apt has no Debian archive among its sources; kernel source is taken from one');
  return main;
}

/** A configuration of apt that touches nothing but `folder`; the path of its file. */
async function configure(shell: Shell, folder: string): Promise<string> {
  const uri = await mirror(shell);
  await mkdir(join(folder, 'lists/partial'), { recursive: true });
  await mkdir(join(folder, 'cache/archives/partial'), { recursive: true });
  const sources = SUITES.map((suite) => `deb [signed-by=${KEYRING}] ${uri} ${suite} main`);
  await writeFile(join(folder, 'sources.list'), `${sources.join('\n')}\n`);
  const conf = join(folder, 'apt.conf');
  const settings = {
    'Dir::State::lists': join(folder, 'lists'),
    'Dir::Cache': join(folder, 'cache'),
    'Dir::Etc::sourcelist': join(folder, 'sources.list'),
    'Dir::Etc::sourceparts': '-',
    'Acquire::Languages': 'none',
    'APT::Sandbox::User': 'root',
  };
  const lines = Object.entries(settings).map(([key, value]) => `${key} "${value}";\n`);
  await writeFile(conf, lines.join(''));
  return conf;
}

/** `[major, minor]` of `linux-source-7.3`. */
const releaseOf = (name: string): readonly number[] => name.replace('linux-source-', '').split('.').map(Number);

const newerFirst = (a: string, b: string): number => {
  const [x, y] = [releaseOf(a), releaseOf(b)];
  return (y[0] ?? 0) - (x[0] ?? 0) || (y[1] ?? 0) - (x[1] ?? 0);
};

interface Package {
  readonly name: string;
  readonly version: string;
}

/** The newest release, and of that the newest package; what is not released yet is passed over. */
export function newest(madison: string): Package | undefined {
  const rows = madison.split('\n').map((line) => line.split('|').map((cell) => cell.trim()));
  const packages = rows
    .filter(
      ([name = '', version = '']) => /^linux-source-\d+\.\d+$/.test(name) && version !== '' && !/~rc/.test(version),
    )
    .map(([name, version]) => ({ name: name!, version: version! }));
  return packages.sort((a, b) => newerFirst(a.name, b.name))[0];
}

async function packageOf(shell: Shell, env: Readonly<Record<string, string>>): Promise<Package> {
  try {
    await shell.run('apt-get', ['update', '--error-on=any'], { env });
  } catch (error) {
    throw new Missing(`apt cannot read what kernels the distribution has: ${complaint(error)}`);
  }
  const found = await shell.run('apt-cache', ['search', '--names-only', '^linux-source-[0-9.]+$'], { env });
  const names = found.split('\n').flatMap((line) => line.split(' ')[0] || []);
  const known = names.length === 0 ? '' : await shell.run('apt-cache', ['madison', ...names], { env });
  const one = newest(known);
  if (one === undefined) throw new Missing(`no kernel source (linux-source-…) in the suites ${SUITES.join(', ')}`);
  return one;
}

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
  const env = { APT_CONFIG: await configure(shell, join(folder, 'apt')) };
  const { name, version } = await packageOf(shell, env);
  const part = join(folder, 'part');
  await rm(part, { recursive: true, force: true });
  await mkdir(part, { recursive: true });
  say(`fetching ${name} ${version}`);
  try {
    await shell.run('apt-get', ['download', `${name}=${version}`], { cwd: part, env });
    say(`unpacking ${name}`);
    // The package holds one archive, which holds the tree.
    await shell.run('sh', ['-c', 'set -e; dpkg-deb -x ./*.deb .; rm ./*.deb; tar -xf usr/src/linux-source-*.tar.xz'], {
      cwd: part,
    });
  } catch (error) {
    await rm(part, { recursive: true, force: true });
    const said = error instanceof Failed ? error.said.trim().split('\n').at(-1) : '';
    throw new Missing(`cannot fetch ${name} ${version} into ${folder}: ${said || complaint(error)}`);
  }
  const whole = join(folder, `${name}_${version}`);
  await rename(join(part, name), whole);
  await rm(part, { recursive: true, force: true });
  return { version, folder: whole };
}
