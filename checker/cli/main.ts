/** The process: arguments in, exit code out. */
import { commandLine } from './command-line.ts';
import { realHost } from './host.ts';

// `mremap-check … | head` closes the pipe early: that is the reader's right and no failure.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit();
    throw error;
  });

process.exitCode = await commandLine(process.argv.slice(2), realHost());
