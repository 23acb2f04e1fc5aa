/** The process: arguments in, exit code out. */
import { commandLine } from './command-line.ts';
import { realHost } from './host.ts';

// `mremap-check … | head` closes the pipe early: that is the reader's right and no failure. What nobody reads is lost, the exit
// code is not: a finding must never end in 0.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE' && error.code !== 'ERR_STREAM_DESTROYED') throw error;
  });

process.exitCode = await commandLine(process.argv.slice(2), realHost());
