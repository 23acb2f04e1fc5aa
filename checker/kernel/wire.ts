/** Frames on the way to and from the executor; the C side is executor/wire.h, the numbers are the same. */
import { crc32 } from 'node:zlib';

const MAGIC = 0x4b43524d;
const VERSION = 1;
const HEADER = 32;
/** Bytes of a batch with its header that the executor takes at most. */
export const FRAME_MAX = 1 << 20;
export const PAYLOAD_MAX = FRAME_MAX - HEADER;

export const FRAME = { BATCH: 1, HELLO: 2, ANSWERS: 3, ERROR: 4 } as const;

export interface Frame {
  readonly kind: number;
  readonly batch: number;
  /** No more frames answer this batch. */
  readonly last: boolean;
  /** Aligned to eight bytes in its buffer. */
  readonly payload: Uint8Array<ArrayBuffer>;
}

/** The bytes of a frame with this payload. */
export function frame(kind: number, batch: number, payload: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(HEADER + payload.length);
  [MAGIC, VERSION, kind, batch, payload.length, crc32(payload), 0].forEach((word, i) => {
    bytes.writeUInt32LE(word >>> 0, 4 * i);
  });
  bytes.writeUInt32LE(crc32(bytes.subarray(0, HEADER - 4)), HEADER - 4);
  bytes.set(payload, HEADER);
  return bytes;
}

/** Puts the frames of a stream together from its chunks. */
export class FrameReader {
  readonly #header = Buffer.alloc(HEADER);
  #headerBytes = 0;
  #payload: Uint8Array<ArrayBuffer> | undefined;
  #payloadBytes = 0;

  /**
   * Takes the next chunk and hands over every frame that it completes.
   * @throws Error when the stream is no sequence of frames: the executor is lost then.
   */
  push(chunk: Uint8Array, onFrame: (frame: Frame) => void): void {
    for (let at = 0; at < chunk.length; ) {
      if (this.#payload === undefined) {
        const take = Math.min(HEADER - this.#headerBytes, chunk.length - at);
        this.#header.set(chunk.subarray(at, at + take), this.#headerBytes);
        this.#headerBytes += take;
        at += take;
        if (this.#headerBytes < HEADER) return;
        this.#begin();
      } else {
        const take = Math.min(this.#payload.length - this.#payloadBytes, chunk.length - at);
        this.#payload.set(chunk.subarray(at, at + take), this.#payloadBytes);
        this.#payloadBytes += take;
        at += take;
      }
      if (this.#payload !== undefined && this.#payloadBytes === this.#payload.length) onFrame(this.#end());
    }
  }

  #begin(): void {
    const h = this.#header;
    const good = h.readUInt32LE(0) === MAGIC && h.readUInt32LE(28) === crc32(h.subarray(0, 28));
    if (!good) throw new Error('executor: answer garbled: no valid header');
    if (h.readUInt32LE(4) !== VERSION) throw new Error('executor: another version of the protocol');
    this.#payload = new Uint8Array(h.readUInt32LE(16));
    this.#payloadBytes = 0;
  }

  #end(): Frame {
    const h = this.#header;
    const payload = this.#payload!;
    if (crc32(payload) !== h.readUInt32LE(20)) throw new Error('executor: answer garbled: checksum differs');
    this.#payload = undefined;
    this.#headerBytes = 0;
    return { kind: h.readUInt32LE(8), batch: h.readUInt32LE(12), last: (h.readUInt32LE(24) & 1) !== 0, payload };
  }
}
