/**
 * Packages of the distribution, by an apt that has sources, lists and a cache of its own: the system's stay as they are, and nothing is
 * installed. The mirror is the system's; signatures are checked with its keyring.
 */
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Missing } from '../../kernel/index.ts';
import { Failed, type Shell } from './shell.ts';

export { Failed, type Running, SHELL, type Shell } from './shell.ts';

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** A package and its version, as apt names them. */
export interface Package {
  readonly name: string;
  readonly version: string;
}

/** The last thing that was wrong, out of all that a program said. */
export const complaint = (error: unknown): string => {
  const said = error instanceof Failed ? error.said.trim().split('\n') : [];
  const full = said.find((line) => /No space left on device/.test(line));
  if (full !== undefined) return 'no space left on device';
  const last = said.findLast((line) => /^[EW]: /.test(line)) ?? said.findLast((line) => line !== '');
  return (last ?? (error instanceof Error ? error.message : String(error))).replace(/^[EW]: /, '');
};

/** The Debian archive among the addresses of the system's sources; the archive of security updates is another one. */
export const archiveOf = (addresses: string): string | undefined =>
  addresses.split('\n').find((uri) => /\/debian\/?$/.test(uri));

/** The archive that the system itself uses, in whichever form its sources are written. */
async function mirror(shell: Shell): Promise<string> {
  const said = await shell.run('apt-get', ['indextargets', '--format', '$(REPO_URI)']).catch((error: unknown) => {
    throw new Missing(`apt does not say what its sources are: ${complaint(error)}`);
  });
  const found = archiveOf(said);
  if (found === undefined) throw new Missing('apt has no Debian archive among its sources; kernels are taken from one');
  return found;
}

/** A configuration of apt that touches nothing but `folder`; the path of its file. */
async function configure(shell: Shell, folder: string, suites: readonly string[]): Promise<string> {
  const uri = await mirror(shell);
  await mkdir(join(folder, 'lists/partial'), { recursive: true });
  await mkdir(join(folder, 'cache/archives/partial'), { recursive: true });
  const sources = suites.map((suite) => `deb [signed-by=${KEYRING}] ${uri} ${suite} main`);
  await writeFile(join(folder, 'sources.list'), `${sources.join('\n')}\n`);
  const settings = {
    'Dir::State::lists': join(folder, 'lists'),
    'Dir::Cache': join(folder, 'cache'),
    'Dir::Etc::sourcelist': join(folder, 'sources.list'),
    'Dir::Etc::sourceparts': '-',
    'Acquire::Languages': 'none',
    // As root, apt would else fetch as a user who may not write here.
    'APT::Sandbox::User': 'root',
  };
  const conf = join(folder, 'apt.conf');
  await writeFile(
    conf,
    Object.entries(settings)
      .map(([key, value]) => `${key} "${value}";\n`)
      .join(''),
  );
  return conf;
}

/** The rows of `apt-cache madison`. */
export const packagesIn = (madison: string): readonly Package[] =>
  madison.split('\n').flatMap((line) => {
    const [name = '', version = ''] = line.split('|').map((cell) => cell.trim());
    return name === '' || version === '' ? [] : [{ name, version }];
  });

export class Apt {
  readonly #shell: Shell;
  readonly #env: Readonly<Record<string, string>>;

  private constructor(shell: Shell, conf: string) {
    this.#shell = shell;
    this.#env = { APT_CONFIG: conf };
  }

  /** Reads what the suites have now; what apt needs for that goes into `folder`. @throws Missing in one line that says why it cannot. */
  static async open(shell: Shell, folder: string, suites: readonly string[]): Promise<Apt> {
    if (!(await shell.has('apt-get')))
      throw new Missing(
        'there is no apt-get; kernels are taken from the distribution (give an image by its path instead)',
      );
    try {
      const apt = new Apt(shell, await configure(shell, folder, suites));
      await shell.run('apt-get', ['update', '--error-on=any'], { env: apt.#env, room: folder });
      return apt;
    } catch (error) {
      if (error instanceof Missing) throw error;
      throw new Missing(`apt cannot read what kernels the distribution has (in ${folder}): ${complaint(error)}`);
    }
  }

  /** Every version of the packages whose names match a regular expression of apt. */
  async find(pattern: string): Promise<readonly Package[]> {
    const found = await this.#shell.run('apt-cache', ['search', '--names-only', pattern], { env: this.#env });
    const names = found.split('\n').flatMap((line) => line.split(' ')[0] || []);
    if (names.length === 0) return [];
    return packagesIn(await this.#shell.run('apt-cache', ['madison', ...names], { env: this.#env }));
  }

  /**
   * Fetches packages and unpacks them into `folder`, which is made anew.
   * @throws Missing when a download or the room for it fails; the folder is gone then.
   */
  async unpack(packages: readonly Package[], folder: string): Promise<void> {
    const what = packages.map(({ name, version }) => `${name}=${version}`);
    try {
      await rm(folder, { recursive: true, force: true });
      await mkdir(folder, { recursive: true });
      await this.#shell.run('apt-get', ['download', ...what], { cwd: folder, env: this.#env, room: folder });
      for (const file of (await readdir(folder)).filter((name) => name.endsWith('.deb'))) {
        await this.#shell.run('dpkg-deb', ['-x', file, '.'], { cwd: folder });
        await rm(join(folder, file));
      }
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw new Missing(`cannot fetch ${what.join(' ')} into ${folder}: ${complaint(error)}`);
    }
  }
}
