// What a run on a sample text begins with, in place of what suits any text. The texts are base/records/samples.ts.
import { asTextPrompt, sampleContent, SAMPLE_PROMPTS, type SampleName } from '../../base/records/samples';
import type { Preset } from '../../base/settings/presets';
import type { TrainSettings } from '../../base/settings/trainSettings';

/** The samples have few words: most are one or two tokens of so many, so that what is written is words early. */
export const SAMPLE_VOCABULARY = 512;
/** A tuning of the base model shows the manner of the text within this time. */
export const SAMPLE_TUNING_SECONDS = 60;
/** The narrowest models bear it on these texts, and at lower rates write half-words where the run ends. */
const NARROW = { hiddenSize: 64, learningRate: 1e-2 };

/** Small updates, so that there are enough of them in the time; one sentence at a time is seen to change. */
const TUNING = { batchSize: 2, accumulate: 1, sampleEvery: 20, validationEvery: 20 };

const newModel = ({ shape }: Preset): Partial<TrainSettings> => ({
  sampleEvery: 300,
  ...(shape.hiddenSize <= NARROW.hiddenSize && { learningRate: NARROW.learningRate }),
});

/** Prompt and rhythm of the samples that are drawn, and where a new model is made of this size, its rate. */
export function sampleSettings(
  name: SampleName,
  task: TrainSettings['task'],
  preset: Preset | undefined,
): Partial<TrainSettings> {
  const said = SAMPLE_PROMPTS[name];
  const asText = sampleContent(name) === 'chat' && task === 'text';
  return {
    samplePrompt: asText ? asTextPrompt(said) : name.endsWith('tools') ? '' : said,
    ...(preset ? newModel(preset) : TUNING),
  };
}
