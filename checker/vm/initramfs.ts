/** An initramfs: files in the archive format `newc` that the kernel unpacks; the same files make the same bytes. */

export interface File {
  readonly name: string;
  readonly bytes: Uint8Array;
}

const EXECUTABLE = 0o100755;
const FOLDER = 0o40755;

const padded = (bytes: Uint8Array): Buffer => {
  const rest = (4 - (bytes.length % 4)) % 4;
  return Buffer.concat([bytes, Buffer.alloc(rest)]);
};

/** Header, name and content, each up to a multiple of four bytes. */
function entry(name: string, mode: number, inode: number, bytes: Uint8Array): Buffer {
  const nameBytes = Buffer.from(`${name}\0`);
  const words = [inode, mode, 0, 0, 1, 0, bytes.length, 0, 0, 0, 0, nameBytes.length, 0];
  const header = `070701${words.map((word) => word.toString(16).padStart(8, '0')).join('')}`;
  return Buffer.concat([padded(Buffer.concat([Buffer.from(header), nameBytes])), padded(bytes)]);
}

/** The archive with these files, all of them executable, and empty folders. */
export function initramfs(files: readonly File[], folders: readonly string[] = []): Buffer {
  const none = new Uint8Array();
  return Buffer.concat([
    ...folders.map((name, i) => entry(name, FOLDER, i + 1, none)),
    ...files.map(({ name, bytes }, i) => entry(name, EXECUTABLE, folders.length + i + 1, bytes)),
    entry('TRAILER!!!', 0, 0, none),
  ]);
}
