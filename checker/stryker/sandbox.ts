/**
 * The instrumented sources. Every mutant is in them, and one at a time is switched on by a global word. What is decided while a module loads needs a
 * module that loads then: a fresh copy of all of them, which Node makes for another query behind their addresses.
 */
import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const QUERY = 'mutant';
/** Stands in for vitest. */
const COLLECTED = new URL('./collected.ts', import.meta.url).href;

interface Namespace {
  activeMutant?: string | undefined;
  currentTestId?: string | undefined;
  hitCount?: number | undefined;
  hitLimit?: number | undefined;
  mutantCoverage?: { static: Record<string, number>; perTest: Record<string, Record<string, number>> };
}

/** What the instrumented sources look at. */
export const switches = (): Namespace => {
  const all = globalThis as { __stryker__?: Namespace };
  all.__stryker__ ??= {};
  return all.__stryker__;
};

export class Sandbox {
  readonly folder: string;
  readonly #root: string;

  constructor(folder: string) {
    this.folder = folder;
    this.#root = pathToFileURL(`${folder}/`).href;
    registerHooks({
      resolve: (specifier, context, next) => {
        if (specifier === 'vitest' && context.parentURL?.startsWith(this.#root) === true)
          return { url: COLLECTED, format: 'module-typescript', shortCircuit: true };
        const resolved = next(specifier, context);
        const fresh = context.parentURL === undefined ? null : URL.parse(context.parentURL)?.searchParams.get(QUERY);
        if (fresh == null || !resolved.url.startsWith(this.#root) || resolved.url.includes('/node_modules/'))
          return resolved;
        return { ...resolved, url: `${resolved.url}?${QUERY}=${fresh}` };
      },
    });
  }

  /** A module of the sandbox and all that it imports there; `fresh`: loaded anew, of the same name once. */
  load(file: string, fresh?: string): Promise<unknown> {
    const url = pathToFileURL(join(this.folder, file)).href;
    return import(fresh === undefined ? url : `${url}?${QUERY}=${fresh}`);
  }
}
