/** For a test that kills it: starts a virtual machine, says which process that is, and waits. */
import { readFileSync } from 'node:fs';
import { startVm } from './index.ts';
import { childrenOf } from './testing.ts';

await startVm({ image: process.argv[2]! });
const [pid] = [...childrenOf(process.pid)].find(([, line]) => line.includes('qemu')) ?? [];
// The stat line tells one process from another one of the same number.
process.stdout.write(`${pid} ${readFileSync(`/proc/${pid}/stat`, 'latin1').split(' ')[21]}\n`);
setInterval(() => undefined, 1000);
