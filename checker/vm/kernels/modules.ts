/** The modules of a kernel without which nobody can talk to it, out of the folder of all of them. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import type { Shell } from '../apt/index.ts';

/** Drivers of what the virtual machine has; a kernel that has one built in has no module of it. */
const WANTED = ['virtio_pci', 'virtio_console'];

const nameOf = (file: string): string =>
  basename(file)
    .replace(/\.ko(\.\w+)?$/, '')
    .replaceAll('-', '_');

/** What a module says that it depends on: a line `depends=a,b` in its section of information. */
export const dependenciesIn = (module: Uint8Array): readonly string[] => {
  const text = Buffer.from(module.buffer, module.byteOffset, module.byteLength).toString('latin1');
  return (/(?:^|\0)depends=([^\0]*)/.exec(text)?.[1] ?? '').split(',').filter((name) => name !== '');
};

async function contentOf(shell: Shell, file: string, scratch: string): Promise<Uint8Array> {
  if (file.endsWith('.zst')) return zstdDecompressSync(await readFile(file));
  if (!file.endsWith('.xz')) return readFile(file);
  await shell.run('sh', ['-c', 'xz -dc "$1" > "$2"', 'sh', file, scratch]);
  return readFile(scratch);
}

/** Puts the wanted modules of a tree into `to`, those that others depend on first: `00-virtio.ko`, … Their names. */
export async function takeModules(shell: Shell, tree: string, to: string): Promise<readonly string[]> {
  const files = (await readdir(tree, { recursive: true })).filter((file) => /\.ko(\.xz|\.zst)?$/.test(file));
  const byName = new Map(files.map((file) => [nameOf(file), join(tree, file)]));
  const taken: string[] = [];
  const take = async (name: string, below: readonly string[]): Promise<void> => {
    const file = byName.get(name.replaceAll('-', '_'));
    if (file === undefined || taken.includes(name) || below.includes(name)) return;
    const bytes = await contentOf(shell, file, join(to, 'scratch'));
    for (const other of dependenciesIn(bytes)) await take(other, [...below, name]);
    await writeFile(join(to, `${String(taken.length).padStart(2, '0')}-${name}.ko`), bytes);
    taken.push(name);
  };
  for (const name of WANTED) await take(name, []);
  return taken;
}
