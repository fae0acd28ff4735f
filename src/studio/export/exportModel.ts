import { asAtelierError, AtelierError, throwIfCancelled } from '../../base/errors/errors';
import type { OnProgress } from '../../base/wire/events';
import type { Id } from '../../base/records/named';
import type { ExportKind, ExportResult } from '../../base/wire/requests';
import { writeModelCard, type CardFacts } from '../../formats/huggingFace/modelCard';
import { systemIn } from '../../data/chat/defaultSystem';
import { templateFor } from '../../data/chat/defaultTemplates';
import { writeModelfile } from '../../formats/gguf/modelfile';
import { writeZip, type ZipItem } from '../../formats/zip';
import type { AtelierDb } from '../../storage/db';
import {
  adapterItems,
  fileNameOf,
  ggufAdapterFile,
  ggufFile,
  ggufFileName,
  modelItems,
  samplingOf,
  textItem,
  tokenizerItems,
  type ExportAdapter,
  type StreamedFile,
} from './exportFiles';
import { jobItems } from './exportJob';
import { openExport, type ExportSource } from './exportSource';
import { ExportTarget } from './exportStreams';

export interface ExportOptions {
  /** The file that the person chose; else the result has a blob. */
  target?: WritableStream<Uint8Array>;
  onProgress?: OnProgress;
  signal?: AbortSignal;
  exportedAt?: Date;
}

/** What is written, and under which name. */
type Written = { fileName: string } & ({ zip: Iterable<ZipItem> | AsyncIterable<ZipItem> } | { gguf: StreamedFile });

/**
 * A checkpoint or a kept model as a file that others load and this studio opens again. Part of one tensor at a time is
 * in memory, and each chunk of the weights is checked against its hash. Errors: checkpoint-missing, checkpoint-damaged,
 * model-damaged, base-missing, tokenizer-missing, export-no-adapter, gguf-*, job-*, float-overflow, cancelled.
 */
export async function exportModel(
  db: AtelierDb,
  weightsId: Id,
  kind: ExportKind,
  { target, onProgress, signal, exportedAt = new Date() }: ExportOptions = {},
): Promise<ExportResult> {
  const out = new ExportTarget(target);
  try {
    const source = await openExport(db, weightsId);
    const written = write(db, source, kind, exportedAt, onProgress);
    if ('zip' in written) await writeZip(out.stream, written.zip, exportedAt, signal);
    else await writeFile(out.stream, written.gguf, signal);
    const blob = out.blob('zip' in written ? 'application/zip' : 'application/octet-stream');
    return { fileName: written.fileName, bytes: out.bytes, ...(blob && { blob }) };
  } catch (thrown) {
    await out.stream.abort(thrown).catch(() => undefined); // the zip has aborted it already, unless it never began
    throw asAtelierError(thrown);
  }
}

