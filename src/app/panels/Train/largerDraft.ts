// What a run that underfits is started again with: a larger adapter, a larger model, or a higher rate where neither can
// grow. It fills no form.
import type { RunRecord } from '../../../base/records/run';
import { PRESETS } from '../../../base/settings/presets';
import type { FormDraft } from '../../state/formDraft';

const TIMES = 2;

type Larger = 'rank' | 'model' | 'rate';

/** What of a run can grow. An adapter that was tuned further keeps its rank. */
export function whatGrows({ origin, lora }: Pick<RunRecord, 'origin' | 'lora'>, preset: FormDraft['preset']): Larger {
  if (origin.kind === 'model' && lora) return 'rank';
  return origin.kind === 'scratch' && nextPreset(preset) ? 'model' : 'rate';
}

export const nextPreset = (name: FormDraft['preset']): FormDraft['preset'] =>
  PRESETS[PRESETS.findIndex((preset) => preset.name === name) + 1 || PRESETS.length]?.name;

/** The draft of a form that has it. */
export function largerDraft(run: RunRecord, draft: FormDraft): Partial<FormDraft> {
  const { settings } = run;
  if (!settings) return {};
  const { overrides, preset } = draft;
  switch (whatGrows(run, preset)) {
    case 'rank':
      return {
        overrides: {
          ...overrides,
          loraRank: TIMES * settings.loraRank,
          loraAlpha: TIMES * settings.loraAlpha,
        },
      };
    case 'model':
      return { preset: nextPreset(preset) };
    case 'rate':
      return { overrides: { ...overrides, learningRate: TIMES * settings.learningRate } };
  }
}
