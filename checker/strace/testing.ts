/** For tests: texts as logs. */
import type { TraceEvent } from './event.ts';
import { type LogCounts, readLog } from './read.ts';

/** Calls that have to do with memory or with processes: what a test asks for that does not care. */
export const USUAL: ReadonlySet<string> = new Set(
  'mmap munmap mremap mprotect pkey_mprotect brk madvise mlock mlock2 mlockall munlockall mseal shmat shmdt clone clone3 fork vfork execve exit exit_group prlimit64 personality prctl userfaultfd ioctl remap_file_pages msync openat uname'.split(
    ' ',
  ),
);

export interface Told {
  readonly events: readonly TraceEvent[];
  readonly counts: LogCounts;
}

/** Bytes in chunks of a size. */
export async function* inChunks(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** What a text says, read in chunks of `size` bytes. */
export async function told(text: string, size = 1 << 16): Promise<Told> {
  const events: TraceEvent[] = [];
  const deliver = (more: readonly TraceEvent[]): void => void events.push(...more);
  const counts = await readLog(inChunks(Buffer.from(text, 'latin1'), size), 'log', { interesting: USUAL, deliver });
  return { events, counts };
}

const shown = (value: bigint | undefined, text: string): string => (value === undefined ? text : `${value}`);

/** An event on one line: who, what, with which values, and how it ended. */
export function brief(event: TraceEvent): string {
  const head = `${event.where.line}${event.where.endLine > event.where.line ? `-${event.where.endLine}` : ''} `;
  const who = 'pid' in event && event.pid !== 0 ? `[${event.pid}] ` : '';
  switch (event.kind) {
    case 'call':
    case 'begin': {
      const args = event.args.map(
        (a) => `${a.label ? `${a.label}:` : ''}${shown(a.value, a.text)}${a.path ? `<${a.path}>` : ''}`,
      );
      const said = `${head}${who}${event.name}(${args.join(', ')}`;
      if (event.kind === 'begin') return `${said} ...`;
      const { ending } = event;
      const came =
        ending.kind === 'value'
          ? `${ending.value}`
          : ending.kind === 'error'
            ? ending.errno
            : `? ${ending.restart ?? ''}`;
      return `${said}) = ${came}${event.injected ? ' injected' : ''}`.trimEnd();
    }
    case 'signal':
      return `${head}${who}${event.signal}${event.address === undefined ? '' : ` ${event.address}`}`;
    case 'exit':
      return `${head}${who}${event.how} ${event.status}`;
    case 'attach':
      return `${head}${who}attached`;
    case 'garbled':
      return `${head}${who}garbled${event.name ? ` ${event.name}` : ''} at ${event.column}: ${event.why}`;
  }
}
