/** For the test that interrupts: `testing-interrupt.ts ARGUMENTS` is a command line that gets a SIGINT as soon as it listens for one. */
import { commandLine } from './command-line.ts';
import { realHost } from './host.ts';

const host = realHost();
process.exitCode = await commandLine(process.argv.slice(2), {
  ...host,
  onInterrupt: (stop) => {
    const forget = host.onInterrupt(stop);
    process.kill(process.pid, 'SIGINT');
    return forget;
  },
});
