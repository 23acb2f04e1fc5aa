/** QEMU: whether it is there, what it can, and the words it is started with. */
import { execFile, spawn } from 'node:child_process';
import { access, constants, mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Missing } from '../kernel/index.ts';

const QEMU = 'qemu-system-x86_64';
const run = promisify(execFile);

/** @throws Missing in one line where one of the programs is not installed that a virtual machine needs. */
export async function demandQemu(): Promise<void> {
  await run(QEMU, ['--version']).catch(() => {
    throw new Missing(`there is no ${QEMU}; apt-get install qemu-system-x86`);
  });
  await run('setpriv', ['--version']).catch(() => {
    throw new Missing('there is no setpriv; apt-get install util-linux');
  });
}

/** A boot sector that asks QEMU to end: mov al, 0; out 0xf4, al; hlt. */
const SECTOR = Buffer.concat([Buffer.from([0xb0, 0, 0xe6, 0xf4, 0xf4]), Buffer.alloc(505), Buffer.from([0x55, 0xaa])]);
/** How QEMU ends when a guest has written 0 to the port. */
const ASKED = 1;
/** Milliseconds that the sector may take: where KVM is itself emulated it takes longer than without. */
const PATIENCE = 1500;

/** Whether guests run on the processor itself. That /dev/kvm opens does not say so (in a machine inside of a machine): a guest of one sector is tried. */
async function hasKvm(cache: string): Promise<boolean> {
  const opens = await access('/dev/kvm', constants.R_OK | constants.W_OK).then(
    () => true,
    () => false,
  );
  if (!opens) return false;
  await mkdir(cache, { recursive: true });
  const sector = join(cache, 'sector.img');
  // Another process may be reading it.
  const temporary = `${sector}.${process.pid}.${Math.random().toString(36).slice(2)}`;
  await writeFile(temporary, SECTOR);
  await rename(temporary, sector);
  const drive = ['-drive', `format=raw,file=${sector},snapshot=on`, '-device', 'isa-debug-exit,iobase=0xf4,iosize=4'];
  const args = ['-accel', 'kvm', '-cpu', 'host', '-nodefaults', '-display', 'none', '-no-reboot', ...drive];
  return new Promise((resolve) => {
    const child = spawn(QEMU, args, { stdio: 'ignore', timeout: PATIENCE, killSignal: 'SIGKILL' });
    child.on('error', () => resolve(false));
    child.on('close', (code) => resolve(code === ASKED));
  });
}

let kvm: Promise<boolean> | undefined;

/** What a virtual machine is made of. */
export interface Parts {
  readonly image: string;
  readonly initramfs: string;
  readonly memoryMb: number;
  /** Further words of the kernel's command line. */
  readonly args: readonly string[];
  /** A folder for what is tried. */
  readonly cache: string;
  /** Programs come in through the second serial port: the kernel has no virtio port. */
  readonly isSerial: boolean;
}

/**
 * What the kernel is told. The console shows warnings, which are findings. Memory of a process can be written through /proc, which the executor needs
 * and newer kernels may forbid. Huge pages come where a program asks for them, and not where the kernel likes: nobody could say which pages are there.
 */
const COMMAND_LINE = [
  ...['console=ttyS0', 'loglevel=5', 'panic=-1', 'nokaslr', 'mitigations=off'],
  'transparent_hugepage=madvise',
];
/** A host that has much else to do leaves a guest without processor for long: it counts as stuck only after two minutes. */
const PATIENT = ['rcupdate.rcu_cpu_stall_timeout=120', 'sysctl.kernel.watchdog_thresh=60'];
const PROC_MEM = 'proc_mem.force_override=always';

/**
 * A command that runs the machine in the foreground: programs go through stdin and stdout, the console through descriptor 3. It ends with
 * the thread that starts it, however that ends.
 */
export async function commandOf({ image, initramfs, memoryMb, args, cache, isSerial }: Parts) {
  kvm ??= hasKvm(cache);
  const accel = (await kvm) ? ['-accel', 'kvm', '-cpu', 'host'] : ['-accel', 'tcg', '-cpu', 'max,la57=off'];
  const port = isSerial ? ['port=serial'] : [];
  const line = [...COMMAND_LINE, ...PATIENT, PROC_MEM, ...port, ...args].join(' ');
  const words = [
    ...['-kernel', image, '-initrd', initramfs, '-append', line],
    ...[...accel, '-m', `${memoryMb}`, '-no-reboot', '-nodefaults', '-display', 'none', '-monitor', 'none'],
    ...['-chardev', 'socket,id=console,fd=3', '-serial', 'chardev:console'],
    ...['-chardev', 'stdio,id=programs,signal=off'],
    ...(isSerial
      ? ['-serial', 'chardev:programs']
      : ['-device', 'virtio-serial-pci', '-device', 'virtserialport,chardev=programs,name=programs']),
  ];
  return { path: 'setpriv', args: ['--pdeathsig', 'KILL', QEMU, ...words] };
}
