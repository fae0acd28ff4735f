// The settings of fine-tuning, and the adapter that they ask for; trainSettings.ts joins them with the others.
import { loraTargets, type LoraShape, type LoraTarget, type NewTokens } from '../lora';
import type { ModelShape } from '../modelShape';
import { NEW_TOKENS_LENGTH } from './newTokens';
import { choiceSetting, numberSetting, switchSetting, textSetting, type Values } from './settings';

/** Whether a task learns from pairs of answers. */
export const isPaired = (task: unknown): task is 'dpo' | 'orpo' => task === 'dpo' || task === 'orpo';

/** Whether a task learns which answers are better: from pairs, or from answers that are good or bad each. */
export const isJudged = (task: unknown): task is 'dpo' | 'orpo' | 'kto' => isPaired(task) || task === 'kto';

/** Whether a task compares the model with the one that it began from, which only an adapter leaves unchanged. */
export const isReferenced = (task: unknown): task is 'dpo' | 'kto' => task === 'dpo' || task === 'kto';

/** Whether rows of a task may stand in one window, where packing is on. */
export const packsRows = (task: TuneSettings['task']): boolean => task === 'chat' || task === 'classify';

/** Windows of a batch of KTO: the KL term takes each question with the answer to another one. */
export const LEAST_THUMBS = 2;

/** What fine-tuning a pretrained model adds to the settings of a run. */
export const TUNE_SETTINGS = {
  task: choiceSetting({
    group: 'tuning',
    default: 'text',
    choices: ['text', 'chat', 'dpo', 'orpo', 'kto', 'classify'],
  }),
  method: choiceSetting({ group: 'tuning', default: 'full', choices: ['full', 'lora'] }),
  loraRank: numberSetting({ group: 'tuning', simple: true, default: 16, min: 1, max: 256, integer: true }),
  loraAlpha: numberSetting({ group: 'tuning', default: 32, min: 0.1, max: 1024 }),
  loraDropout: numberSetting({ group: 'tuning', default: 0, min: 0, max: 0.9 }),
  loraRankStabilized: switchSetting({ group: 'tuning', default: false }),
  loraTargets: choiceSetting({
    group: 'tuning',
    default: 'all',
    choices: ['all', 'attention', 'queryValue'],
  }),
  frozenPrecision: choiceSetting({
    group: 'tuning',
    default: 'f16',
    choices: ['f32', 'f16', 'q8', 'q4'],
  }),
  newTokens: textSetting({ group: 'tuning', default: '', maxLength: NEW_TOKENS_LENGTH, lines: 3 }),
  packing: switchSetting({ group: 'tuning', default: true }),
  rowPerAnswer: switchSetting({ group: 'tuning', default: false }),
  thoughts: choiceSetting({ group: 'tuning', default: 'learn', choices: ['learn', 'read', 'drop'] }),
  classWeights: choiceSetting({ group: 'tuning', default: 'none', choices: ['none', 'balanced'] }),
  preferenceBeta: numberSetting({ group: 'tuning', default: 0.1, min: 0.001, max: 10 }),
  goodWeight: numberSetting({ group: 'tuning', default: 1, min: 0.01, max: 1000 }),
  badWeight: numberSetting({ group: 'tuning', default: 1, min: 0.01, max: 1000 }),
};

export type TuneSettings = Values<typeof TUNE_SETTINGS>;

/** What becomes of what was thought before answers: it is learned with them, only read, or left out. */
export type ThoughtUse = TuneSettings['thoughts'];

const TARGETS: Record<TuneSettings['loraTargets'], readonly LoraTarget[]> = {
  all: ['q', 'k', 'v', 'qkv', 'o', 'gate', 'up', 'down'],
  attention: ['q', 'k', 'v', 'qkv', 'o'],
  queryValue: ['q', 'v', 'qkv'],
};

const targetsOf = (choice: TuneSettings['loraTargets'], model: ModelShape): LoraTarget[] =>
  loraTargets(model).filter((target) => TARGETS[choice].includes(target));

/** The adapter that the settings ask for, on this model. */
export function loraShapeOf(c: TuneSettings, model: ModelShape, tokens?: NewTokens): LoraShape {
  const { loraRank: rank, loraAlpha: alpha, loraDropout: dropout, loraRankStabilized: rankStabilized } = c;
  const targets = targetsOf(c.loraTargets, model);
  return { rank, alpha, dropout, rankStabilized, targets, ...(tokens && { tokens }) };
}

/** The settings that an adapter comes from, so that a run's record says what it trains. */
export function loraSettingsOf(lora: LoraShape, model: ModelShape): Partial<TuneSettings> {
  const { rank: loraRank, alpha: loraAlpha, rankStabilized: loraRankStabilized, targets, tokens } = lora;
  const newTokens = tokens?.texts.join('\n') ?? '';
  const names = loraTargets(model).filter((target) => targets.includes(target));
  const choices = Object.keys(TARGETS) as TuneSettings['loraTargets'][];
  const same = choices.find((choice) => targetsOf(choice, model).join() === names.join());
  return { loraRank, loraAlpha, loraRankStabilized, newTokens, ...(same && { loraTargets: same }) };
}
