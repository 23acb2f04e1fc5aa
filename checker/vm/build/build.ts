/** A kernel in which every allocation can be made to fail: tinyconfig, the options of `fault-injection.config`, and make. */
import { createHash } from 'node:crypto';
import { copyFile, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { cacheFolder, Missing } from '../../kernel/index.ts';
import { SHELL, type Shell } from '../apt/index.ts';
import { notTaken, readFragment } from './fragment.ts';
import { fetchSource, type Source } from './source.ts';

export interface BuildOptions {
  /** Threads of make. */
  readonly jobs: number;
  /** A copy of the image is put there. */
  readonly output?: string;
  /** Where sources, objects and images are kept; else `$XDG_CACHE_HOME/mremap-check` or `~/.cache/mremap-check`. */
  readonly cache?: string;
  readonly say: (text: string) => void;
  readonly shell?: Shell;
  /** Of the processors that it is for; that of this machine. */
  readonly arch?: string;
}

export interface Built {
  /** The image, to be given to `--machine vm:IMAGE`. */
  readonly image: string;
  /** The version of the source package. */
  readonly version: string;
  /** Whether it was there already. */
  readonly cached: boolean;
}

const FRAGMENT = join(import.meta.dirname, 'fault-injection.config');

/** What building takes, and the package that has it. */
const TOOLS = { make: 'make', gcc: 'gcc', flex: 'flex', bison: 'bison', bc: 'bc', xz: 'xz-utils', flock: 'util-linux' };
const APT = ['apt-get', 'dpkg-deb'];

/** The same source and options make the same image. */
const REPRODUCIBLE = {
  KBUILD_BUILD_TIMESTAMP: '@0',
  KBUILD_BUILD_USER: 'mremap-check',
  KBUILD_BUILD_HOST: 'mremap-check',
};

/** Throws in one line that names everything which is not there. */
async function demandTools(shell: Shell, arch: string): Promise<void> {
  if (arch !== 'x64') throw new Missing(`kernels are built for x86-64 alone; this is ${arch}`);
  const missing: string[] = [];
  for (const [tool, name] of Object.entries(TOOLS)) if (!(await shell.has(tool))) missing.push(name);
  // The header of libelf, which the kernel's own tools are built with.
  const header = shell.run('sh', ['-c', 'echo "#include <gelf.h>" | gcc -E -o /dev/null -']);
  if (
    !missing.includes('gcc') &&
    !(await header.then(
      () => true,
      () => false,
    ))
  )
    missing.push('libelf-dev');
  if (missing.length > 0)
    throw new Missing(`a kernel cannot be built without ${missing.join(', ')}; apt-get install ${missing.join(' ')}`);
  for (const tool of APT)
    if (!(await shell.has(tool))) throw new Missing(`there is no ${tool}: kernel source comes from a Debian archive`);
}

/** The first complaint of a log. */
async function firstError(log: string): Promise<string> {
  const lines = (await readFile(log, 'utf8').catch(() => '')).split('\n');
  return lines.find((line) => /: (?:fatal )?error:|\*\*\* |No space left/.test(line))?.trim() ?? 'no reason given';
}

/** One folder of objects, and what is made in it. */
class Build {
  readonly #shell: Shell;
  readonly #source: Source;
  readonly #folder: string;
  readonly #options: readonly string[];
  readonly #jobs: number;

  constructor(shell: Shell, source: Source, folder: string, options: readonly string[], jobs: number) {
    this.#shell = shell;
    this.#source = source;
    this.#folder = folder;
    this.#options = options;
    this.#jobs = jobs;
  }

  /** The image. What an earlier build that was broken off has made is not made again. */
  async image(): Promise<string> {
    await mkdir(this.#folder, { recursive: true });
    await this.#configure();
    await this.#make('bzImage', `-j${this.#jobs}`);
    return join(this.#folder, 'arch/x86/boot/bzImage');
  }

  async #configure(): Promise<void> {
    const config = join(this.#folder, '.config');
    const wanted = join(this.#folder, 'wanted.config');
    const old = await readFile(config, 'utf8').catch(() => '');
    if (old !== '' && notTaken({ options: this.#options }, old).length === 0) return;
    await writeFile(wanted, `${this.#options.join('\n')}\n`);
    await this.#make('tinyconfig', `KCONFIG_ALLCONFIG=${wanted}`);
    await this.#make('olddefconfig');
    const lost = notTaken({ options: this.#options }, await readFile(config, 'utf8'));
    if (lost.length === 0) return;
    await rm(config);
    throw new Error(`options that linux ${this.#source.version} did not take: ${lost.join(', ')}`);
  }

  async #make(...args: readonly string[]): Promise<void> {
    const log = join(this.#folder, 'build.log');
    // The lock is the kernel's own: it ends with the process that holds it, however that ends.
    const lock = ['--nonblock', '--conflict-exit-code', '75', join(this.#folder, 'lock'), 'make'];
    await rm(log, { force: true });
    try {
      await this.#shell.run('flock', [...lock, `O=${this.#folder}`, 'ARCH=x86_64', ...args], {
        cwd: this.#source.folder,
        env: REPRODUCIBLE,
        log,
      });
    } catch (error) {
      if (error instanceof Error && /exit 75$/.test(error.message))
        throw new Missing(`another build is at work in ${this.#folder}; wait for it, or end it`);
      throw new Missing(`make ${args[0]} failed: ${await firstError(log)} (${log})`);
    }
  }
}

/** A copy that is whole as soon as it has its name. */
async function put(from: string, to: string): Promise<void> {
  const temporary = `${to}.${process.pid}`;
  try {
    await mkdir(dirname(to), { recursive: true });
    await copyFile(from, temporary);
    await rename(temporary, to);
  } catch (error) {
    await rm(temporary, { force: true });
    throw new Missing(`cannot write ${to}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/**
 * Builds the kernel, once for each version of the source and of the options.
 * @throws Missing where a tool, the source or room on the disk is missing, or make fails; the message is one line.
 */
export async function buildKernel({
  jobs,
  output,
  cache = cacheFolder(),
  say,
  shell = SHELL,
  arch = process.arch,
}: BuildOptions): Promise<Built> {
  await demandTools(shell, arch);
  const fragment = readFragment(await readFile(FRAGMENT, 'utf8'), FRAGMENT);
  const sources = join(cache, 'sources');
  await mkdir(sources, { recursive: true }).catch((error: Error) => {
    throw new Missing(`no place to keep kernel sources (${error.message}); set XDG_CACHE_HOME`);
  });
  const source = await fetchSource(shell, sources, say);
  const hash = createHash('sha256').update(fragment.options.join('\n')).digest('hex').slice(0, 12);
  const name = `fault-injection-${source.version}-${hash}`;
  const image = join(cache, 'kernels', name, 'bzImage');
  const cached = await stat(image).then(
    () => true,
    () => false,
  );
  if (!cached) {
    say(`building ${name} with ${jobs} threads; this takes some minutes`);
    const objects = join(cache, 'builds', name);
    await put(await new Build(shell, source, objects, fragment.options, jobs).image(), image);
  }
  if (output !== undefined) await put(image, output);
  return { image: output ?? image, version: source.version, cached };
}
