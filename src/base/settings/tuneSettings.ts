import { loraTargets, type LoraShape, type LoraTarget } from '../lora';
import type { ModelShape } from '../modelShape';
import { choiceSetting, numberSetting, switchSetting, type Values } from './settings';

type Config = Readonly<Record<string, unknown>>;
const withAdapter = (c: Config): boolean => c['method'] === 'lora';
const ofConversations = (c: Config): boolean => c['task'] === 'chat';
const ofPairs = (c: Config): boolean => isPaired(c['task']);

/** Whether a task learns from pairs of answers. */
export const isPaired = (task: unknown): task is 'dpo' | 'orpo' => task === 'dpo' || task === 'orpo';

/** What fine-tuning a published model adds to the settings of a run; `trainSettings.ts` has them all. */
export const TUNE_SETTINGS = {
  task: choiceSetting<'text' | 'chat' | 'dpo' | 'orpo'>({
    group: 'tuning',
    default: 'text',
    choices: {
      text: { en: 'plain text', zh: '纯文本' },
      chat: { en: 'conversations', zh: '对话' },
      dpo: { en: 'preferences (DPO)', zh: '偏好（DPO）' },
      orpo: { en: 'preferences (ORPO)', zh: '偏好（ORPO）' },
    },
    label: { en: 'Learn from', zh: '学习内容' },
    help: {
      en: 'Plain text is written on; of conversations only the answers are graded; preferences pair a better answer with a worse one.',
      zh: '纯文本用于续写；对话只对回答计分；偏好数据把较好与较差的回答配成对。',
    },
    why: {
      en: 'Plain text works with every file; the data decides what else is possible.',
      zh: '任何文件都能当作纯文本；其余选项取决于数据。',
    },
  }),
  method: choiceSetting<'full' | 'lora'>({
    group: 'tuning',
    default: 'full',
    choices: {
      full: { en: 'all weights', zh: '全部权重' },
      lora: { en: 'an adapter (LoRA)', zh: '适配器（LoRA）' },
    },
    label: { en: 'Train', zh: '训练对象' },
    help: {
      en: 'An adapter is a small addition beside weights that stay as they are: less memory, small files, several for one model.',
      zh: '适配器是在不变的权重旁添加的小模块：更省内存、文件更小，一个模型可配多个。',
    },
    why: {
      en: 'A new model has no weights worth keeping, so all are trained; for a published one an adapter is the default.',
      zh: '新模型没有需要保留的权重，因此全部训练；已发布的模型默认使用适配器。',
    },
  }),
  loraRank: numberSetting({
    group: 'tuning',
    simple: true,
    default: 16,
    min: 1,
    max: 256,
    integer: true,
    label: { en: 'Rank', zh: '秩' },
    help: {
      en: 'The width of the adapter: how much it can learn, and how large it is.',
      zh: '适配器的宽度：决定它能学多少，以及有多大。',
    },
    why: {
      en: '16 on all linear layers learns a style or a task as well as full training in most published comparisons.',
      zh: '在多数公开的对比中，对所有线性层取秩 16，学习一种风格或任务的效果不亚于全量训练。',
    },
    when: withAdapter,
  }),
  loraAlpha: numberSetting({
    group: 'tuning',
    default: 32,
    min: 0.1,
    max: 1024,
    label: { en: 'Alpha', zh: 'Alpha' },
    help: {
      en: 'The adapter counts alpha / rank times.',
      zh: '适配器的作用按 alpha / 秩 倍计入。',
    },
    why: { en: 'Twice the rank, as most tools have it.', zh: '秩的两倍，与多数工具一致。' },
    when: withAdapter,
  }),
  loraDropout: numberSetting({
    group: 'tuning',
    default: 0,
    min: 0,
    max: 0.9,
    label: { en: 'Adapter dropout', zh: '适配器 Dropout' },
    help: {
      en: 'The share of the adapter’s inputs that is zeroed at random in training.',
      zh: '训练中随机置零的适配器输入比例。',
    },
    why: {
      en: '0: it is slower and rarely helps; 0.05 is worth a try below 500 rows.',
      zh: '0：它更慢且少有帮助；数据不足 500 行时可试 0.05。',
    },
    when: withAdapter,
  }),
  loraRankStabilized: switchSetting({
    group: 'tuning',
    default: false,
    label: { en: 'Rank-stabilized (rsLoRA)', zh: '秩稳定（rsLoRA）' },
    help: {
      en: 'Counts the adapter alpha / √rank times, so that high ranks learn as fast as low ones.',
      zh: '适配器按 alpha / √秩 倍计入，使高秩与低秩学得一样快。',
    },
    why: { en: 'Off: at rank 16 the usual scale is as good.', zh: '关闭：秩为 16 时常规比例同样好。' },
    when: withAdapter,
  }),
  loraTargets: choiceSetting<'all' | 'attention' | 'queryValue'>({
    group: 'tuning',
    default: 'all',
    choices: {
      all: { en: 'all linear layers', zh: '所有线性层' },
      attention: { en: 'attention', zh: '注意力层' },
      queryValue: { en: 'query and value', zh: '查询与值' },
    },
    label: { en: 'Adapted layers', zh: '适配的层' },
    help: { en: 'Which layers of a block get an adapter.', zh: '块中哪些层带有适配器。' },
    why: {
      en: 'All: the feed-forward is where most of a model’s knowledge is.',
      zh: '所有：模型的大部分知识在前馈层中。',
    },
    when: withAdapter,
  }),
  frozenPrecision: choiceSetting<'f32' | 'f16' | 'q8' | 'q4'>({
    group: 'tuning',
    default: 'f16',
    choices: {
      f32: { en: '32 bits', zh: '32 位' },
      f16: { en: '16 bits', zh: '16 位' },
      q8: { en: '8 bits', zh: '8 位' },
      q4: { en: '4 bits (QLoRA)', zh: '4 位（QLoRA）' },
    },
    label: { en: 'Frozen weights', zh: '冻结权重' },
    help: {
      en: 'How the weights beside the adapter stand in memory. They are not changed by training.',
      zh: '适配器旁的权重在内存中的存放方式。训练不会改变它们。',
    },
    why: {
      en: '16 bits hold published weights nearly exactly; 8 and 4 bits make room for larger models at a small loss.',
      zh: '16 位几乎精确地保存已发布的权重；8 位和 4 位以微小损失换取更大的模型。',
    },
    when: withAdapter,
  }),
  packing: switchSetting({
    group: 'tuning',
    default: true,
    label: { en: 'Packing', zh: '打包' },
    help: {
      en: 'Puts several conversations into one window; none of them sees another.',
      zh: '把多段对话放进同一窗口；彼此互不可见。',
    },
    why: {
      en: 'On: short conversations would leave most of a window empty.',
      zh: '开启：短对话会让窗口大半空着。',
    },
    when: ofConversations,
  }),
  rowPerAnswer: switchSetting({
    group: 'tuning',
    default: false,
    label: { en: 'A row for each answer', zh: '每个回答一行' },
    help: {
      en: 'Cuts a conversation after each of its answers, and grades that one alone: exactly what the model sees when it answers. What comes before is read again for every answer, so a pass takes longer.',
      zh: '在每个回答之后截断对话，只对该回答计分：与模型作答时所见完全一致。每个回答之前的内容都要重读一遍，因此每轮更久。',
    },
    why: {
      en: 'Off: where a template writes a turn the same way whatever follows, one row teaches all answers at once. Qwen 3’s and some others leave the thoughts out of earlier turns, and need it.',
      zh: '关闭：如果模板对每一轮的写法不受后文影响，一行就能同时学习所有回答。Qwen 3 等模板会删去较早轮次的思考内容，需要开启。',
    },
    when: ofConversations,
  }),
  preferenceBeta: numberSetting({
    group: 'tuning',
    default: 0.1,
    min: 0.001,
    max: 10,
    label: { en: 'Beta', zh: 'Beta' },
    help: {
      en: 'DPO: how strongly the model is held to what it was. ORPO: how much the preference counts beside the answer itself.',
      zh: 'DPO：约束模型偏离原状的强度。ORPO：偏好相对于回答本身所占的比重。',
    },
    why: { en: '0.1, as in both papers.', zh: '0.1，与两篇论文一致。' },
    when: ofPairs,
  }),
};

