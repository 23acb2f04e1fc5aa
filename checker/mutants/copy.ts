/** Temporary copies of the model's sources with a mutant in them. What they need of the contract is the very same that everybody has. */
import {
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Mutant, mutated } from './mutant.ts';

/** What is copied, and what of it is not needed to run. */
const SOURCES = 'model/**/*.ts';
const TESTS = '**/*.test.ts';

/** Whether the sources stand there that are copied. */
export const hasSources = (home: string): boolean => existsSync(join(home, 'model', 'index.ts'));

/** A folder of copies; gone when it is closed. */
export class Copies {
  readonly #home: string;
  readonly #folder: string;
  readonly #sources: ReadonlyMap<string, string>;

  constructor(home: string) {
    this.#home = home;
    this.#folder = mkdtempSync(join(tmpdir(), 'mremap-check-mutants-'));
    const files = globSync(SOURCES, { cwd: home, exclude: [TESTS] });
    this.#sources = new Map(files.map((file) => [file, readFileSync(join(home, file), 'utf8')]));
  }

  /** Makes a copy with a mutant in it; returns its folder. Throws if the mutant no longer fits. */
  make(mutant: Mutant): string {
    const folder = join(this.#folder, mutant.id);
    const changed = mutated(mutant, (path) => this.#sources.get(path) ?? '');
    if (typeof changed === 'string') throw new Error(changed);
    for (const [file, text] of this.#sources) {
      const path = join(folder, file);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, changed.get(file) ?? text);
    }
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n');
    symlinkSync(join(this.#home, 'spec'), join(folder, 'spec'));
    return folder;
  }

  /** Removes a mutant's copy; whoever runs in it has read it. */
  remove(mutant: Mutant): void {
    rmSync(join(this.#folder, mutant.id), { recursive: true, force: true });
  }

  close(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
