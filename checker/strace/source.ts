/** Bytes of a log: a file or standard input, as it is or compressed. */
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { UnreadableLog } from './read.ts';

/** What a file is read by, in bytes. */
const CHUNK = 1 << 18;

type Bytes = AsyncIterable<Uint8Array>;

function decompressorOf(head: Uint8Array): ReturnType<typeof createGunzip> | undefined {
  if (head[0] === 0x1f && head[1] === 0x8b) return createGunzip({ chunkSize: CHUNK });
  if (head[0] === 0x28 && head[1] === 0xb5 && head[2] === 0x2f && head[3] === 0xfd)
    return createZstdDecompress({ chunkSize: CHUNK }) as unknown as ReturnType<typeof createGunzip>;
  return undefined;
}

const reason = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Bytes in the end, whatever was put into the stream: compressed data is known by its first bytes, not by a name. */
export async function* plain(bytes: Bytes, name: string): Bytes {
  const source = bytes[Symbol.asyncIterator]();
  let head: Uint8Array = new Uint8Array(0);
  let ended = false;
  try {
    while (head.length < 4 && !ended) {
      const { done, value } = await source.next();
      if (done) ended = true;
      else head = head.length === 0 ? value : Buffer.concat([head, value]);
    }
    const rest = async function* (): Bytes {
      if (head.length > 0) yield head;
      for (let part = await source.next(); !part.done; part = await source.next()) yield part.value;
    };
    const decompressor = decompressorOf(head);
    if (decompressor === undefined) {
      yield* rest();
      return;
    }
    const input = Readable.from(rest());
    input.on('error', (error) => decompressor.destroy(error));
    yield* input.pipe(decompressor) as Bytes;
  } catch (error) {
    if (error instanceof UnreadableLog) throw error;
    throw new UnreadableLog(`${name}: ${reason(error)}`);
  } finally {
    await source.return?.();
  }
}

/** The bytes of a file. */
export const bytesOf = (path: string): Bytes => plain(createReadStream(path, { highWaterMark: CHUNK }), path);
