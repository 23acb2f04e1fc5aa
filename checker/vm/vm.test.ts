/** One real kernel in a virtual machine: ten programs, and what becomes of it when it or its surroundings fall over. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { profileFor } from '../../spec/index.ts';
import { readCorpus } from '../corpus/index.ts';
import type { Machine } from '../machine.ts';
import { CONTRACT, CORPUS_LOOKS, judgeRun, skipReason } from '../run/index.ts';
import { BadImage, startVm } from './index.ts';
import { bootable, childrenOf, programOf } from './testing.ts';

const { image = '', why } = await bootable();
const PATIENCE = 600_000;
const folder = mkdtempSync(join(tmpdir(), 'mremap-check-vm-'));
afterAll(() => rmSync(folder, { recursive: true }));

const qemus = (): readonly number[] =>
  [...childrenOf(process.pid)].flatMap(([pid, line]) => (line.includes('qemu') ? [pid] : []));

async function withVm<T>(options: Omit<Parameters<typeof startVm>[0], 'image'>, use: (vm: Machine) => Promise<T>) {
  const vm = await startVm({ image, ...options });
  try {
    return await use(vm);
  } finally {
    await vm.close();
  }
}

const FINE = programOf('mmap(0x100000000000, 4096, 3, 0x100022, -1, 0) = 0x100000000000\n');

describe.skipIf(why !== undefined)(
  `a kernel in a virtual machine${why === undefined ? '' : ` (skipped: ${why})`}`,
  () => {
    test(
      'ten programs of the corpus keep to the contract of its profile; nothing is left when it is closed',
      async () => {
        await withVm({}, async (vm) => {
          const { environment } = vm;
          const programs = readCorpus(join(import.meta.dirname, '../../corpus'))
            .entries.filter((e) => e.family !== 'findings' && skipReason(e.program, environment) === undefined)
            .slice(0, 10);
          expect(programs).toHaveLength(10);
          const runs = await vm.run(
            programs.map((e) => e.program),
            CORPUS_LOOKS,
          );
          const court = { contract: CONTRACT, profile: profileFor(environment.release), environment };
          runs.forEach((run, i) => {
            const { file, program } = programs[i]!;
            expect([file, run.defect, run.steps.length]).toEqual([file, undefined, program.lines.length]);
            const { findings } = judgeRun(court, program, run, file);
            expect(findings.map((f) => `${file}: ${f.signature}`)).toEqual([]);
          });
        });
        expect(qemus()).toEqual([]);
      },
      PATIENCE,
    );

    test(
      'a kernel without virtio: programs go through the second serial port, many at a time',
      async () => {
        const said: string[] = [];
        const options = {
          args: ['initcall_blacklist=virtio_console_init'],
          console: (line: string) => void said.push(line),
        };
        const many = Array.from({ length: 1000 }, () => FINE);
        const runs = await withVm(options, (vm) => vm.run(many, CORPUS_LOOKS));
        expect(said).toContainEqual(expect.stringContaining('no virtio port'));
        expect(runs.map((run) => run.defect ?? run.steps[0]?.result.kind)).toEqual(many.map(() => 'value'));
      },
      PATIENCE,
    );

    test(
      'a kernel that panics: the program, the call and the console; the others have their runs',
      async () => {
        // More memory than the machine has is touched; the kernel is told to panic then.
        const hungry = programOf(
          [
            'munlockall()',
            ...Array.from(
              { length: 6 },
              (_, i) => `mmap(${0x100000000000 + i * 2 ** 32}, 104857600, 3, 0x108022, -1, 0)`,
            ),
          ].join('\n'),
        );
        const said: string[] = [];
        const options = {
          memoryMb: 320,
          args: ['sysctl.vm.panic_on_oom=2'],
          console: (line: string) => void said.push(line),
        };
        const runs = await withVm(options, (vm) => vm.run([FINE, hungry, FINE], CORPUS_LOOKS));
        expect(runs.map((run) => run.defect)).toEqual([undefined, undefined, undefined]);
        const last = runs[1]!.steps.at(-1)!;
        expect(last.result).toEqual({ kind: 'died', signal: 'kernel panic Out of memory' });
        expect(last.call.name).toBe('mmap');
        expect(last.console?.join('\n')).toContain('panic_on_oom is enabled');
        expect([runs[0], runs[2]].map((run) => run!.steps[0]!.result.kind)).toEqual(['value', 'value']);
        expect(said.length).toBeGreaterThan(0);
      },
      PATIENCE,
    );

    test(
      'QEMU killed in the middle of a run: one line, and the run goes on',
      async () => {
        const warned: string[] = [];
        const runs = await withVm({ warn: (line) => void warned.push(line) }, async (vm) => {
          const [pid] = qemus();
          const under = vm.run(
            Array.from({ length: 300 }, () => FINE),
            CORPUS_LOOKS,
          );
          process.kill(pid!, 'SIGKILL');
          return under;
        });
        expect(runs.map((run) => run.steps[0]?.result.kind)).toEqual(Array.from({ length: 300 }, () => 'value'));
        expect(warned).toEqual([
          expect.stringMatching(/^mremap-check: the virtual machine was ended from outside .*SIGKILL/),
        ]);
        expect(qemus()).toEqual([]);
      },
      PATIENCE,
    );

    test(
      'a machine ends with the process that started it, also when that is killed',
      async () => {
        const main = join(import.meta.dirname, 'testing-main.ts');
        const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main, image], {
          stdio: ['ignore', 'pipe', 'inherit'],
        });
        const [line] = (await once(child.stdout, 'data')) as [Buffer];
        const [pid, born] = line.toString().trim().split(' ');
        child.kill('SIGKILL');
        await once(child, 'close');
        const isThere = (): boolean => {
          try {
            const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(' ');
            return fields[21] === born && fields[2] !== 'Z';
          } catch {
            return false;
          }
        };
        for (let i = 0; i < 300 && isThere(); i++) await new Promise((resolve) => setTimeout(resolve, 100));
        expect(isThere()).toBe(false);
      },
      PATIENCE,
    );

    test(
      'no room for the initramfs: one line',
      async (context) => {
        const cache = join(folder, 'full');
        const mounted = spawnSync('sh', ['-c', `mkdir ${cache} && mount -t tmpfs -o size=64k none ${cache}`]);
        if (mounted.status !== 0) return context.skip('only root can mount a small filesystem');
        try {
          const file = join(folder, 'image');
          writeFileSync(
            file,
            readFileSync(
              join(
                process.env.XDG_CACHE_HOME ?? join(process.env.HOME!, '.cache'),
                'mremap-check/kernels',
                image,
                'vmlinuz',
              ),
            ),
          );
          await expect(startVm({ image: file, cache })).rejects.toThrow(/^[^\n]*(ENOSPC|no space left)[^\n]*$/i);
        } finally {
          spawnSync('umount', [cache]);
        }
      },
      PATIENCE,
    );
  },
);

test('an image that is no kernel: one line', async () => {
  const file = join(folder, 'text');
  writeFileSync(file, 'no kernel');
  await expect(startVm({ image: file })).rejects.toThrow(BadImage);
});
