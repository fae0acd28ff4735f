// The adapter alone as a zip for PEFT (https://huggingface.co/docs/peft): weights, adapter_config.json, tokenizer and
// card.
import type { ZipItem } from '../../../formats/zip';
import type { ExportCase, ExportContext } from '../exportCase';
import { adapterItems, lacksAdapter } from '../exportAdapter';
import { exportCard } from '../exportCard';
import { textItem, tokenizerItems } from '../exportFiles';
import { zipFileName } from '../exportName';
import type { ExportSource } from '../exportSource';

export const peft: ExportCase = {
  lacks: lacksAdapter,
  fileName: (origin) => zipFileName(origin, 'peft'),
  content: (source, context) => ({ zip: peftItems(source, context) }),
};

function* peftItems(source: ExportSource, { exportedAt }: ExportContext): Generator<ZipItem> {
  yield textItem('README.md', exportCard(source, 'adapter', exportedAt));
  yield* tokenizerItems(source);
  yield* adapterItems(source, source.weights.adapter!);
}
