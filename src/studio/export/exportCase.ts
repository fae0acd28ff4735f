// What every kind of export says of itself. Each kind is a file of kinds/; exportModel.ts lists them and writes them.
import type { AtelierError } from '../../base/errors/errors';
import type { OnProgress } from '../../base/wire/events';
import type { ZipItem } from '../../formats/zip';
import type { AtelierDb } from '../../storage/db';
import type { ExportOrigin, ExportSource } from './exportSource';

/** A whole file as chunks that follow each other. */
export interface StreamedFile {
  byteLength: number;
  bytes: AsyncIterable<Uint8Array>;
}

export interface ExportContext {
  db: AtelierDb;
  exportedAt: Date;
  onProgress?: OnProgress;
  /** The page that a model is saved as, without a model: webpage.zip of the build. */
  page?: () => Promise<Blob>;
}

export type ExportContent = { zip: Iterable<ZipItem> | AsyncIterable<ZipItem> } | { file: StreamedFile };

export interface ExportCase {
  /** Why these weights cannot be written so; absent where all can. */
  lacks?: (origin: ExportOrigin) => AtelierError | undefined;
  fileName: (origin: ExportOrigin) => string;
  /** Called only where nothing is lacking. */
  content: (source: ExportSource, context: ExportContext) => ExportContent;
}
