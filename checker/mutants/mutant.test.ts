/** Mutants as texts: what is one, and that those there are can still be made of the model. */
import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CANARIES } from './canary.ts';
import { type Mutant, mutated, readMutant, readMutants } from './mutant.ts';
import { PATCHES } from './runner.ts';

const HOME = join(import.meta.dirname, '..', '..');
const source = (path: string): string => readFileSync(join(HOME, path), 'utf8');

const HEADER = {
  Mutant: 'place-off',
  Title: 'the place is one page off',
  Reference: 'none',
  Kind: 'page',
  Property: 'FIXED means there',
  Plausible: 'an end that was taken for a start',
  Differs: 'every move says another place',
};
const DIFF = `--- a/model/any.ts
+++ b/model/any.ts
@@ -1,3 +1,3 @@
 const a = 1;
-const b = 2;
+const b = 3;
 const c = 4;
`;
const text = (header: Partial<Record<string, string>> = {}, diff = DIFF): string =>
  `${Object.entries({ ...HEADER, ...header })
    .flatMap(([key, value]) => (value === undefined ? [] : [`${key}: ${value}`]))
    .join('\n')}\n\n${diff}`;

const read = (from: string): Mutant => {
  const got = readMutant(from, 'place-off.patch');
  if (!('id' in got)) expect.fail(got.map((e) => `${e.line}: ${e.message}`).join('\n'));
  return got;
};

describe('the text of a mutant', () => {
  test('is a header and a diff', () => {
    const mutant = read(text({ Plausible: 'an end\n  that was taken\n  for a start', Profile: 'linux-7.2' }));
    expect(mutant).toMatchObject({
      id: 'place-off',
      title: HEADER.Title,
      plausible: 'an end that was taken for a start',
      profile: 'linux-7.2',
    });
    const files = mutated(mutant, () => 'const a = 1;\nconst b = 2;\nconst c = 4;\n');
    expect(files).toEqual(new Map([['model/any.ts', 'const a = 1;\nconst b = 3;\nconst c = 4;\n']]));
  });
  test('no longer applies where what it changes has changed, however little', () => {
    const why = mutated(read(text()), () => 'const a = 1;\nconst b = 2; // two\nconst c = 4;\n');
    expect(why).toBe('place-off: its change of model/any.ts no longer applies');
  });
  test.each([
    ['another name', text({ Mutant: 'other' }), 1, 'place-off'],
    ['a kind that is none', text({ Kind: 'pages' }), 4, 'none of the kinds'],
    ['the profile of no kernel', text({ Profile: 'documented' }), 8, 'no profile of a kernel'],
    ['a key missing', text({ Differs: undefined }), 1, 'no line "Differs: …"'],
    ['a key twice', text({ Plausible: 'so\nKind: page' }), 7, 'stands there already'],
    ['a key that is none', text({ Plausible: 'so\nWhy: because' }), 7, 'no key Why'],
    ['something else', text({ Plausible: 'so\nand so' }), 7, 'no line "Key: value"'],
    ['no diff', text({}, ''), 9, 'no diff'],
    ['a diff that is cut', text({}, DIFF.slice(0, -20)), 9, 'no unified diff'],
    ['a change of the spec', text({}, DIFF.replaceAll('model/', 'spec/')), 9, 'only files of model/'],
    ['a change elsewhere', text({}, DIFF.replaceAll('model/', 'model/../spec/')), 9, 'only files of model/'],
  ])('is refused: %s', (_, from, line, message) => {
    const got = readMutant(from, 'place-off.patch');
    if ('id' in got) expect.fail('it was read');
    const [first] = got;
    expect(first?.message).toContain(message);
    expect(first?.line).toBe(line);
  });
});

/** The usual ones first, then more, and those that random programs are too slow for. */
const FOLDERS = [PATCHES, 'checker/mutants/more', 'checker/mutants/planted'];
const folders = FOLDERS.map((folder) => readMutants(join(HOME, folder)));
const mutants = folders.flatMap((folder) => folder.mutants);
const errors = folders.flatMap((folder) => folder.errors);

describe('the mutants there are', () => {
  test('can be read', () => {
    expect(errors.map((e) => `${e.file}:${e.line}: ${e.message}`)).toEqual([]);
    for (const folder of folders) expect(folder.mutants.length).toBeGreaterThan(4);
    expect(folders[0]?.mutants.length).toBeGreaterThan(60);
  });
  test.each(mutants.map((mutant) => [mutant.id, mutant] as const))('%s can be made', (_, mutant) => {
    const files = mutated(mutant, source);
    if (typeof files === 'string') expect.fail(files);
    expect(files.size).toBeGreaterThan(0);
    for (const [path, made] of files) {
      const was = stripTypeScriptTypes(source(path), { mode: 'strip' });
      expect(stripTypeScriptTypes(made, { mode: 'strip' }), path).not.toBe(was);
    }
  });
  test('no two are the same', () => {
    const made = mutants.map((mutant) => JSON.stringify([...(mutated(mutant, source) as Map<string, string>)]));
    expect(new Set(made).size).toBe(mutants.length);
  });
  test('the canaries are among them', () => {
    for (const id of CANARIES) expect(folders[0]?.mutants.map((mutant) => mutant.id)).toContain(id);
  });
});
