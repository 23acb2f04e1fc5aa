import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Examination, examine } from './examine.ts';
import { findingText, nameOf } from './record.ts';
import { finding, inFolder, parsed } from './testing.ts';

const GOOD = '# family: noop\n# pins: nothing\nmunlockall() = 0\n';

const examined = (texts: Readonly<Record<string, string>>): Promise<Examination> =>
  inFolder((folder) => {
    for (const [name, text] of Object.entries(texts)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
    return examine(folder);
  });

/** Every complaint as `file:line:column message`. */
const complaints = async (texts: Readonly<Record<string, string>>): Promise<string[]> =>
  (await examined(texts)).errors.flatMap((e) => e.errors.map((x) => `${x.file}:${x.line}:${x.column} ${x.message}`));

const RECORD = findingText(finding('mseal(0x100000000000, 4096, 0)\n'));
const NAME = nameOf(finding('munlockall()\n').signature, parsed('mseal(0x100000000000, 4096, 0)\n'));
const EXPLAINS = '# explains: munlockall result EINVAL when munlockall/unlocked';

describe('nothing to say', () => {
  test('about the corpus of the project', () => {
    const { entries, errors, leftovers } = examine('corpus');
    expect(entries.length).toBeGreaterThan(300);
    expect([errors, leftovers]).toEqual([[], []]);
  });
  test('about good files, and those that belong to a corpus', async () => {
    const explained = `# family: findings\n${EXPLAINS}\nmunlockall()\n`;
    const bounded = GOOD.replace('# pins', '# since: 6.17\n# until: 7.2\n# checks: mappings\n# pins').replace(
      '= 0',
      '= -1 EPERM',
    );
    const files = {
      'noop/a.prog': GOOD,
      'noop/b.prog': bounded,
      'findings/x.prog': explained,
      [`new/${NAME}.prog`]: RECORD,
      'README.md': '',
      'findings/README.md': '',
      'unreachable.json': '{}',
    };
    expect(await complaints(files)).toEqual([]);
  });
  test('leftovers of killed writers are no damage', async () => {
    const { errors, leftovers } = await examined({ 'noop/a.prog': GOOD, 'noop/.b.prog.12-0.tmp': '# fam' });
    expect([errors, leftovers]).toEqual([[], ['corpus/noop/.b.prog.12-0.tmp']]);
  });
});

describe('what is wrong', () => {
  const header = (line: string): Record<string, string> => ({
    'noop/a.prog': GOOD.replace('# pins', `${line}\n# pins`),
  });
  test.each<[string, Record<string, string>, string[]]>([
    [
      'no program',
      { 'noop/a.prog': `${GOOD}mremap(oops\n` },
      ['corpus/noop/a.prog:4:8 unknown name oops in addr of mremap'],
    ],
    ['no call', { 'noop/a.prog': '# family: noop\n' }, ['corpus/noop/a.prog:1:1 there is no call in it']],
    [
      'nothing at all',
      { 'noop/a.prog': '' },
      ['corpus/noop/a.prog:1:1 there is no call in it', 'corpus/noop/a.prog:1:1 there is no line "# family: noop"'],
    ],
    [
      'another family',
      { 'moves/a.prog': GOOD },
      ['corpus/moves/a.prog:1:11 the family is noop, but the folder is moves'],
    ],
    ['an unknown key', header('# pinns: x'), ['corpus/noop/a.prog:2:3 there is no key pinns']],
    ['a key twice', header('# family: noop'), ['corpus/noop/a.prog:2:3 family stands there already']],
    ['an unknown feature', header('# needs: mseal, msael'), ['corpus/noop/a.prog:2:10 there is no feature msael']],
    ['an unknown check', header('# checks: mapings'), ['corpus/noop/a.prog:2:11 there is no check mapings']],
    ['no version', header('# since: six'), ['corpus/noop/a.prog:2:10 "six" is no kernel version']],
    ['no date', header('# date: today'), ['corpus/noop/a.prog:2:9 "today" is not a date like 2026-01-31']],
    ['no profile', header('# profile: linux-1.0'), ['corpus/noop/a.prog:2:12 there is no profile linux-1.0']],
    [
      'no reproduction',
      header('# reproduction: often'),
      ['corpus/noop/a.prog:2:17 "often" is not how often out of how many runs, e.g. 20 of 20'],
    ],
    [
      'an explanation outside findings/',
      header(EXPLAINS),
      ['corpus/noop/a.prog:2:3 only programs in findings/ explain what is seen'],
    ],
    [
      'a finding that explains nothing',
      { 'findings/a.prog': GOOD.replace('noop', 'findings') },
      [expect.stringMatching(/^corpus\/findings\/a\.prog:1:1 a finding needs a line "# explains/) as unknown as string],
    ],
    [
      'the same twice',
      { 'noop/a.prog': GOOD, 'noop/b.prog': GOOD.replace('nothing', 'something') },
      ['corpus/noop/b.prog:1:1 the same program as corpus/noop/a.prog'],
    ],
    [
      'a name',
      { 'noop/A_b.prog': GOOD },
      ['corpus/noop/A_b.prog:1:1 A_b is no name: small letters, digits and single dashes make one'],
    ],
    [
      'a file that nobody would run',
      { 'noop/a.prg': GOOD },
      ['corpus/noop/a.prg:1:1 is no program: the names of programs end in .prog'],
    ],
    [
      'reasons that are none',
      { 'unreachable.json': '[1]' },
      [expect.stringContaining('unreachable.json:1:1 must be one JSON object') as unknown as string],
    ],
    [
      'a record without its signature',
      { [`new/${NAME}.prog`]: RECORD.replace(/# signature.*\n/, '') },
      [`corpus/new/${NAME}.prog:1:1 there is no line "# signature: …", as every recorded finding has`],
    ],
    [
      'a record that was cut',
      { [`new/${NAME}.prog`]: RECORD.replace('4096', '409') },
      [expect.stringContaining('signature or calls were changed') as unknown as string],
    ],
  ])('%s', async (_, files, expected) => {
    expect(await complaints(files)).toEqual(expected);
  });
  test('hints, and the text that is meant', async () => {
    const [error] = (await examined(header('# needs: msael'))).errors;
    expect(error?.errors[0]).toMatchObject({ hint: 'did you mean mseal?', source: '# needs: msael' });
  });
  test('what cannot be read is named, and the rest is read', () =>
    inFolder((folder) => {
      mkdirSync(join(folder, 'noop/folder.prog'), { recursive: true });
      symlinkSync('nowhere', join(folder, 'noop/link.prog'));
      writeFileSync(join(folder, 'noop/a.prog'), GOOD);
      const { entries, errors } = examine(folder);
      expect(entries.map((e) => e.file)).toEqual(['corpus/noop/a.prog']);
      expect(errors.map((e) => [e.file, e.errors[0]?.message])).toEqual([
        ['corpus/noop/folder.prog', 'cannot be read: EISDIR'],
        ['corpus/noop/link.prog', 'cannot be read: ENOENT'],
      ]);
    }));
});