function write(db: AtelierDb, source: ExportSource, kind: ExportKind, at: Date, onProgress?: OnProgress): Written {
  switch (kind) {
    case 'safetensors':
      return { fileName: zipName(source), zip: folderItems(source, at, onProgress) };
    case 'peft':
      return { fileName: zipName(source, '-peft'), zip: peftItems(source, adapterOf(source), at) };
    case 'gguf-f16':
      return { fileName: ggufFileName(source, 'F16'), gguf: ggufFile(source, 'F16', onProgress) };
    case 'gguf-q8':
      return { fileName: ggufFileName(source, 'Q8_0'), gguf: ggufFile(source, 'Q8_0', onProgress) };
    case 'gguf-lora':
      return { fileName: ggufFileName(source, 'F32', true), gguf: ggufAdapterFile(source, adapterOf(source)) };
    case 'ollama':
      return { fileName: zipName(source, '-ollama'), zip: ollamaItems(source, onProgress) };
    case 'job':
      return { fileName: zipName(source, '-job'), zip: jobItems(db, source, onProgress) };
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

function zipName({ name, weights }: ExportSource, kind = ''): string {
  const { checkpoint } = weights;
  const step = checkpoint && checkpoint.manifest.reason !== 'imported' ? `-step${checkpoint.manifest.step}` : '';
  return `${fileNameOf(name)}${step}${kind}.zip`;
}

function adapterOf({ name, weights }: ExportSource): ExportAdapter {
  if (!weights.adapter) throw new AtelierError('export-no-adapter', { name });
  return weights.adapter;
}

function* folderItems(source: ExportSource, at: Date, onProgress?: OnProgress): Generator<ZipItem> {
  yield textItem('README.md', cardOf(source, 'model', at));
  yield* modelItems(source, onProgress);
}

function* peftItems(source: ExportSource, adapter: ExportAdapter, at: Date): Generator<ZipItem> {
  yield textItem('README.md', cardOf(source, 'adapter', at));
  yield* tokenizerItems(source);
  yield* adapterItems(source, adapter);
}

function* ollamaItems(source: ExportSource, onProgress?: OnProgress): Generator<ZipItem> {
  const path = ggufFileName(source, 'Q8_0');
  const { chatTemplate, root, weights, name, running } = source;
  const { temperature, topK, topP, minP, repetitionPenalty, maxTokens } = samplingOf(source);
  const parameters = {
    temperature,
    top_k: topK,
    top_p: topP,
    min_p: minP,
    repeat_penalty: repetitionPenalty,
    num_predict: maxTokens,
    num_ctx: Math.min(weights.model.contextLength, LARGEST_CONTEXT),
  };
  const end = running.show(source.ids.eos[0]!).text;
  const system =
    chatTemplate === undefined ? undefined : systemIn(templateFor(chatTemplate, running, root?.templateTokens));
  const facts = { from: `./${path}`, chatTemplate, end, parameters, license: root?.licence };
  yield textItem('Modelfile', writeModelfile({ ...facts, ...(system !== undefined && { system }) }));
  yield textItem('run-me.md', runMe(fileNameOf(name).toLowerCase(), path));
  yield { path, ...ggufFile(source, 'Q8_0', onProgress) };
}

/** Ollama sets the cache of the whole context aside when a model is loaded. */
const LARGEST_CONTEXT = 4096;

const runMe = (name: string, file: string): string =>
  `# Run this model

In a terminal, in this folder:

    ollama create ${name} -f Modelfile
    ollama run ${name}

LM Studio takes the file as it is:

    lms import ${file}

and llama.cpp too:

    llama-cli -m ${file} --jinja
`;

function cardOf(source: ExportSource, holds: CardFacts['holds'], exportedAt: Date): string {
  const { name, run, root, repository, hub, weights, tokenizer, chatTemplate, dtype, prepared } = source;
  const manifest = weights.checkpoint?.manifest;
  return writeModelCard({
    name,
    holds,
    model: weights.model,
    tokenizer,
    dtype,
    chat: chatTemplate !== undefined,
    origin: originOf(source),
    ...(root && { base: { name: root.name, repository, revision: hub?.revision, licence: root.licence } }),
    ...(weights.adapter && { adapter: weights.adapter.lora }),
    datasetNames: run?.datasetNames ?? [],
    ...(prepared && { data: prepared }),
    ...(weights.adapter && { frozen: weights.adapter.lora.precision }),
    ...(manifest && {
      step: manifest.step,
      tokens: manifest.tokens,
      trainLoss: manifest.trainLoss,
      validationLoss: manifest.validationLoss,
      bestValidationLoss: manifest.bestValidationLoss,
      settings: manifest.settings,
    }),
    weightsSha256: manifest?.weightsSha256 ?? root?.sha256,
    exportedAt,
  });
}

function originOf({ run, root }: ExportSource): CardFacts['origin'] {
  if (!run) return { importedFrom: root!.source };
  const { origin } = run;
  if (origin.kind === 'scratch') return 'scratch';
  if (origin.kind === 'checkpoint') return { tunedFrom: `${origin.runName}, step ${origin.step}` };
  return origin.kind === 'model' ? { tunedFrom: origin.name } : { importedFrom: origin.source };
}
