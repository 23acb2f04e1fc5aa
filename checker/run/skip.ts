/** Why a machine cannot run a program: what its header asks for and the machine has not. */
import { type Environment, parseVersion } from '../../spec/index.ts';
import type { Program } from '../program/index.ts';

/**
 * What a program may ask for: features of the kernel, capabilities by their names, that the file it opens is not on tmpfs
 * (`file_on_disk`), that inner steps of calls can be made to fail (`faults`, which a program with a fault asks for by itself), and how memory is committed (`overcommit_0`, `_1`, `_2`).
 */
export const offered = ({ features, capabilities, fileInSharedMemory, overcommit }: Environment): ReadonlySet<string> =>
  new Set([
    ...features,
    `overcommit_${overcommit}`,
    ...(capabilities.ipcLock ? ['CAP_IPC_LOCK'] : []),
    ...(fileInSharedMemory ? [] : ['file_on_disk']),
    ...(capabilities.rawIo ? ['CAP_SYS_RAWIO'] : []),
  ]);

/** Whether inner steps of calls can be made to fail: on the model all, on a kernel with fault injection its allocations. */
export const canFail = ({ features }: Environment): boolean =>
  features.includes('faults') || features.includes('fault_injection');

/**
 * `needs: mseal, CAP_IPC_LOCK` names what the machine must have, `since: 6.17` and `until: 7.2` the kernels (from, and up to but without)
 * whose results the program's text states. `undefined`: it can be run.
 */
export function skipReason({ header, lines }: Program, environment: Environment): string | undefined {
  if (!canFail(environment) && lines.some((line) => line.fault !== undefined)) return 'needs faults';
  if (environment.features.includes('fault_injection') && lines.some((line) => line.name === 'fill_mappings'))
    return 'fills the process with mappings, for which a kernel that checks its tree at every change takes minutes';
  const version = parseVersion(environment.release) ?? 0;
  for (const { key, value } of header) {
    if (key === 'needs') {
      const lacking = value.split(/[\s,]+/).filter((f) => f !== '' && !offered(environment).has(f));
      if (lacking.length > 0) return `needs ${lacking.join(', ')}`;
    }
    if (key === 'since' && version < (parseVersion(value) ?? 0)) return `is for kernels from ${value} on`;
    if (key === 'until' && version >= (parseVersion(value) ?? Number.POSITIVE_INFINITY))
      return `is for kernels before ${value}`;
  }
  return undefined;
}
