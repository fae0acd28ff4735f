// The files of an adapter (LoRA) as PEFT and mlx-lm read them, without its card; the model's own: exportFiles.ts.
import { AtelierError } from '../../base/errors/errors';
import type { LoraShape } from '../../base/lora';
import type { ReadParameterRows } from '../../base/numbers/tensorData';
import { mlxBytes, mlxTensors } from '../../formats/adapters/mlxAdapter';
import {
  ADAPTER_CONFIG,
  ADAPTER_WEIGHTS,
  CLASSES_FILE,
  peftBytes,
  peftTensors,
  writeAdapterConfig,
} from '../../formats/adapters/peft';
import { layoutSafetensors, writeSafetensors } from '../../formats/huggingFace/safetensors';
import type { ZipItem } from '../../formats/zip';
import { textItem, thresholdsOf } from './exportFiles';
import { hfClassesJson } from '../../formats/huggingFace/hfClasses';
import { pretty } from '../../formats/huggingFace/hfConfigWriting';
import type { ExportOrigin, ExportSource } from './exportSource';

/** An adapter, and where its parameters are. */
export interface ExportAdapter {
  lora: LoraShape;
  read: ReadParameterRows;
}

export const lacksAdapter = ({ name, weights }: ExportOrigin): AtelierError | undefined =>
  weights.adapter ? undefined : new AtelierError('export-no-adapter', { name });

/** As PEFT loads it; in `folder`, which ends with a slash. */
export function* adapterItems(source: ExportSource, adapter: ExportAdapter, folder = ''): Generator<ZipItem> {
  const { model } = source.weights;
  const base = { name: source.repository ?? source.root?.name, revision: source.hub?.revision };
  yield textItem(folder + ADAPTER_CONFIG, writeAdapterConfig(model, adapter.lora, base));
  if (model.classes) yield textItem(folder + CLASSES_FILE, pretty(hfClassesJson(model.classes, thresholdsOf(source))));
  const layout = layoutSafetensors(peftTensors(model, adapter.lora));
  const bytes = writeSafetensors(layout, (tensor) => peftBytes(tensor, adapter.read));
  yield { path: folder + ADAPTER_WEIGHTS, byteLength: layout.byteLength, bytes };
}

/** As mlx-lm resumes from it. */
export function mlxAdapterItem({ weights }: ExportSource, { lora, read }: ExportAdapter, path: string): ZipItem {
  const layout = layoutSafetensors(mlxTensors(weights.model, lora));
  return { path, byteLength: layout.byteLength, bytes: writeSafetensors(layout, (tensor) => mlxBytes(tensor, read)) };
}
