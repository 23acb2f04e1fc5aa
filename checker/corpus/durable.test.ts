import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { removeLeftovers, writeDurably } from './durable.ts';
import { inFolder } from './testing.ts';

const { openSync, writeFileSync, fsyncSync, renameSync } = fs;
const real = { openSync, writeFileSync, fsyncSync, renameSync };
afterEach(() => replaceFs(real));

/** Puts others in the place of what node:fs exports, for everybody. */
function replaceFs(others: Partial<typeof fs>): void {
  Object.assign(fs, others);
  syncBuiltinESMExports();
}

/** What reaches the disk, in order: `write x`, `sync x`, `rename x y`. */
function watched(): string[] {
  const log: string[] = [];
  const names = new Map<unknown, string>();
  const short = (path: unknown): string => String(path).replace(/^.*\/(.*?)(?:\.\d+-\d+\.tmp)?$/, '$1');
  replaceFs({
    openSync: ((path: string, ...rest: [string]) => {
      const fd = real.openSync(path, ...rest);
      names.set(fd, short(path));
      return fd;
    }) as typeof fs.openSync,
    writeFileSync: (file, ...rest) => {
      log.push(`write ${names.get(file)}`);
      real.writeFileSync(file, ...rest);
    },
    fsyncSync: (fd) => {
      log.push(`sync ${names.get(fd)}`);
      real.fsyncSync(fd);
    },
    renameSync: (from, to) => {
      log.push(`rename ${short(from)} ${short(to)}`);
      real.renameSync(from, to);
    },
  });
  return log;
}

test('written, forced to the disk, renamed, and the folder forced to the disk, new folders too', () =>
  inFolder((folder) => {
    const path = join(folder, 'a/b/c.prog');
    const log = watched();
    writeDurably(path, 'text');
    expect(log.slice(2)).toEqual(['write .c.prog', 'sync .c.prog', 'rename .c.prog c.prog', 'sync b']);
    expect(log.slice(0, 2)).toEqual([`sync ${folder.split('/').at(-1)}`, 'sync a']);
    expect(fs.readFileSync(path, 'utf8')).toBe('text');
    expect(fs.readdirSync(join(folder, 'a/b'))).toEqual(['c.prog']);
  }));

test.each(['writeFileSync', 'fsyncSync', 'renameSync'] as const)(
  '%s fails: nothing is left, what was there stays',
  (name) =>
    inFolder((folder) => {
      const path = join(folder, 'c.prog');
      writeDurably(path, 'before');
      replaceFs({
        [name]: () => {
          throw new Error('the disk is full');
        },
      });
      expect(() => writeDurably(path, 'after')).toThrow('the disk is full');
      expect(fs.readdirSync(folder)).toEqual(['c.prog']);
      expect(fs.readFileSync(path, 'utf8')).toBe('before');
    }),
);

test('leftovers of the dead go, and of this thread; those of the living stay', () =>
  inFolder((folder) => {
    const dead = '.a.prog.999999999-0.tmp';
    const mine = `.a.prog.${process.pid}-${(/-(\d+)\.tmp/.exec(nameWhileWriting(folder)) ?? [])[1]}.tmp`;
    const living = ['.a.prog.1-0.tmp', `.a.prog.${process.pid}-99999.tmp`];
    const others = ['a.prog', 'a.tmp', '.hidden', '.a.prog.x-0.tmp'];
    for (const name of [dead, mine, ...living, ...others]) real.writeFileSync(join(folder, name), '');
    removeLeftovers(folder);
    expect(fs.readdirSync(folder).sort()).toEqual([...living, ...others].sort());
  }));

/** The name that a file of this thread has while it is written. */
function nameWhileWriting(folder: string): string {
  let seen = '';
  replaceFs({
    renameSync: (from) => {
      seen = String(from);
      throw new Error('seen');
    },
  });
  expect(() => writeDurably(join(folder, 'x'), '')).toThrow('seen');
  replaceFs(real);
  return seen;
}
