import { describe, expect, test } from 'vitest';
import {
  type Call,
  type Environment,
  initialState,
  type Profile,
  type Result,
  type Step,
  type Verdict,
} from '../../spec/index.ts';
import { EXAMPLE } from '../example.ts';
import { programAt } from '../generate/index.ts';
import type { Looks, Machine, Run } from '../machine.ts';
import { type Program, parseProgram } from '../program/index.ts';
import {
  BATCH,
  CORPUS_LOOKS,
  type Court,
  type Explanation,
  explainedBy,
  Findings,
  judgeRun,
  judgeStream,
  readExplanations,
  type Sink,
  type Sourced,
  sameResult,
  signatureOf,
  skipReason,
  Tally,
} from './index.ts';

const environment = {
  release: '6.18.3',
  features: ['mseal'],
  capabilities: { ipcLock: true, rawIo: false },
  overcommit: 0,
  own: { vmSize: 0, vmLck: 0, vmData: 0, vmStk: 0, mapCount: 0, lockable: 0 },
  window: { start: 0, end: 1 },
} as unknown as Environment;
const LOOKS: Looks = { mappings: 'each', counters: 'never', contents: 'never', flags: 'never', touch: 'never' };
const OK: Result = { kind: 'value', value: 0n };

const program = (text: string): Program => {
  const parsed = parseProgram(text, 'test');
  if (!parsed.ok) throw new Error(parsed.errors[0]?.message);
  return parsed.program;
};

const runOf = ({ lines }: Program): Run => ({
  steps: lines.map(({ name }): Step => ({ call: { name, args: [] as bigint[] } as Call, result: OK, seen: {} })),
});

/** Forbids `munlockall`. */
const court: Court = {
  profile: { name: 'test', version: 1 } as Profile,
  environment,
  contract: {
    initialState,
    judge: (_, next, { call }): Verdict => {
      const bad = call.name === 'munlockall';
      const differences = bad ? [{ aspect: 'vmLck', seen: '1', allowed: '0' }] : [];
      return { kind: bad ? 'forbidden' : 'allowed', rules: [`${call.name}/rule`], differences, allowed: ['0'], next };
    },
  },
};

const BAD = program('mlockall(0)\nmunlockall()\nmlockall(0)\n');
const GOOD = program('mlockall(0)\n');

function sinkOf(known: readonly Explanation[] = []): Sink & { tally: Tally; findings: Findings } {
  return { tally: new Tally(), findings: new Findings((f) => explainedBy(known, court.profile, f)), defects: [] };
}

