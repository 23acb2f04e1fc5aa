/** Builds the executor, and what else is C, with the system's compiler, once for each version of the sources. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { Missing } from './missing.ts';

const run = promisify(execFile);

const FLAGS = [
  ...[
    '-nostdlib',
    '-static',
    '-ffreestanding',
    '-no-pie',
    '-fno-pie',
    '-std=gnu11',
    '-O2',
    '-Wall',
    '-Wextra',
    '-Werror',
  ],
  ...['-fno-stack-protector', '-fno-asynchronous-unwind-tables', '-Wl,-z,noexecstack', '-Wl,--build-id=none'],
];

export interface CompileOptions {
  /** The only compiler to be tried; else `$CC`, `cc`, `gcc`, `clang` in this order. */
  readonly compiler?: string;
  /** Where executors are kept; else `$XDG_CACHE_HOME/mremap-check` or `~/.cache/mremap-check`. */
  readonly cache?: string;
}

/** `$XDG_CACHE_HOME/mremap-check` or `~/.cache/mremap-check`. */
export function cacheFolder(): string {
  const xdg = process.env.XDG_CACHE_HOME;
  return join(xdg === undefined || xdg === '' ? join(homedir(), '.cache') : xdg, 'mremap-check');
}

/** The C files and headers, in a fixed order. */
async function sources(): Promise<string[]> {
  const folder = join(import.meta.dirname, 'executor');
  const parts = (await readdir(folder)).filter((name) => /\.[ch]$/.test(name)).sort();
  return [join(import.meta.dirname, 'executor.c'), ...parts.map((name) => join(folder, name))];
}

interface Compiler {
  readonly command: string;
  /** First line of `--version`; a new compiler makes a new executor. */
  readonly version: string;
}

async function findCompiler(only: string | undefined): Promise<Compiler> {
  const cc = process.env.CC;
  const candidates =
    only !== undefined ? [only] : [...(cc === undefined || cc === '' ? [] : [cc]), 'cc', 'gcc', 'clang'];
  for (const command of candidates) {
    try {
      const { stdout } = await run(command, ['--version']);
      return { command, version: stdout.split('\n')[0] ?? '' };
    } catch {
      // Not there or not a compiler: the next one.
    }
  }
  throw new Missing(`no C compiler found (tried ${candidates.join(', ')}); install gcc or clang, or set CC`);
}

/** The complaint that says what is wrong, out of everything that a compiler prints. */
function firstComplaint(error: unknown): string {
  const text = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error);
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.find((line) => /error|cannot|undefined|unrecognized/.test(line)) ?? lines[0] ?? 'no reason given';
}

/**
 * Path of a program made of these C files (headers among them count as sources), compiled now if the cache has none of these sources,
 * this compiler and these flags.
 * @throws Missing on another system than Linux, without a compiler, or when it cannot link a static program.
 */
export async function compileProgram(
  name: string,
  files: readonly string[],
  options: CompileOptions = {},
): Promise<string> {
  if (process.platform !== 'linux') throw new Missing(`a live kernel needs Linux; this is ${process.platform}`);
  const compiler = await findCompiler(options.compiler);
  const hash = createHash('sha256').update(JSON.stringify([compiler, FLAGS, process.arch]));
  for (const file of files) hash.update(relative(import.meta.dirname, file)).update(await readFile(file));
  const folder = options.cache ?? cacheFolder();
  const path = join(folder, `${name}-${hash.digest('hex').slice(0, 20)}`);
  if (
    await stat(path).then(
      (s) => s.isFile(),
      () => false,
    )
  )
    return path;
  await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    throw new Missing(`no place to keep the ${name} (${String(error)}); set XDG_CACHE_HOME`);
  });
  // Under another name first, so that nobody ever starts half a file.
  const temporary = `${path}.${process.pid}.${Math.random().toString(36).slice(2)}`;
  try {
    await run(compiler.command, [...FLAGS, '-o', temporary, ...files.filter((file) => file.endsWith('.c'))]);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw new Missing(`${compiler.command} cannot build a static ${name}: ${firstComplaint(error)}`);
  }
  return path;
}

/** Path of the first process of a virtual machine, compiled now if need be. @throws Missing as `compileProgram`. */
export async function compileInit(options: CompileOptions = {}): Promise<string> {
  const header = join(import.meta.dirname, 'executor/arch.h');
  return compileProgram('init', [join(import.meta.dirname, '../vm/init.c'), header], options);
}

/** Path of the executor, compiled now if need be. @throws Missing as `compileProgram`. */
export async function compileExecutor(options: CompileOptions = {}): Promise<string> {
  return compileProgram('executor', await sources(), options);
}
