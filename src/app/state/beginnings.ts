// What the form of a run begins with, from the machine and the chosen texts: sums and rules, no state.
import { stepsInTime, DEFAULT_SECONDS } from '../../base/settings/lengthByTime';
import type { Preset, PresetName } from '../../base/settings/presets';
import { SAMPLE_TUNING_SECONDS, sampleSettings } from './sampleSettings';
import type { TrainSettings } from '../../base/settings/trainSettings';
import { sampleOf, sampleSource, SAMPLE_KINDS, type SampleLanguage, type SampleName } from '../../base/records/samples';
import type { DatasetRecord } from '../../base/records/dataset';
import type { MachineFacts } from '../../base/wire/machine';
import type { Language } from '../words/keys';

const LANGUAGES: Record<Language, SampleLanguage> = { en: 'english', zh: 'chinese' };

/** The samples in the language of the page, or in the other one. */
export function samplesIn(language: Language): SampleName[] {
  return SAMPLE_KINDS.map((kind): SampleName => `${LANGUAGES[language]}-${kind}`);
}

/** The sample that stands for a text where there is none yet, by the name that datasets have as a source. */
export const firstSample = (language: Language): string => sampleSource(samplesIn(language)[0]!);

/** The sample among the chosen texts, where it is the only one: read into storage, or still to be. */
export function onlySample(ids: readonly string[], datasets: readonly DatasetRecord[]): SampleName | undefined {
  const [id] = ids;
  if (id === undefined || ids.length > 1) return undefined;
  return sampleOf(datasets.find((dataset) => dataset.id === id) ?? { source: id });
}

/**
 * Where the GPU is software, the smallest size is the one that shows something within a minute, and of the few words of
 * a sample the next; on the CPU, the next.
 */
export function suggestedPreset(machine: MachineFacts | undefined, sample: SampleName | undefined): PresetName {
  if (machine?.cpu) return '0.1M';
  const slow = machine?.webgpu.available === true && machine.webgpu.isFallback;
  if (!slow) return '0.8M';
  return sample ? '0.1M' : '0.03M';
}

/** Of a tokenizer that is still to be made, about. */
const BYTES_PER_TOKEN = 3;
/** Of a sample that is still to be read, about. */
const SAMPLE_BYTES = 150_000;

/** Tokens of the chosen texts, about. */
export function tokensAbout(texts: readonly DatasetRecord[], bytesPerToken = BYTES_PER_TOKEN): number {
  return (texts.reduce((sum, { bytes }) => sum + bytes, 0) || SAMPLE_BYTES) / bytesPerToken;
}

/** What the defaults follow from, beside those of the size or of the tuning. */
export interface Beginning {
  /** Absent where weights are tuned that are here already. */
  preset: Preset | undefined;
  sample: SampleName | undefined;
  /** Of the size or the tuning. */
  settings: TrainSettings;
  /** Seconds of a step, as it was measured or is estimated; undefined before. */
  stepSeconds: number | undefined;
  /** Of the texts, about. */
  tokens: number;
}

/** Whether the length of such a run is a time unless a person says otherwise. */
export const isByTime = ({ preset, sample }: Pick<Beginning, 'preset' | 'sample'>): boolean =>
  preset !== undefined || sample !== undefined;

/** How long a run takes whose length is a time. */
export const secondsOf = (preset: Preset | undefined): number => (preset ? DEFAULT_SECONDS : SAMPLE_TUNING_SECONDS);

/** The defaults that a sample text and the pace of this machine decide. */
export function beginningOf({ preset, sample, settings, stepSeconds, tokens }: Beginning): Partial<TrainSettings> {
  return {
    ...(sample && sampleSettings(sample, settings.task, preset)),
    ...(isByTime({ preset, sample }) && {
      durationUnit: 'steps' as const,
      ...(stepSeconds !== undefined && {
        steps: stepsInTime(secondsOf(preset), stepSeconds, preset ? 'new' : 'tuned', settings, tokens),
      }),
    }),
  };
}
