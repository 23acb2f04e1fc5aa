import { expect, test } from 'vitest';
import { complaint } from './index.ts';
import { Failed, SHELL } from './shell.ts';

test('what a command prints, and how it fails', async () => {
  expect(await SHELL.run('sh', ['-c', 'echo out; echo err >&2'])).toBe('out\n');
  const failed: unknown = await SHELL.run('sh', ['-c', 'echo E: why >&2; exit 3']).catch((error: unknown) => error);
  expect(failed).toBeInstanceOf(Failed);
  expect([(failed as Failed).message, complaint(failed)]).toEqual(['sh ended by exit 3', 'why']);
  expect([await SHELL.has('sh'), await SHELL.has('no-such-command')]).toEqual([true, false]);
});

// A file system that never has room.
test.skipIf(process.platform !== 'linux')('one that waits for room on a full disk is ended', async () => {
  const failed: unknown = await SHELL.run('sleep', ['50'], { room: '/proc' }).catch((error: unknown) => error);
  expect(complaint(failed)).toBe('no space left on device');
  expect(await SHELL.run('sleep', ['2.5'], { room: '/' })).toBe('');
});