describe('a stream', () => {
  /** Remembers in which order batches were given and taken. */
  function recorder(answer = runOf) {
    const log: string[] = [];
    let number = 0;
    const machine: Machine = {
      name: 'recorder',
      environment,
      run: async (programs) => {
        const n = number++;
        log.push(`run ${n}: ${programs.length}`);
        await new Promise((resolve) => setImmediate(resolve));
        log.push(`ran ${n}`);
        return programs.map(answer);
      },
      close: async () => undefined,
    };
    return { log, machine };
  }
  const source = (n: number): Sourced[] => Array.from({ length: n }, (_, i) => ({ program: GOOD, origin: `${i}` }));

  test('every program is judged, in order, and the next batch is under way before the last one is judged', async () => {
    const { log, machine } = recorder();
    const origins: string[] = [];
    const sink = { ...sinkOf(), onProgram: ({ origin }: Sourced) => void origins.push(origin) };
    await judgeStream(court, machine, source(3 * BATCH + 1), () => LOOKS, sink);
    expect(origins).toEqual(source(3 * BATCH + 1).map((s) => s.origin));
    expect(log.slice(0, 2)).toEqual([`run 0: ${BATCH}`, `run 1: ${BATCH}`]);
    expect(log.indexOf('run 2: 64')).toBeGreaterThan(log.indexOf('ran 0'));
    expect(log.at(-1)).toBe('ran 3');
    expect(sink.tally).toMatchObject({ programs: 3 * BATCH + 1, steps: 3 * BATCH + 1 });
  });
  test('what deviates is looked at again, closely, and that counts', async () => {
    const looks: Looks[] = [];
    // Seen at the last call first, and at the first one when everything is looked at.
    const late = program('mlockall(0)\nmlockall(0)\nmunlockall()\n');
    const early = program('munlockall()\nmlockall(0)\nmlockall(0)\n');
    const judgedOf = async (second: Program) => {
      looks.length = 0;
      const machine: Machine = {
        ...recorder().machine,
        run: async (programs, how) => {
          looks.push(how);
          return programs.map((p) => runOf(how === CORPUS_LOOKS ? second : p));
        },
      };
      const sink = sinkOf();
      await judgeStream(court, machine, [{ program: late, origin: 'x' }], () => LOOKS, sink);
      return sink.findings.list('new').map((g) => [g.count, g.example.index, g.example.origin]);
    };
    expect(await judgedOf(early)).toEqual([[1, 0, 'x']]);
    expect(looks).toEqual([LOOKS, CORPUS_LOOKS]);
    expect(await judgedOf(GOOD)).toEqual([[1, 2, 'x (not seen again when everything was looked at)']]);
  });
  test('nothing is blamed on what comes after a deviation that could not be looked at', async () => {
    const twice = program('munlockall()\nmunlockall()\n');
    const counts = async (flags: number | undefined) => {
      const mappings = [
        { start: 1, end: 2, prot: 0, shared: false, offset: 0, file: 0, ...(flags === undefined ? {} : { flags }) },
      ];
      const answer = (p: Program): Run => ({ steps: runOf(p).steps.map((step) => ({ ...step, seen: { mappings } })) });
      const sink = sinkOf();
      await judgeStream(court, recorder(answer).machine, [{ program: twice, origin: 'x' }], () => LOOKS, sink);
      return [sink.findings.count('new'), sink.tally.verdicts.unknown];
    };
    expect(await counts(0)).toEqual([2, 0]);
    expect(await counts(undefined)).toEqual([1, 1]);
  });
  test('nothing to run', async () => {
    const sink = sinkOf();
    await judgeStream(court, recorder().machine, [], () => LOOKS, sink);
    expect(sink.tally.programs).toBe(0);
  });
  test('a machine that is lost ends it', async () => {
    const machine = { ...recorder().machine, run: () => Promise.reject(new Error('gone')) };
    await expect(judgeStream(court, machine, source(500), () => LOOKS, sinkOf())).rejects.toThrow('gone');
  });
  test('a machine that answers too little, or fails, is told of', async () => {
    const sink = sinkOf();
    const machine = { ...recorder().machine, run: async () => [{ steps: [], defect: 'truncated' }] };
    await judgeStream(court, machine, source(2), () => LOOKS, sink);
    expect(sink.defects).toEqual([
      { origin: '0', reason: 'truncated' },
      { origin: '1', reason: expect.stringContaining('fewer runs') },
    ]);
  });
  test('what is explained is told apart from what is not', async () => {
    const signature = 'munlockall: vmLck value, allowed value';
    const header = [{ key: 'explains', value: 'munlockall vmLck more when munlockall/rule' }];
    for (const known of [[], readExplanations('findings/f.prog', header).explanations]) {
      const seen: number[][] = [];
      const sink = { ...sinkOf(known), onProgram: (_: Sourced, ...counts: number[]) => void seen.push(counts) };
      await judgeStream(court, recorder().machine, [{ program: BAD, origin: 'x' }], () => LOOKS, sink);
      expect(seen).toEqual([[1, 1 - known.length]]);
      expect(sink.findings.list(known.length > 0 ? 'known' : 'new')).toMatchObject([{ signature, count: 1 }]);
      expect(sink.findings.list(known.length > 0 ? 'new' : 'known')).toEqual([]);
    }
  });
});

test('judging goes on after a deviation, and the finding ends with it', () => {
  const { verdicts, states, findings } = judgeRun(court, BAD, runOf(BAD), 'x');
  expect(verdicts.map((v) => v.kind)).toEqual(['allowed', 'forbidden', 'allowed']);
  expect(states).toHaveLength(4);
  expect(findings).toMatchObject([{ kind: 'forbidden', index: 1 }]);
  expect(findings[0]?.program.lines).toHaveLength(2);
});

