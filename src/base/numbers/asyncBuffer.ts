// One interface for bytes that are read in parts: files, zip entries, stored chunks.
/** Bytes that are read on demand: a file, a blob, an entry of a zip, a range of storage. */
export interface AsyncBuffer {
  readonly byteLength: number;
  /** Bytes from `start` to `end` (exclusive), fewer at the end of the buffer. */
  slice(start: number, end?: number): Promise<ArrayBuffer>;
}

export function fromBlob(blob: Blob): AsyncBuffer {
  return { byteLength: blob.size, slice: (start, end) => blob.slice(start, end).arrayBuffer() };
}

export function fromBytes(bytes: Uint8Array): AsyncBuffer {
  return {
    byteLength: bytes.byteLength,
    slice: (start, end) => Promise.resolve(bytes.slice(start, end).buffer),
  };
}
