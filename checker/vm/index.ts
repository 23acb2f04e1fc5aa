/** A kernel image in a virtual machine, as a machine. */
import { createHash } from 'node:crypto';
import { access, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheFolder, compileExecutor, compileInit, LiveKernel, Missing } from '../kernel/index.ts';
import type { Machine } from '../machine.ts';
import { Console } from './console.ts';
import { initramfs } from './initramfs.ts';
import { locateImage, modulesOf, releaseOf } from './kernels/index.ts';
import { type Started, VirtualMachine } from './machine.ts';
import { commandOf, demandQemu } from './qemu.ts';

export { BadImage, releaseOf } from './kernels/index.ts';

export interface VmOptions {
  /** A bzImage, or a release of the cache (`6.12`; see `kernels/`). */
  readonly image: string;
  /** Where kernels and initramfs are kept; else `$XDG_CACHE_HOME/mremap-check` or `~/.cache/mremap-check`. */
  readonly cache?: string;
  /** Milliseconds after which a program that has not ended counts as hung. Default 60000: without KVM a kernel is slow. */
  readonly limitMs?: number;
  /** Lines of programs in one batch, about. Default 600. */
  readonly batchLines?: number;
  /** Default 3072. */
  readonly memoryMb?: number;
  /** Further words of the kernel's command line. */
  readonly args?: readonly string[];
  /** Is told what the kernel and QEMU say, line by line. */
  readonly console?: (line: string) => void;
  /** Is told in one line when QEMU is ended from outside and started again. */
  readonly warn?: (line: string) => void;
}

/** More than 2 GiB: a request for so much is the largest that programs of the corpus make at once. What is not touched costs nothing. */
const MEMORY_MB = 3072;
/** What the first process says when the kernel has no virtio port, before it ends the machine. */
const NO_PORT = 'mremap-check: no virtio port';
/** A machine without a word for so much longer than a program may take is hung as a whole. */
const SILENCES = 5;

/** The initramfs with the executor and the modules of the kernel, made now if the cache has none with these bytes. */
async function initrd(cache: string, image: string): Promise<string> {
  const [init, executor] = [await compileInit({ cache }), await compileExecutor({ cache })];
  const modules = await modulesOf(image);
  const files = [
    { name: 'init', bytes: await readFile(init) },
    { name: 'executor', bytes: await readFile(executor) },
    ...modules.map(({ bytes }, i) => ({ name: `modules/${String(i).padStart(2, '0')}.ko`, bytes })),
  ];
  const bytes = initramfs(files, ['dev', 'proc', 'sys', 'tmp', 'modules']);
  const path = join(cache, `initramfs-${createHash('sha256').update(bytes).digest('hex').slice(0, 20)}`);
  const isThere = await access(path).then(
    () => true,
    () => false,
  );
  if (isThere) return path;
  const temporary = `${path}.${process.pid}.${Math.random().toString(36).slice(2)}`;
  try {
    await mkdir(cache, { recursive: true });
    await writeFile(temporary, bytes);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw new Missing(`cannot write ${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
  return path;
}

/**
 * Starts a virtual machine. It ends with the machine that comes back, and with this thread, however that ends. Where the kernel falls over, the
 * program and the call are found that it falls over in, and it is started again.
 * @throws Missing without QEMU, a compiler, the image or room in the cache. @throws BadImage where the image is none.
 * @throws Error when the executor in it does not greet.
 */
export async function startVm(options: VmOptions): Promise<Machine> {
  const { cache = cacheFolder(), limitMs = 60_000, batchLines = 600, memoryMb = MEMORY_MB, args = [] } = options;
  const image = await locateImage(options.image, cache);
  await releaseOf(image);
  await demandQemu();
  const parts = { image, initramfs: await initrd(cache, image), memoryMb, args, cache };
  /** Found out by the first start. */
  let isSerial = false;
  const start = async (): Promise<Started> => {
    const command = await commandOf({ ...parts, isSerial });
    const console = new Console(options.console);
    const onAside = (chunk: Buffer): void => console.push(chunk);
    const name = 'vm';
    const silenceMs = SILENCES * limitMs;
    try {
      const settings = { ...command, name, limitMs, batchLines, silenceMs, restarts: 0, onAside };
      // A serial port forgets what its buffer has no room for: nothing is sent ahead.
      const kernel = await LiveKernel.start(isSerial ? { ...settings, inFlight: 1 } : settings);
      console.forget();
      return { kernel, console };
    } catch (error) {
      if (!isSerial && console.lines.some((line) => line.includes(NO_PORT))) {
        isSerial = true;
        return start();
      }
      throw new Error(`${options.image} does not start: ${whyNot(console, error)}`);
    }
  };
  return VirtualMachine.start(start, options.warn);
}

/** Why there was no greeting: what the kernel reported, or the last that was said. */
function whyNot(console: Console, error: unknown): string {
  const said = console.lines.findLast((line) => line.trim() !== '');
  const why = error instanceof Error ? error.message : String(error);
  return [why, console.report ?? said?.replace(/^\[\s*[\d.]+\] /, '')].filter((text) => text !== undefined).join('; ');
}
