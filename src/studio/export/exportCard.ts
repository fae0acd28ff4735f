// The README.md (model card) of an export: what the studio knows of the weights, as formats/huggingFace/modelCard.ts
// asks it.
import { writeModelCard, type CardFacts } from '../../formats/huggingFace/modelCard';
import { mainShare, mixedNames } from '../../base/records/mix';
import type { JoinedPart, RunRecord } from '../../base/records/run';
import { dataSheet } from './dataSheet';
import { thresholdsOf } from './exportFiles';
import type { ExportSource } from './exportSource';

export const exportCard = (source: ExportSource, holds: CardFacts['holds'], exportedAt: Date): string =>
  writeModelCard(cardFacts(source, holds, exportedAt));

export function cardFacts(source: ExportSource, holds: CardFacts['holds'], exportedAt: Date): CardFacts {
  const { name, run, root, repository, hub, weights, tokenizer, chatTemplate, dtype, prepared, datasets } = source;
  const manifest = weights.checkpoint?.manifest;
  return {
    name,
    holds,
    model: weights.model,
    tokenizer,
    dtype,
    chat: chatTemplate !== undefined,
    origin: originOf(source),
    ...(root && { base: { name: root.name, repository, revision: hub?.revision, licence: root.licence } }),
    ...(weights.adapter && { adapter: weights.adapter.lora }),
    ...(weights.model.classes && { thresholds: thresholdsOf(source) }),
    datasetNames: run?.datasetNames ?? [],
    ...(run?.mix && { shares: sharesOf(run) }),
    sheets: datasets.flatMap((dataset) => (dataset.version ? [{ name: dataset.name, sheet: dataSheet(dataset) }] : [])),
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
  };
}

/** As the losses of the texts are numbered. */
function sharesOf(run: RunRecord): NonNullable<CardFacts['shares']> {
  const { mix = [] } = run;
  const shares = [mainShare(mix), ...mix.map(({ share }) => share)];
  return mixedNames(run).map((name, i) => ({ name, share: shares[i]! }));
}

const joinedPart = ({ name, weight, step }: JoinedPart): { name: string; weight: number } => ({
  name: step === undefined ? name : `${name}, step ${step}`,
  weight,
});

function originOf({ run, root }: ExportSource): CardFacts['origin'] {
  if (!run) return { importedFrom: root!.source };
  const { origin } = run;
  if (origin.kind === 'scratch') return 'scratch';
  if (origin.kind === 'checkpoint') return { tunedFrom: `${origin.runName}, step ${origin.step}` };
  if (origin.kind === 'joined') return { joinedFrom: origin.parts.map(joinedPart) };
  return origin.kind === 'model' ? { tunedFrom: origin.name } : { importedFrom: origin.source };
}
