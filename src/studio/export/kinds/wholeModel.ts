// The whole model as a zip of safetensors, configuration, tokenizer and card, as transformers loads it and as this
// studio opens it again. An adapter is merged in.
import type { ZipItem } from '../../../formats/zip';
import type { ExportCase, ExportContext } from '../exportCase';
import { exportCard } from '../exportCard';
import { modelItems, textItem } from '../exportFiles';
import { zipFileName } from '../exportName';
import type { ExportSource } from '../exportSource';

export const wholeModel: ExportCase = {
  fileName: (origin) => zipFileName(origin),
  content: (source, context) => ({ zip: folderItems(source, context) }),
};

function* folderItems(source: ExportSource, { exportedAt, onProgress }: ExportContext): Generator<ZipItem> {
  yield textItem('README.md', exportCard(source, 'model', exportedAt));
  yield* modelItems(source, onProgress);
}
