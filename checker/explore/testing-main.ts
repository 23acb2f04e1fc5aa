/** For the test that kills: `testing-main.ts FOLDER` explores with a checkpoint after every task, from what is there. A dot says that it goes on, a line that it ended. */
import { Checkpoint, identityOf } from './checkpoint.ts';
import { explore } from './search.ts';
import { OPTIONS } from './testing.ts';

const checkpoint = new Checkpoint(process.argv[2]!, identityOf(OPTIONS, 'test'), 0);
const from = checkpoint.load();
process.stdout.write('.');
const search = await explore({
  ...OPTIONS,
  jobs: 0,
  onMerged: (current) => checkpoint.save(current),
  ...(from === undefined ? {} : { from }),
});
checkpoint.save(search, true);
process.stdout.write(`${from?.states.length ?? 0} ${search.states.count} ${search.total.transitions}\n`);
