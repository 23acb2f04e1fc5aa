/** For tests: folders that are gone afterwards, and findings from their calls. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Result } from '../../spec/index.ts';
import { type Program, parseProgram } from '../program/index.ts';
import type { FindingRecord } from './record.ts';

/** A new folder for the time of `use`. */
export async function inFolder<T>(use: (folder: string) => T | Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'mremap-check-corpus-'));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export function parsed(text: string): Program {
  const read = parseProgram(text, 'test');
  if (!read.ok) throw new Error(read.errors[0]?.message);
  return read.program;
}

export const VALUE = (value: bigint): Result => ({ kind: 'value', value });

/** A finding with these calls, whose results nobody has seen. */
export const finding = (text: string, other: Partial<FindingRecord> = {}): FindingRecord => ({
  program: parsed(text),
  signature: 'mremap: result; seen EINVAL, allowed EPERM; mremap/sealed',
  machine: 'live kernel 6.18.44',
  profile: 'linux-6.18',
  origin: 'seed 7 program 12',
  reproduced: 20,
  runs: 20,
  results: [],
  ...other,
});
