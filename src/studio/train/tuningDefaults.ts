// The law of learning rate, epochs, accumulation and context of a tuning. It decides defaults only: what was chosen by
// hand stays, and what a model allows at all is checked where a run starts (startRun.ts).
import { TRAIN_SETTINGS, type TrainSettings } from '../../base/settings/trainSettings';
import { parameterCount, type ModelShape } from '../../base/modelShape';
import { balancedWeights, type Marks } from '../../base/settings/thumbWeights';
import { contextFor } from '../../base/settings/contextFor';
import { modelOf, PRESETS, type Preset } from '../../base/settings/presets';
import type { DatasetContent } from '../../base/records/dataset';
import type { ModelRecord } from '../../base/records/model';
import type { RunRecord } from '../../base/records/run';
import type { TuningDefaults, TuningRequest } from '../../base/wire/requests';
import { isJudged, LEAST_THUMBS, loraSettingsOf } from '../../base/settings/tuneSettings';

/** Below this a model bears a higher rate, and two windows at a time. */
const SMALL = 400e6;
/**
 * Adapters of small models want more. Measured on the starter (1.27 M weights, 54 conversations): held-out loss 0.012
 * after 41 updates at 5e-3, 0.150 at 1e-3, 0.016 after 81 at 1e-2. Recipes for 135 M say 2e-4. Between, the rate falls
 * with the size on a straight line of logarithms.
 */
const RATES = { small: { parameters: 1.27e6, rate: 5e-3 }, usual: { parameters: 135e6, rate: 2e-4 } };
/** Rates of all weights are this much smaller than those of an adapter. */
const FULL_SHARE = 0.1;
/** Windows per update: as many as most recipes for tuning have, made of as few at a time as memory wants. */
const WINDOWS_PER_STEP = 8;
/**
 * Fewer updates change little, however long each one looks: sixty conversations in updates of eight windows were 10,
 * and the starter had learned nothing.
 */
const LEAST_UPDATES = 60;
const USUAL_EPOCHS = 3;
const MOST_EPOCHS = 10;
/** Longer ones are the person's choice: attention and memory grow. */
const LONGEST_CONTEXT = 1024;
/** Where nothing is known of the rows yet. */
const USUAL_CONTEXT = 512;
/** Updates of preferences are this much smaller: a model that is pushed harder forgets how to speak. */
const PREFERENCE_SHARE = 0.1;

/** What a further tuning's rate is of the preset's: the weights are good already, a full rate would undo them. */
const FURTHER_SHARE = 0.1;
/** As text nothing is lost of conversations that are longer than the window of a small model. */
const LONGEST_TEXT_CONTEXT = 4096;

/** The texts that a model is tuned on, as far as they are known. */
interface TunedOn {
  /** What all of them together allow to learn from. */
  task: TrainSettings['task'];
  /** Rows of one pass. */
  rows: number;
  rowTokens?: number | undefined;
  meanTokens?: number | undefined;
  /** Where they are answers that are marked as good or bad. */
  marks?: Marks | undefined;
}

/**
 * What a tuning begins with: the settings of the preset nearest in size, changed by what is known of the weights, the
 * texts and what was chosen by hand.
 */
export function defaultsOfTuning({ tuned, texts, chosen }: TuningRequest): TuningDefaults {
  const { contents, labelled, ...sizes } = texts;
  const { classes } = tuned.weights.model;
  const on: TunedOn = { task: classes ? 'classify' : taskOf(contents, sizes.marks, labelled), ...sizes };
  const { name, settings } = nearestPreset(tuned.weights.model);
  const begun =
    tuned.from === 'model'
      ? pretrainedDefaults(tuned.weights, on, chosen)
      : furtherDefaults(tuned.weights, on, chosen, settings.learningRate);
  return {
    preset: name,
    settings: { ...settings, ...begun },
    fixed: {
      ...(tuned.from === 'run' && fixedSettings(tuned.weights)),
      ...(classes && { task: 'classify' }), // it has no head that writes
    },
  };
}

/** What the tuning of a model begins with; the rate follows the method that is chosen, not only the default one. */
function pretrainedDefaults(
  { parameters, model: { contextLength } }: Pick<ModelRecord, 'parameters' | 'model'>,
  { task: taskOfTexts, rows, rowTokens: known, meanTokens, marks }: TunedOn,
  chosen: Partial<TrainSettings>,
  method = chosen.method ?? 'lora',
): Partial<TrainSettings> {
  const { task = taskFor(taskOfTexts, method), loraRank } = chosen;
  const rowTokens = task === 'text' ? undefined : known; // text fills windows, however long its rows are
  const tokens = meanTokens && rows * meanTokens;
  const facts = { parameters, contextLength, method, task, rowTokens, tokens, rows, loraRank, marks };
  return { ...tuningDefaults(facts), method: 'lora', task: taskFor(taskOfTexts, method) };
}

/**
 * What goes on from a run's weights begins with: an adapter as adapters do, what was published as such, our own gently.
 */
