/** A kernel image in a virtual machine, as a machine: the executor is in its initramfs, programs come through a virtio port that the kernel has built in. */
import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, constants, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder, compileExecutor, compileInit, LiveKernel, Missing } from '../kernel/index.ts';
import type { Machine } from '../machine.ts';
import { initramfs } from './initramfs.ts';

export interface VmOptions {
  /** A bzImage. */
  readonly image: string;
  /** Where initramfs are kept; else `$XDG_CACHE_HOME/mremap-check` or `~/.cache/mremap-check`. */
  readonly cache?: string;
  /** Milliseconds after which a program that has not ended counts as hung. Default 30000. */
  readonly limitMs?: number;
  /** Lines of programs in one batch, about. Default 2000. */
  readonly batchLines?: number;
  /** Default 2048. */
  readonly memoryMb?: number;
  /** Further words of the kernel's command line. */
  readonly args?: readonly string[];
  /** What the kernel says on its console is appended to this file. Default: nowhere. */
  readonly console?: string;
}

const QEMU = 'qemu-system-x86_64';

/** The magic number of a bzImage, and where it stands. */
const HEADER = { at: 0x202, magic: 'HdrS' } as const;

const run = promisify(execFile);

async function demandImage(image: string): Promise<void> {
  const bytes = await readFile(image).catch((error: NodeJS.ErrnoException) => {
    throw new Missing(`${image}: ${error.code === 'ENOENT' ? 'no such kernel image' : error.message}`);
  });
  if (bytes.toString('latin1', HEADER.at, HEADER.at + HEADER.magic.length) !== HEADER.magic)
    throw new Missing(`${image} is no kernel image (a bzImage is needed)`);
}

/** The initramfs with the executor, made now if the cache has none with these bytes. */
async function initrd(cache: string): Promise<string> {
  const [init, executor] = await Promise.all(
    [await compileInit({ cache }), await compileExecutor({ cache })].map((path) => readFile(path)),
  );
  const files = [
    { name: 'init', bytes: init! },
    { name: 'executor', bytes: executor! },
  ];
  const bytes = initramfs(files, ['dev', 'proc', 'sys', 'tmp']);
  const path = join(cache, `initramfs-${createHash('sha256').update(bytes).digest('hex').slice(0, 20)}`);
  await mkdir(cache, { recursive: true });
  await access(path).catch(async () => {
    const temporary = `${path}.${process.pid}.${Math.random().toString(36).slice(2)}`;
    await writeFile(temporary, bytes);
    await rename(temporary, path);
  });
  return path;
}

/** A boot sector that asks QEMU to end: mov al, 0; out 0xf4, al; hlt. */
const SECTOR = Buffer.concat([Buffer.from([0xb0, 0, 0xe6, 0xf4, 0xf4]), Buffer.alloc(505), Buffer.from([0x55, 0xaa])]);
/** How QEMU ends when a guest has written 0 to the port. */
const ASKED = 1;
/** Milliseconds that the sector may take: where KVM is itself emulated it takes longer than without. */
const PATIENCE = 1500;

/** Whether guests run on the processor itself. That /dev/kvm opens does not say so (in a machine inside of a machine): a guest of one sector is tried. */
async function hasKvm(cache: string): Promise<boolean> {
  if (
    !(await access('/dev/kvm', constants.R_OK | constants.W_OK).then(
      () => true,
      () => false,
    ))
  )
    return false;
  const sector = join(cache, 'sector.img');
  await writeFile(sector, SECTOR);
  const drive = ['-drive', `format=raw,file=${sector},snapshot=on`, '-device', 'isa-debug-exit,iobase=0xf4,iosize=4'];
  const args = ['-accel', 'kvm', '-cpu', 'host', '-nodefaults', '-display', 'none', '-no-reboot', ...drive];
  return new Promise((resolve) => {
    const child = spawn(QEMU, args, { stdio: 'ignore', timeout: PATIENCE, killSignal: 'SIGKILL' });
    child.on('error', () => resolve(false));
    child.on('close', (code) => resolve(code === ASKED));
  });
}

let kvm: Promise<boolean> | undefined;

/**
 * Starts a virtual machine. It ends with the machine that comes back, and with this process, however that ends.
 * @throws Missing without QEMU, a compiler or the image. @throws Error when the executor in it does not greet.
 */
export async function startVm(options: VmOptions): Promise<Machine> {
  const { image, cache = cacheFolder(), limitMs = 30_000, batchLines = 2000, memoryMb = 2048, args = [] } = options;
  await demandImage(image);
  await run(QEMU, ['--version']).catch(() => {
    throw new Missing(`there is no ${QEMU}; apt-get install qemu-system-x86`);
  });
  const disk = await initrd(cache);
  kvm ??= hasKvm(cache);
  const accel = (await kvm) ? ['-accel', 'kvm', '-cpu', 'host'] : ['-accel', 'tcg', '-cpu', 'max,la57=off'];
  const line = ['console=ttyS0', 'panic=-1', 'nokaslr', ...args].join(' ');
  const words = [
    ...['-kernel', image, '-initrd', disk, '-append', line, ...accel, '-m', `${memoryMb}`],
    ...['-no-reboot', '-nodefaults', '-display', 'none', '-monitor', 'none'],
    ...['-serial', options.console === undefined ? 'null' : `file:${options.console}`],
    ...['-device', 'virtio-serial-pci', '-chardev', 'stdio,id=programs,signal=off'],
    ...['-device', 'virtserialport,chardev=programs,name=programs'],
  ];
  return LiveKernel.start({ name: 'vm', path: QEMU, args: words, limitMs, batchLines, greetMs: 60_000 });
}
