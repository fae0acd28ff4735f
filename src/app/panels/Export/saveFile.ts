// The browser's save dialog, and the stream by which a worker writes into the file that the person picked there.
import { EXPORT_KINDS, type ExportKind } from '../../../base/wire/exportKinds';

/**
 * Chromium's File System Access; TypeScript's DOM lacks it:
 * https://developer.mozilla.org/docs/Web/API/Window/showSaveFilePicker
 */
interface SavePicker {
  showSaveFilePicker(options: {
    suggestedName: string;
    types: { description: string; accept: Record<string, string[]> }[];
  }): Promise<FileSystemFileHandle>;
}
const canPick = (scope: object): scope is SavePicker => 'showSaveFilePicker' in scope;

const ACCEPT: Record<'zip' | 'gguf', Record<string, string[]>> = {
  zip: { 'application/zip': ['.zip'] },
  gguf: { 'application/octet-stream': ['.gguf'] },
};

/** Undefined where the browser has no save dialog; `cancelled` where the person closed it. */
export type PickedFile = FileSystemFileHandle | 'cancelled' | undefined;

/** Call it before anything is awaited: the dialog opens only within a few seconds of the person's press. */
export async function pickFile(suggestedName: string, kind: ExportKind, description: string): Promise<PickedFile> {
  if (!canPick(window)) return undefined;
  const types = [{ description, accept: ACCEPT[EXPORT_KINDS[kind].ending] }];
  try {
    return await window.showSaveFilePicker({ suggestedName, types });
  } catch (thrown) {
    if (thrown instanceof DOMException && thrown.name === 'AbortError') return 'cancelled';
    throw thrown;
  }
}

interface OpenTarget {
  /** For the worker, which takes it over. */
  target: WritableStream<Uint8Array>;
  /** Settles when all is on disk. */
  written: Promise<void>;
  /** Leaves the file as it was. */
  discard(): void;
}

/** The file's own stream can't be moved to a worker; a pipe can, and the bytes only pass through the page. */
export async function openTarget(handle: FileSystemFileHandle): Promise<OpenTarget> {
  const file = await handle.createWritable();
  const pipe = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>();
  const abort = new AbortController();
  const written = pipe.readable.pipeTo(file, { signal: abort.signal });
  written.catch(() => undefined); // a broken pipe also fails the worker's write, which is the one that is reported
  return { target: pipe.writable, written, discard: () => abort.abort() };
}