function furtherDefaults(
  { lora, model, origin }: Pick<RunRecord, 'lora' | 'model' | 'origin'>,
  texts: TunedOn,
  chosen: Partial<TrainSettings>,
  presetRate: number,
): Partial<TrainSettings> {
  const sized = { parameters: parameterCount(model), model };
  if (lora) {
    const { precision: frozenPrecision, dropout: loraDropout } = lora;
    return { ...pretrainedDefaults(sized, texts, chosen, 'lora'), frozenPrecision, loraDropout };
  }
  if (origin.kind === 'model') return pretrainedDefaults(sized, texts, chosen, 'full');
  // the product of a decimal and 0.1 has a long tail in binary; the setting shows what a person would write
  const learningRate = Number((presetRate * FURTHER_SHARE).toPrecision(3));
  return { learningRate, contextLength: Math.min(model.contextLength, LONGEST_TEXT_CONTEXT) };
}

/** What the defaults of a tuning follow from. */
export interface Tuned {
  parameters: number;
  /** The longest sequence that the model was made for. */
  contextLength: number;
  method: TrainSettings['method'];
  task: TrainSettings['task'];
  /** Tokens that 95 of 100 rows do not exceed. */
  rowTokens?: number | undefined;
  /** What one pass reads, as far as it is known. */
  tokens?: number | undefined;
  rows?: number | undefined;
  /** Of the texts, where their answers are marked. */
  marks?: Marks | undefined;
  /** Of the adapter, where it was chosen by hand. */
  loraRank?: number | undefined;
}

/** Settings that suit the tuning of a published model, by its size, its method and the length of the rows. */
export function tuningDefaults(tuned: Tuned): Partial<TrainSettings> {
  const least = tuned.task === 'kto' ? LEAST_THUMBS : 1;
  const batchSize = tuned.parameters < SMALL ? 2 : least;
  const contextLength = contextOf(tuned);
  return {
    method: tuned.method,
    task: tuned.task,
    learningRate: rateOf(tuned),
    durationUnit: 'epochs',
    warmupShare: 0.05,
    contextLength,
    batchSize,
    ...lengthOf(batchSize, windowsOf(tuned, contextLength)),
    ...(tuned.task === 'kto' && tuned.marks && balancedWeights(tuned.marks)),
    loraAlpha: 2 * (tuned.loraRank ?? TRAIN_SETTINGS.loraRank.default),
  };
}

function rateOf({ parameters, method, task }: Tuned): number {
  const share = (method === 'full' ? FULL_SHARE : 1) * (isJudged(task) ? PREFERENCE_SHARE : 1);
  return Number((share * adapterRate(parameters)).toPrecision(1)); // a rate as a person writes it
}

function adapterRate(parameters: number): number {
  const { small, usual } = RATES;
  if (parameters >= SMALL) return usual.rate / 2;
  const way = Math.log(parameters / small.parameters) / Math.log(usual.parameters / small.parameters);
  return small.rate * (usual.rate / small.rate) ** Math.min(1, Math.max(0, way));
}

/** Windows of one pass, about; undefined where the data are not known. */
function windowsOf({ task, tokens, rows }: Tuned, context: number): number | undefined {
  return isJudged(task) ? rows : tokens && Math.max(1, tokens / context);
}

/** Small data get smaller updates, then more passes, until there are enough updates. */
function lengthOf(batchSize: number, windows = Infinity): Pick<TrainSettings, 'epochs' | 'accumulate'> {
  const perStep = Math.min(WINDOWS_PER_STEP, Math.floor((USUAL_EPOCHS * windows) / LEAST_UPDATES));
  const accumulate = Math.max(1, Math.floor(perStep / batchSize));
  const wanted = Math.ceil((LEAST_UPDATES * batchSize * accumulate) / windows);
  return { epochs: Math.min(MOST_EPOCHS, Math.max(USUAL_EPOCHS, wanted)), accumulate };
}

const contextOf = ({ rowTokens, contextLength }: Tuned): number =>
  Math.min(
    rowTokens === undefined ? USUAL_CONTEXT : contextFor(rowTokens, contextLength),
    LONGEST_CONTEXT,
    contextLength,
  );

/**
 * What a run's weights decide when they are tuned further: the shape of an adapter; without a base there is room for
 * none.
 */
const fixedSettings = ({ lora, model }: Pick<RunRecord, 'lora' | 'model'>): Partial<TrainSettings> =>
  lora ? { method: 'lora', ...loraSettingsOf(lora, model) } : { method: 'full' };

/** What a model can learn from these texts together: conversations, pairs, marks, labels only where all have some. */
function taskOf(
  contents: readonly DatasetContent[],
  marks: Marks | undefined,
  labelled = false,
): TrainSettings['task'] {
  const all = (content: DatasetContent): boolean => contents.length > 0 && contents.every((other) => other === content);
  if (all('text') && labelled) return 'classify';
  if (all('chat') && marks && marks.good > 0 && marks.bad > 0) return 'kto';
  return all('chat') ? 'chat' : all('preference') ? 'dpo' : 'text';
}

/** The preset whose size is nearest, as a ratio: its settings suit the model best. */
function nearestPreset(model: ModelShape): Preset {
  const size = parameterCount(model);
  const distance = (p: Preset): number =>
    Math.abs(Math.log(parameterCount(modelOf(p, p.vocabSize, p.settings.contextLength)) / size));
  return PRESETS.reduce((best, p) => (distance(p) < distance(best) ? p : best));
}

/**
 * The same, by a method: DPO and KTO compare an adapter with what is beside it. Without one the good answers are
 * learned as conversations, the bad ones only read.
 */
function taskFor(task: TrainSettings['task'], method: TrainSettings['method']): TrainSettings['task'] {
  if (method === 'lora') return task;
  return task === 'dpo' ? 'orpo' : task === 'kto' ? 'chat' : task;
}