test('what the text says is compared with what came back', () => {
  const written = program('mlockall(0) = -1 EPERM\nmlockall(0) = 0\n');
  const { findings } = judgeRun(court, written, runOf(written), 'x');
  expect(findings).toMatchObject([
    { kind: 'expectation', index: 0, signature: 'mlockall: expectation value, written EPERM' },
  ]);
});

test('results', () => {
  const results: Result[] = [
    OK,
    { kind: 'value', value: 1n },
    { kind: 'error', errno: 'EPERM' },
    { kind: 'error', errno: 'EINVAL' },
    { kind: 'signal', signal: 'SIGBUS' },
    { kind: 'died', signal: 'SIGKILL' },
    { kind: 'hung' },
  ];
  for (const a of results) for (const b of results) expect(sameResult(a, b)).toBe(a === b);
});

test('a signature names what differs and not where', () => {
  const step = (result: Result): Step => ({ call: { name: 'mremap', args: [] }, result, seen: {} });
  const verdict = (aspect: string, allowed: readonly string[]) =>
    ({ differences: [{ aspect, page: 77, seen: '', allowed: '' }], allowed }) as unknown as Verdict;
  const signature = (result: Result, aspect: string, allowed: readonly string[]): string =>
    signatureOf({ step: step(result), verdict: verdict(aspect, allowed) } as unknown as Parameters<
      typeof signatureOf
    >[0]);
  expect(signature({ kind: 'error', errno: 'EINVAL' }, 'result', ['-1 EPERM', '-1 EFAULT', '-1 EPERM'])).toBe(
    'mremap: result EINVAL, allowed EFAULT or EPERM',
  );
  expect(signature({ kind: 'died', signal: 'SIGKILL' }, 'result', ['any 4 free pages'])).toBe(
    'mremap: result SIGKILL, allowed value',
  );
  expect(signature(OK, 'vmLck', [])).toBe('mremap: vmLck value, allowed nothing');
});

test('the shortest example of a signature is kept', () => {
  const findings = new Findings();
  const late = program('mlockall(0)\nmlockall(0)\nmunlockall()\n');
  for (const p of [late, BAD, late]) for (const f of judgeRun(court, p, runOf(p), 'x').findings) findings.add(f);
  expect(findings.list('new')).toMatchObject([{ count: 3, example: { index: 1 } }]);
});

test.each([
  ['needs: mseal', undefined],
  ['needs: CAP_IPC_LOCK, overcommit_0', undefined],
  ['needs: CAP_SYS_RAWIO, overcommit_2', 'needs CAP_SYS_RAWIO, overcommit_2'],
  ['needs: mseal, hugetlb', 'needs hugetlb'],
  ['needs: file_on_disk', undefined],
  ['since: 6.18', undefined],
  ['since: 7.2', 'is for kernels from 7.2 on'],
  ['until: 6.18', 'is for kernels before 6.18'],
  ['until: 7.2', undefined],
])('%s', (header, reason) => {
  expect(skipReason(program(`# ${header}\nmlockall(0)\n`), environment)).toBe(reason);
});

test('a program with a fault needs a machine that can make inner steps fail', () => {
  const faulty = program('mlockall(0)\nmunlockall() (fault 2)\n');
  expect(skipReason(faulty, environment)).toBe('needs faults');
  expect(skipReason(faulty, { ...environment, features: [...environment.features, 'faults'] })).toBe(undefined);
});
test('nor is a process filled with mappings where each of them takes long', () => {
  const filling = program('fill_mappings(0)\n');
  const injecting = { ...environment, features: [...environment.features, 'fault_injection'] };
  expect(skipReason(filling, environment)).toBe(undefined);
  expect(skipReason(filling, injecting)).toMatch(/^fills the process with mappings/);
  const all = Array.from(
    { length: 300 },
    (_, n) => programAt(1, n, { ...EXAMPLE, features: injecting.features }).lines,
  ).flat();
  expect(all.some(({ name }) => name === 'fill_mappings')).toBe(false);
});
