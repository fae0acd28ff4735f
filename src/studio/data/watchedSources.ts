// Files on their way in: their bytes are counted, hashed and reported, and a cancel stops them.
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import type { AsyncBuffer } from '../../base/numbers/asyncBuffer';
import { throwIfCancelled } from '../../base/errors/errors';
import type { OnProgress } from '../../base/wire/events';
import type { TextSource } from '../../formats/text/format';
import { bytesOf } from '../../formats/text/textFile';
import { sha256Of } from '../../storage/checkpointChunks';

/**
 * Bytes of a file that are hashed at once, by the platform and many times as fast as by a script; it can only hash
 * bytes in one piece.
 */
const IN_ONE_PIECE = 64 * 1024 * 1024;

/** Hears how many bytes of the file were read. */
type OnBytes = (done: number) => void;

interface Watching {
  onProgress?: OnProgress;
  signal?: AbortSignal;
}

/** The files of one import; progress is that of all their bytes. */
export class WatchedSources {
  readonly sources: readonly WatchedSource[];
  readonly bytes: number;

  constructor(files: readonly TextSource[], { onProgress, signal }: Watching) {
    const total = files.reduce((sum, { byteLength }) => sum + byteLength, 0);
    const done = new Map<TextSource, number>();
    let sum = 0;
    this.bytes = total;
    this.sources = files.map((file) => {
      const onBytes = (now: number): void => {
        const before = done.get(file) ?? 0;
        if (now <= before) return; // its first bytes are read again after a look at them
        done.set(file, now);
        sum += now - before;
        onProgress?.({ phase: 'reading', done: sum, total, unit: 'bytes' });
      };
      return new WatchedSource(file, onBytes, signal);
    });
  }

  /** SHA-256 of the file, of several files that of their hashes one after the other; hex. */
  async sha256(): Promise<string> {
    const hashes: string[] = [];
    for (const source of this.sources) hashes.push(await source.sha256());
    return hashes.length === 1 ? hashes[0]! : bytesToHex(sha256(new TextEncoder().encode(hashes.join(' '))));
  }
}

class WatchedSource implements TextSource {
  readonly name: string;
  readonly byteLength: number;
  #hash: string | undefined;

  constructor(
    private readonly source: TextSource,
    private readonly onBytes: OnBytes | undefined,
    private readonly signal: AbortSignal | undefined,
  ) {
    this.name = source.name;
    this.byteLength = source.byteLength;
  }

  stream(): AsyncGenerator<Uint8Array> {
    return this.#read(this.onBytes);
  }

  async buffer(): Promise<AsyncBuffer> {
    const buffer = await this.source.buffer();
    let done = 0;
    const slice: AsyncBuffer['slice'] = async (start, end = buffer.byteLength) => {
      throwIfCancelled(this.signal);
      const part = await buffer.slice(start, end);
      done = Math.min(buffer.byteLength, done + part.byteLength); // what stands at the end may be read first
      this.onBytes?.(done);
      return part;
    };
    return { byteLength: buffer.byteLength, slice };
  }

  /**
   * SHA-256 of all its bytes, hex; a file of which a reader took parts is read once more.
   * @throws cancelled
   */
  async sha256(): Promise<string> {
    throwIfCancelled(this.signal);
    if (this.#hash !== undefined) return this.#hash;
    if (this.byteLength <= IN_ONE_PIECE) return sha256Of(await (await this.source.buffer()).slice(0));
    for await (const _ of this.#read(undefined)) void _;
    return this.#hash!;
  }

  async *#read(onBytes: OnBytes | undefined): AsyncGenerator<Uint8Array> {
    const hash = this.byteLength > IN_ONE_PIECE ? new StreamedHash() : new GatheredHash(this.byteLength);
    let done = 0;
    for await (const chunk of bytesOf(this.source.stream())) {
      throwIfCancelled(this.signal);
      hash.update(chunk);
      done += chunk.byteLength;
      onBytes?.(done);
      yield chunk;
    }
    this.#hash = await hash.digest();
  }
}

class StreamedHash {
  readonly #hash = sha256.create();

  update(chunk: Uint8Array): void {
    this.#hash.update(chunk);
  }

  digest(): Promise<string> {
    return Promise.resolve(bytesToHex(this.#hash.digest()));
  }
}

/** Gathers the bytes of a file while it is read, so that it need not be read once more for its hash. */
class GatheredHash {
  readonly #bytes: Uint8Array<ArrayBuffer>;
  #used = 0;

  constructor(byteLength: number) {
    this.#bytes = new Uint8Array(byteLength);
  }

  update(chunk: Uint8Array): void {
    if (this.#used + chunk.byteLength <= this.#bytes.byteLength) this.#bytes.set(chunk, this.#used);
    this.#used += chunk.byteLength;
  }

  /** Undefined where the file had another length than it said. */
  digest(): Promise<string | undefined> {
    return this.#used === this.#bytes.byteLength ? sha256Of(this.#bytes) : Promise.resolve(undefined);
  }
}
