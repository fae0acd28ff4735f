// Where an export is written to: the file that the person picked, or a blob for the browser's downloads.
export class ExportTarget {
  bytes = 0;
  readonly stream: WritableStream<Uint8Array>;
  readonly #collected: Blob[] | undefined;

  constructor(target?: WritableStream<Uint8Array>) {
    this.#collected = target ? undefined : [];
    const writer = target?.getWriter();
    this.stream = new WritableStream<Uint8Array>({
      write: (chunk) => {
        this.bytes += chunk.byteLength;
        return writer ? writer.write(chunk) : this.#collect(chunk);
      },
      close: () => writer?.close(),
      abort: (reason) => writer?.abort(reason),
    });
  }

  /** A blob of blobs: the browser may keep them outside its memory. Absent where a file was written. */
  blob(type: string): Blob | undefined {
    return this.#collected && new Blob(this.#collected, { type });
  }

  /** Blobs take no views of shared memory. */
  #collect(chunk: Uint8Array): void {
    const { buffer, byteOffset, byteLength } = chunk;
    if (buffer instanceof ArrayBuffer)
      this.#collected!.push(new Blob([new Uint8Array(buffer, byteOffset, byteLength)]));
    else this.#collected!.push(new Blob([new Uint8Array(chunk)]));
  }
}
