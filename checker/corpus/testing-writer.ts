/**
 * A process for the test that kills it: adds findings to a folder until the end, five kinds in turn, each smaller than the one before of
 * its kind, and prints the number of each once it is added. Arguments: the folder, and the number to begin with.
 */
import { writeSync } from 'node:fs';
import { finding } from './testing.ts';
import { CorpusWriter } from './writer.ts';

const [folder = '', first = '0'] = process.argv.slice(2);
const ADVICE = ['NORMAL', 'RANDOM', 'SEQUENTIAL', 'DONTFORK', 'DONTDUMP'];
/** Numbers stay below it. */
const MOST = 1_000_000;

const writer = new CorpusWriter(folder);
for (let n = Number(first); n < MOST; n++) {
  const advice = `madvise(0x100000000000, 4096, MADV_${ADVICE[n % ADVICE.length]})\n`;
  writer.add(finding(`${advice}store(0x100000000000, ${MOST - n})\n`));
  writeSync(1, `${n}\n`);
}
