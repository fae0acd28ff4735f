// The forms of weights beside each other before one is saved: exact sizes from the writers themselves, and the losses
// that were measured. Nothing is written.
import { isJudged } from '../../base/settings/tuneSettings';
import type { ExportKind } from '../../base/wire/exportKinds';
import { FORM_KINDS, type FormFacts, type FormKind, type FormsOfWeights } from '../../base/wire/forms';
import type { Id } from '../../base/records/named';
import { zipBytes } from '../../formats/zip';
import type { AtelierDb } from '../../storage/db';
import { whileReading } from '../../storage/locks';
import { heldOutOf } from '../data/heldOut';
import type { ExportContext } from './exportCase';
import { EXPORT_CASES, lackOf, withGuide } from './exportCases';
import { cacheNumbersOf, cacheWidthOf, unlessUnwritable, weightBytesOf } from './exportMemory';
import { openExport, type ExportSource } from './exportSource';

/** The guides that go into the zips, by kind. */
export type GuideTexts = Partial<Record<ExportKind, string>>;

/**
 * @param weightsId of a checkpoint or a stored model
 * @param guides that the zips will hold, so that their sizes are counted
 * @throws checkpoint-missing, base-missing, tokenizer-missing
 */
export const exportForms = (db: AtelierDb, weightsId: Id, guides: GuideTexts = {}): Promise<FormsOfWeights> =>
  whileReading(weightsId, async () => {
    const source = await openExport(db, weightsId);
    const manifest = source.weights.checkpoint?.manifest;
    const context = { db, exportedAt: new Date() };
    const kinds = FORM_KINDS.filter((kind) => !lackOf(kind, source));
    const forms: FormFacts[] = [];
    for (const kind of kinds) {
      const bytes = await bytesOf(source, kind, context, guides[kind]).catch(unlessUnwritable);
      if (bytes !== undefined) forms.push(factsOf(source, kind, bytes));
    }
    const held = await heldOutOf(db, manifest);
    return {
      forms,
      context: source.weights.model.contextLength,
      ...(manifest?.validationLoss !== undefined && { recorded: manifest.validationLoss }),
      ...(isJudged(manifest?.settings?.task) && { ofChosen: true }),
      ...(typeof held === 'string' && { unmeasurable: held }),
    };
  });

async function bytesOf(
  source: ExportSource,
  kind: FormKind,
  context: ExportContext,
  guide: string | undefined,
): Promise<number> {
  const made = EXPORT_CASES[kind].content(source, context);
  if ('file' in made) return made.file.byteLength;
  return zipBytes(withGuide(made.zip, guide), context.exportedAt);
}

/** Numbers that each form is written in; the whole model has those of the one it came from. */
const PRECISION: Readonly<Record<Exclude<FormKind, 'safetensors'>, string>> = {
  'gguf-f16': 'F16',
  'gguf-q8': 'Q8_0',
  'gguf-q4-k-m': 'Q4_K_M',
  'gguf-q4': 'Q4_0',
  peft: 'F32',
  'gguf-lora': 'F32',
};

function factsOf(source: ExportSource, kind: FormKind, bytes: number): FormFacts {
  const { dtype, weights } = source;
  const measured = weights.checkpoint?.manifest.formLosses?.[kind];
  return {
    kind,
    bytes,
    weightBytes: weightBytesOf(source, kind),
    cacheBytes: cacheNumbersOf(source) * cacheWidthOf(source, kind) * weights.model.contextLength,
    precision: kind === 'safetensors' ? dtype : PRECISION[kind],
    ...(measured && { measured }),
  };
}
