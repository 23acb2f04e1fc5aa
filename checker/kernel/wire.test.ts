/** The stream of frames: whole, in pieces, cut off and garbled, on both of its ends. */
import { afterEach, describe, expect, test } from 'vitest';
import { decodeAnswers } from './decode.ts';
import { encodeBatch } from './encode.ts';
import { compileExecutor } from './index.ts';
import { ExecutorProcess } from './process.ts';
import * as t from './testing.ts';
import type { Frame } from './wire.ts';
import { FRAME, FrameReader, frame } from './wire.ts';

describe('reading', () => {
  const one = frame(FRAME.ANSWERS, 7, Buffer.from('12345678'));
  const two = frame(FRAME.ERROR, 8, Buffer.alloc(0));

  test.each([1, 3, 31, 32, 33, 40, 1000])('in chunks of %i bytes', (size) => {
    const reader = new FrameReader();
    const frames: Frame[] = [];
    const stream = Buffer.concat([one, two, one]);
    for (let at = 0; at < stream.length; at += size) reader.push(stream.subarray(at, at + size), (f) => frames.push(f));
    expect(frames.map((f) => [f.kind, f.batch, Buffer.from(f.payload).toString()])).toEqual([
      [FRAME.ANSWERS, 7, '12345678'],
      [FRAME.ERROR, 8, ''],
      [FRAME.ANSWERS, 7, '12345678'],
    ]);
  });

  test('no bit may change', () => {
    for (let bit = 0; bit < one.length * 8; bit++) {
      const bad = Buffer.from(one);
      bad[bit >> 3]! ^= 1 << (bit & 7);
      const frames: Frame[] = [];
      expect(() => {
        new FrameReader().push(bad, (f) => frames.push(f));
      }, `bit ${bit}`).toThrow('garbled');
      expect(frames).toEqual([]);
    }
  });

  test('an answer that does not fit the programs', () => {
    const payload = new Uint8Array(new Uint32Array([3, 0, 0, 0]).buffer);
    expect(() => decodeAnswers(payload, [], () => {})).toThrow('does not fit');
  });
});

const why = await t.whyNot();
describe.skipIf(why !== undefined)(`the executor's end${why === undefined ? '' : ` (skipped: ${why})`}`, () => {
  let process: ExecutorProcess | undefined;
  afterEach(() => process?.kill());

  const programs = [t.program(t.map(0, 1))];
  const payload = encodeBatch(programs, t.MAPPINGS, 2000);
  const good = (id: number): Buffer => frame(FRAME.BATCH, id, payload);

  /** Sends bytes, tells what comes back until the batch `last` is answered or the executor ends. */
  async function talk(last: number, ...chunks: readonly Buffer[]): Promise<string[]> {
    const path = await compileExecutor();
    return new Promise((resolve) => {
      const heard: string[] = [];
      process = new ExecutorProcess(path, ['/tmp'], {
        onFrame: (f) => {
          if (f.kind === FRAME.HELLO) return;
          if (f.kind === FRAME.ERROR) heard.push(`${f.batch}: ${Buffer.from(f.payload).toString()}`);
          else decodeAnswers(f.payload, programs, (_, run) => heard.push(`${f.batch}: ${t.drawn(run.steps[0])}`));
          if (f.batch === last) resolve(heard);
        },
        onEnd: (reason) => resolve([...heard, reason]),
      });
      for (const chunk of chunks) process.send(chunk);
      if (last < 0) process.stop();
    });
  }
  const fine = (id: number): string => `${id}: [0,1)rw-p`;
  const flipped = (bytes: Buffer, at: number): Buffer => {
    const copy = Buffer.from(bytes);
    copy[at]! ^= 0x10;
    return copy;
  };

  test('good batches', async () => {
    expect(await talk(2, good(1), good(2))).toEqual([fine(1), fine(2)]);
  });
  test('a garbled payload', async () => {
    expect(await talk(3, good(1), flipped(good(2), 60), good(3))).toEqual([
      ...[fine(1), '2: batch garbled: checksum differs', fine(3)],
    ]);
  });
  test('a garbled header, also of the length', async () => {
    for (const at of [0, 5, 9, 16, 18, 30])
      expect(await talk(3, good(1), flipped(good(2), at), good(3))).toEqual([
        ...[fine(1), '0: batch garbled: no valid header', fine(3)],
      ]);
  });
  test('garbage between batches is one error', async () => {
    const garbage = Buffer.alloc(5000, 'MRCK');
    expect(await talk(2, good(1), garbage, good(2))).toEqual([fine(1), '0: batch garbled: no valid header', fine(2)]);
  });
  test('a truncated batch, followed by others', async () => {
    const cut = good(1).subarray(0, 90);
    expect(await talk(3, cut, good(2), good(3))).toEqual(['1: batch garbled: checksum differs', fine(2), fine(3)]);
  });
  test('a truncated batch, followed by nothing for a while', async () => {
    expect(await talk(1, good(1).subarray(0, 90))).toEqual(['1: batch truncated']);
    expect(await talk(0, good(1).subarray(0, 20))).toEqual(['0: batch truncated in its header']);
  });
  test('a truncated batch at the end of the input', async () => {
    const heard = await talk(-1, good(1), good(2).subarray(0, 50));
    expect(heard).toEqual([fine(1), '2: batch truncated', 'executor: ended by exit 0']);
  });
  const changed = (bytes: Uint8Array, at: number, by: number): Uint8Array => {
    const copy = Uint8Array.from(bytes);
    copy[at]! += by;
    return copy;
  };
  test('a batch that is no list of programs', async () => {
    const wrong = [
      payload.slice(0, 12),
      payload.slice(0, -8),
      Buffer.concat([payload, Buffer.alloc(8)]),
      changed(Buffer.concat([payload, Buffer.alloc(8)]), 20, 8),
      changed(payload, 32, 1), // the result of a line that does not come before
      ...[16, 20, 24, 26, 32].map((at) => changed(payload, at, 40)),
    ];
    for (const bytes of wrong)
      expect(await talk(2, frame(FRAME.BATCH, 1, bytes), good(2))).toEqual([
        ...['1: batch garbled: not a list of programs', fine(2)],
      ]);
  });
  test('a batch that is too large', async () => {
    const heard = await talk(2, frame(FRAME.BATCH, 1, Buffer.alloc(1 << 20)), good(2));
    expect(heard).toEqual(['1: batch larger than 1 MiB', fine(2)]);
  });
});
