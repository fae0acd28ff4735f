// What is set in a group of settings, in few words: what a folded group says of itself.
import { SCRATCH_FAMILIES } from '../../../base/settings/presets';
import type { Setting } from '../../../base/settings/settings';
import { TRAIN_SETTINGS, type TrainSettings } from '../../../base/settings/trainSettings';
import type { NumberFieldName } from '../../state/formNames';
import { m } from '../../words/generated/messages.js';
import { language } from '../../words/language.svelte';
import { FAMILY_NAMES } from '../../words/modelWords';
import { settingLabel, unitLabel } from '../../words/settingLabels';
import { written } from '../../words/settingValues';
import { trainForm } from '../../world';

export interface GroupFact {
  name: NumberFieldName | 'family' | 'tokenizer';
  text: string;
  /** Differs from its default, or is no value that the field takes. */
  mark?: 'changed' | 'bad';
}

/** So many stand in a line; all that are marked do. */
const MOST = 4;
const URGENCY = { bad: 0, changed: 1, none: 2 };

const isBad = (name: NumberFieldName): boolean => trainForm.badFields.includes(name);

function markOf(name: NumberFieldName, changed: boolean): Pick<GroupFact, 'mark'> {
  if (isBad(name)) return { mark: 'bad' };
  return changed ? { mark: 'changed' } : {};
}

function inShort(facts: readonly GroupFact[]): GroupFact[] {
  const urgent = facts.toSorted((a, b) => URGENCY[a.mark ?? 'none'] - URGENCY[b.mark ?? 'none']);
  return urgent.slice(0, Math.max(MOST, facts.filter(({ mark }) => mark).length));
}

/** With its unit, unless the label has said it: `Validation batches 8`. */
function valueOf(name: keyof TrainSettings, label: string): string {
  const setting: Setting = TRAIN_SETTINGS[name];
  const value = written(name, trainForm.settings[name]);
  const unit = setting.kind === 'number' && setting.unit ? unitLabel(setting.unit) : '';
  return label.toLowerCase().includes(unit) ? value : m.model_group_amount({ value, unit });
}

/** @param group what its head says already; a setting of the same name gives its value alone. */
export function groupFacts(group: string, names: readonly (keyof TrainSettings)[]): GroupFact[] {
  return inShort(
    names.map((name) => {
      const label = settingLabel(name);
      const value = (isBad(name) ? trainForm.typed[name] : undefined) ?? valueOf(name, label);
      const text = label === group ? value : m.model_group_fact({ name: label, value });
      return { name, text, ...markOf(name, trainForm.isChanged(name)) };
    }),
  );
}

function tokenizerWords(): string {
  if (trainForm.tokenizer === 'new-bpe') return m.model_new_bpe();
  if (trainForm.tokenizer === 'new-characters') return m.model_new_characters();
  return trainForm.tokenizers.find(({ id }) => id === trainForm.tokenizer)?.name ?? '–';
}

/** Of a model from scratch. */
export function shapeFacts(): GroupFact[] {
  const { vocabSize, vocabChanged, typed, tokenizer, family } = trainForm;
  const size = typed.vocabulary ?? language.format.integer(vocabSize);
  const vocabulary: GroupFact = {
    name: 'vocabulary',
    text: m.model_group_fact({ name: m.model_vocabulary(), value: size }),
    ...markOf('vocabulary', vocabChanged),
  };
  return inShort([
    { name: 'family', text: FAMILY_NAMES[family], ...(family !== SCRATCH_FAMILIES[0] && { mark: 'changed' }) },
    { name: 'tokenizer', text: tokenizerWords() },
    ...(tokenizer === 'new-bpe' ? [vocabulary] : []),
  ]);
}
