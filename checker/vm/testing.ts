/** For tests with a real kernel in a virtual machine: the smallest of the cache's, and why there is none. */
import { readdirSync, readFileSync } from 'node:fs';
import type { Program } from '../program/index.ts';
import { parseProgram } from '../program/index.ts';
import { cachedKernels } from './kernels/index.ts';
import { demandQemu } from './qemu.ts';

export interface Bootable {
  /** A release of the cache. */
  readonly image?: string;
  /** Why nothing can be booted here. */
  readonly why?: string;
}

/** A kernel that can be booted here, or why there is none. */
export async function bootable(): Promise<Bootable> {
  if (process.platform !== 'linux' || process.arch !== 'x64') return { why: 'virtual machines are x86-64 on Linux' };
  try {
    await demandQemu();
  } catch (error) {
    return { why: (error as Error).message };
  }
  const [kernel] = await cachedKernels();
  return kernel === undefined
    ? { why: 'no kernel in the cache; mremap-check kernel fetch 6.12' }
    : { image: kernel.release };
}

/** A program of a text that is right. */
export function programOf(text: string): Program {
  const read = parseProgram(text, 'test');
  if (!read.ok) throw new Error(read.errors[0]?.message);
  return read.program;
}

/** The command lines of a process's children, by their numbers. */
export function childrenOf(pid: number): ReadonlyMap<number, string> {
  // Children belong to the thread that started them.
  const numbers = readdirSync(`/proc/${pid}/task`)
    .map((thread) => readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8'))
    .join(' ')
    .trim()
    .split(' ')
    .filter(Boolean)
    .map(Number);
  return new Map(numbers.map((n) => [n, readFileSync(`/proc/${n}/cmdline`, 'latin1')]));
}