export type TuneSettings = Values<typeof TUNE_SETTINGS>;

const TARGETS: Record<TuneSettings['loraTargets'], readonly LoraTarget[]> = {
  all: ['q', 'k', 'v', 'qkv', 'o', 'gate', 'up', 'down'],
  attention: ['q', 'k', 'v', 'qkv', 'o'],
  queryValue: ['q', 'v', 'qkv'],
};

const targetsOf = (choice: TuneSettings['loraTargets'], model: ModelShape): LoraTarget[] =>
  loraTargets(model).filter((target) => TARGETS[choice].includes(target));

/** The adapter that the settings ask for, on this model. */
export function loraShapeOf(c: TuneSettings, model: ModelShape): LoraShape {
  const { loraRank: rank, loraAlpha: alpha, loraDropout: dropout, loraRankStabilized: rankStabilized } = c;
  return { rank, alpha, dropout, rankStabilized, targets: targetsOf(c.loraTargets, model) };
}

/** The settings that an adapter comes from, so that a run's record says what it trains. */
export function loraSettingsOf(lora: LoraShape, model: ModelShape): Partial<TuneSettings> {
  const { rank: loraRank, alpha: loraAlpha, rankStabilized: loraRankStabilized, targets } = lora;
  const names = loraTargets(model).filter((target) => targets.includes(target));
  const choices = Object.keys(TARGETS) as TuneSettings['loraTargets'][];
  const same = choices.find((choice) => targetsOf(choice, model).join() === names.join());
  return { loraRank, loraAlpha, loraRankStabilized, ...(same && { loraTargets: same }) };
}
