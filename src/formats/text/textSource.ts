// A file or text at hand as the readers of text formats get it.
import { fromBlob } from '../../base/numbers/asyncBuffer';
import type { TextSource } from './format';

/** @param name As errors call it; with its folders where several files are read */
export const textSourceOf = (blob: Blob, name: string): TextSource => ({
  name,
  byteLength: blob.size,
  stream: () => blob.stream(),
  buffer: () => Promise.resolve(fromBlob(blob)),
});
