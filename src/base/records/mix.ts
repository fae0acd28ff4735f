// What a run reads beside its main texts: further datasets, each with its share of the tokens.
import type { Id } from './named';

/** A further dataset of a run; the main ones have what the shares leave. */
export interface MixedText {
  datasetId: Id;
  /** Of the tokens of an epoch: above 0, and below 1 with those of all others. */
  share: number;
}

/** Further datasets of one run; the loss of a step is summed for each of them and for the main ones. */
export const MOST_MIXED = 7;

/** What the main texts leave to the others may be all but this. */
export const LEAST_SHARE = 0.001;

interface NamedTexts {
  datasetNames: readonly string[];
  mix?: readonly MixedText[];
}

/** The names of the texts of a mix as its losses are numbered, the main texts as one; none where nothing is mixed. */
export function mixedNames({ datasetNames, mix = [] }: NamedTexts): string[] {
  if (mix.length === 0) return [];
  const main = datasetNames.length - mix.length;
  const names = [datasetNames.slice(0, main).join(' + '), ...datasetNames.slice(main)];
  return names.map((name, i) => (names.indexOf(name) === i ? name : `${name} (${i + 1})`));
}

/** What is left for the main texts. */
export const mainShare = (mix: readonly MixedText[]): number => 1 - mix.reduce((sum, { share }) => sum + share, 0);

/** Whether each text has a share, and the main ones too. */
export const areShares = (mix: readonly MixedText[]): boolean =>
  mix.length <= MOST_MIXED &&
  mix.every(({ share }) => share >= LEAST_SHARE && share < 1) &&
  mainShare(mix) >= LEAST_SHARE / 2;
