// The forms of weights beside each other before one is saved: exact sizes from the writers themselves, and the losses
// that were measured. Nothing is written.
import { AtelierError } from '../../base/errors/errors';
import { isPaired } from '../../base/settings/tuneSettings';
import type { ExportKind } from '../../base/wire/exportKinds';
import { FORM_KINDS, type FormFacts, type FormKind, type FormsOfWeights } from '../../base/wire/forms';
import type { Id } from '../../base/records/named';
import { zipBytes, type ZipItem } from '../../formats/zip';
import type { AtelierDb } from '../../storage/db';
import { whileReading } from '../../storage/locks';
import { heldOutOf } from '../data/heldOut';
import type { ExportContext } from './exportCase';
import { EXPORT_CASES, withGuide } from './exportCases';
import { cacheBytesOf } from './exportGuides';
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
    const kinds = FORM_KINDS.filter((kind) => !EXPORT_CASES[kind].lacks?.(source));
    const sizes = new Map<FormKind, Sizes>();
    for (const kind of kinds) {
      const made = await sizesOf(source, kind, context, guides[kind]).catch(unlessUnwritable);
      if (made) sizes.set(kind, made);
    }
    const held = await heldOutOf(db, manifest);
    return {
      forms: [...sizes.keys()].map((kind) => factsOf(source, kind, sizes)),
      cacheBytes: cacheBytesOf(source),
      context: source.weights.model.contextLength,
      ...(manifest?.validationLoss !== undefined && { recorded: manifest.validationLoss }),
      ...(isPaired(manifest?.settings?.task) && { ofChosen: true }),
      ...(typeof held === 'string' && { unmeasurable: held }),
    };
  });

/** A form that these weights cannot be written in is no row of the table; saving it says why. */
function unlessUnwritable(thrown: unknown): undefined {
  if (!(thrown instanceof AtelierError) || !/^(?:gguf|float)-/.test(thrown.code)) throw thrown;
}

interface Sizes {
  bytes: number;
  /** Of the file in it that holds weights. */
  weights: number;
}

async function sizesOf(
  source: ExportSource,
  kind: FormKind,
  context: ExportContext,
  guide: string | undefined,
): Promise<Sizes> {
  const made = EXPORT_CASES[kind].content(source, context);
  if ('file' in made) return { bytes: made.file.byteLength, weights: made.file.byteLength };
  let weights = 0;
  async function* seen(): AsyncGenerator<ZipItem> {
    for await (const item of withGuide('zip' in made ? made.zip : [], guide)) {
      if (item.path.endsWith('.safetensors')) weights += item.byteLength;
      yield item;
    }
  }
  const bytes = await zipBytes(seen(), context.exportedAt);
  return { bytes, weights };
}

/** The form of the base that an adapter is loaded beside. */
const BASES: Partial<Record<FormKind, FormKind>> = { peft: 'safetensors', 'gguf-lora': 'gguf-f16' };

/** Numbers of a form where they are not those of the whole model's own file. */
const PRECISIONS: Partial<Record<FormKind, string>> = {
  'gguf-f16': 'F16',
  'gguf-q8': 'Q8_0',
  'gguf-q4-k-m': 'Q4_K_M',
  'gguf-q4': 'Q4_0',
  peft: 'F32',
  'gguf-lora': 'F32',
};

function factsOf({ dtype, weights }: ExportSource, kind: FormKind, sizes: ReadonlyMap<FormKind, Sizes>): FormFacts {
  const { bytes, weights: own } = sizes.get(kind)!;
  const base = BASES[kind];
  const measured = weights.checkpoint?.manifest.formLosses?.[kind];
  return {
    kind,
    bytes,
    weightBytes: own + ((base && sizes.get(base)?.weights) ?? 0),
    precision: PRECISIONS[kind] ?? dtype,
    ...(measured && { measured }),
  };
}
