// Exports weights as one file: lists the kinds, names the file, and writes it to where it goes.
import { asAtelierError, throwIfCancelled } from '../../base/errors/errors';
import type { ExportChoice } from '../../base/wire/guides';
import type { OnProgress } from '../../base/wire/events';
import type { Id } from '../../base/records/named';
import { EXPORT_KINDS, type ExportKind } from '../../base/wire/exportKinds';
import type { ExportResult } from '../../base/wire/requests';
import { writeZip } from '../../formats/zip';
import type { AtelierDb } from '../../storage/db';
import { whileReading } from '../../storage/locks';
import type { StreamedFile } from './exportCase';
import { EXPORT_CASES, lackOf, withGuide } from './exportCases';
import { guidesOf } from './exportGuides';
import { isChat, openExport, openOrigin } from './exportSource';
import { ExportTarget } from './exportStreams';

/**
 * In which kinds these weights can be exported, each with the name of its file, in the order of `EXPORT_KINDS`.
 * @param weightsId of a checkpoint or a stored model
 * @throws checkpoint-missing, checkpoint-damaged, base-missing
 */
export async function exportChoices(db: AtelierDb, weightsId: Id): Promise<ExportChoice[]> {
  const origin = await openOrigin(db, weightsId);
  const kinds = Object.keys(EXPORT_KINDS) as ExportKind[];
  const chat = await isChat(db, origin);
  return kinds
    .filter((kind) => !lackOf(kind, origin))
    .map((kind) => {
      const fileName = EXPORT_CASES[kind].fileName(origin);
      return { kind, fileName, use: guidesOf(origin, kind, fileName, chat) };
    });
}

export interface ExportOptions {
  /** The file that the person chose; else the result has a blob. */
  target?: WritableStream<Uint8Array>;
  /** How the file is run, in Markdown: goes into a zip. */
  guide?: string;
  onProgress?: OnProgress;
  signal?: AbortSignal;
  exportedAt?: Date;
  page?: () => Promise<Blob>;
}

/**
 * A checkpoint or a stored model as a file that others load and this studio opens again. Part of one tensor at a time
 * is in memory, and each chunk of the weights is checked against its hash.
 * @throws checkpoint-missing, checkpoint-damaged, model-damaged, base-missing, tokenizer-missing, export-no-adapter,
 * export-classifier, gguf-*, job-*, web-page-*, float-overflow, cancelled
 */
export async function exportModel(
  db: AtelierDb,
  weightsId: Id,
  kind: ExportKind,
  { target, guide, onProgress, signal, page, exportedAt = new Date() }: ExportOptions = {},
): Promise<ExportResult> {
  const { fileName, content } = EXPORT_CASES[kind];
  const out = new ExportTarget(target);
  const written = async (): Promise<ExportResult> => {
    const source = await openExport(db, weightsId);
    const lacking = lackOf(kind, source);
    if (lacking) throw lacking;
    const made = content(source, { db, exportedAt, ...(onProgress && { onProgress }), ...(page && { page }) });
    if ('zip' in made) await writeZip(out.stream, withGuide(made.zip, guide), exportedAt, signal);
    else await writeFile(out.stream, made.file, signal);
    const blob = out.blob('zip' in made ? 'application/zip' : 'application/octet-stream');
    return { fileName: fileName(source), bytes: out.bytes, ...(blob && { blob }) };
  };
  try {
    return await whileReading(weightsId, written);
  } catch (thrown) {
    await out.stream.abort(thrown).catch(() => undefined); // the zip has aborted it already, unless it never began
    throw asAtelierError(thrown);
  }
}

async function writeFile(
  stream: WritableStream<Uint8Array>,
  { bytes }: StreamedFile,
  signal?: AbortSignal,
): Promise<void> {
  const writer = stream.getWriter();
  try {
    for await (const part of bytes) {
      throwIfCancelled(signal);
      await writer.write(part);
    }
    await writer.close();
  } finally {
    writer.releaseLock();
  }
}
