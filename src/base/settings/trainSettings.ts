import { choiceSetting, numberSetting, switchSetting, textSetting, type Setting, type Values } from './settings';
import { TUNE_SETTINGS } from './tuneSettings';

/** Every hyper-parameter of a run, once: its default, range, words and the reason of the default. */
export const TRAIN_SETTINGS = {
  ...TUNE_SETTINGS,
  durationUnit: choiceSetting({
    group: 'length',
    default: 'steps',
    choices: { steps: { en: 'steps', zh: '步' }, epochs: { en: 'epochs', zh: '轮' } },
    label: { en: 'Length counted in', zh: '训练长度单位' },
    help: {
      en: 'Whether the run is a number of optimizer steps or of passes over the data.',
      zh: '按优化器步数，还是按遍历数据的轮数来计算训练长度。',
    },
    why: {
      en: 'Steps: a first look at a falling curve should take the same time on any data.',
      zh: '步数：无论数据多少，第一次看到曲线下降所需的时间都差不多。',
    },
  }),
  steps: numberSetting({
    group: 'length',
    simple: true,
    default: 300,
    min: 1,
    max: 1_000_000,
    integer: true,
    label: { en: 'Steps', zh: '步数' },
    help: {
      en: 'How many times the weights are updated.',
      zh: '权重更新的次数。',
    },
    why: {
      en: '300 steps show whether a small model learns; add more while validation loss still falls.',
      zh: '300 步足以看出小模型是否在学习；只要验证损失还在下降，就可以再加。',
    },
    when: (c) => c['durationUnit'] === 'steps',
  }),
  epochs: numberSetting({
    group: 'length',
    simple: true,
    default: 3,
    min: 0.01,
    max: 1000,
    label: { en: 'Epochs', zh: '轮数' },
    help: { en: 'How many times the run passes over the training data.', zh: '训练遍历数据的次数。' },
    why: {
      en: 'After about three passes over small data a model begins to memorise it.',
      zh: '小数据遍历约三轮之后，模型就开始死记硬背。',
    },
    when: (c) => c['durationUnit'] === 'epochs',
  }),
  contextLength: numberSetting({
    group: 'length',
    simple: true,
    default: 64,
    min: 8,
    max: 4096,
    integer: true,
    unit: { en: 'tokens', zh: '词元' },
    label: { en: 'Context length', zh: '上下文长度' },
    help: {
      en: 'How many tokens the model sees at once, in training and in talking.',
      zh: '模型一次能看到多少词元，训练和对话都一样。',
    },
    why: {
      en: 'Memory and time grow with it; the preset of the model chooses a length that its size can use.',
      zh: '内存和时间随它增长；模型预设会选择与其规模相称的长度。',
    },
  }),
  batchSize: numberSetting({
    group: 'length',
    simple: true,
    default: 8,
    min: 1,
    max: 256,
    integer: true,
    unit: { en: 'windows', zh: '窗口' },
    label: { en: 'Batch size', zh: '批大小' },
    help: {
      en: 'How many windows of text are computed together.',
      zh: '同时计算多少个文本窗口。',
    },
    why: {
      en: '8 keeps a GPU busy with small models without much memory.',
      zh: '8 足以让 GPU 在小模型上保持忙碌，占用内存也不多。',
    },
  }),
  accumulate: numberSetting({
    group: 'length',
    default: 1,
    min: 1,
    max: 256,
    integer: true,
    unit: { en: 'micro-batches', zh: '小批' },
    label: { en: 'Gradient accumulation', zh: '梯度累积' },
    help: {
      en: 'Micro-batches whose gradients are added before one update; each label token counts the same, whichever micro-batch it is in.',
      zh: '多少个小批的梯度相加后更新一次；每个标签词元的权重相同，与所在小批无关。',
    },
    why: {
      en: '1: raise it when the batch that you want does not fit in memory.',
      zh: '1：当想要的批大小放不进内存时再提高。',
    },
  }),
  optimizer: choiceSetting({
    group: 'optimizer',
    default: 'adamw',
    choices: {
      adamw: { en: 'AdamW', zh: 'AdamW' },
      adam: { en: 'Adam', zh: 'Adam' },
      sgd: { en: 'SGD with momentum', zh: '带动量的 SGD' },
    },
    label: { en: 'Optimizer', zh: '优化器' },
    help: {
      en: 'How gradients become updates. AdamW decays weights apart from the gradient, Adam adds the decay to the gradient.',
      zh: '梯度如何变成更新。AdamW 的权重衰减独立于梯度，Adam 则把衰减加进梯度。',
    },
    why: {
      en: 'AdamW is what transformers are trained with; the others are here to compare.',
      zh: 'Transformer 通常用 AdamW 训练；其余供比较之用。',
    },
  }),
  learningRate: numberSetting({
    group: 'optimizer',
    simple: true,
    default: 1e-3,
    min: 1e-7,
    max: 10,
    label: { en: 'Learning rate', zh: '学习率' },
    help: {
      en: 'The size of an update at its highest. Too high and the loss jumps, too low and it hardly moves.',
      zh: '更新幅度的最大值。过高损失会跳动，过低则几乎不动。',
    },
    why: {
      en: '1e-3 suits models below a million parameters from scratch; larger models and further tuning take less.',
      zh: '1e-3 适合从零训练百万参数以下的模型；更大的模型或继续微调应更低。',
    },
  }),
  beta1: numberSetting({
    group: 'optimizer',
    default: 0.9,
    min: 0,
    max: 0.9999,
    label: { en: 'Beta 1', zh: 'Beta 1' },
    help: { en: 'How long the mean of the gradients is remembered.', zh: '梯度均值的记忆长度。' },
    why: { en: '0.9 in nearly every published recipe.', zh: '几乎所有公开配方都用 0.9。' },
    when: (c) => c['optimizer'] !== 'sgd',
  }),
  beta2: numberSetting({
    group: 'optimizer',
    default: 0.99,
    min: 0,
    max: 0.99999,
    label: { en: 'Beta 2', zh: 'Beta 2' },
    help: { en: 'How long the mean of the squared gradients is remembered.', zh: '梯度平方均值的记忆长度。' },
    why: {
      en: '0.99: runs here are short and batches small, so 0.999 would still be warming up at the end.',
      zh: '0.99：这里的训练短、批小，0.999 到结束时还没预热完。',
    },
    when: (c) => c['optimizer'] !== 'sgd',
  }),
  epsilon: numberSetting({
    group: 'optimizer',
    default: 1e-8,
    min: 1e-12,
    max: 1e-2,
    label: { en: 'Epsilon', zh: 'Epsilon' },
    help: { en: 'Keeps the update finite where gradients are near zero.', zh: '在梯度接近零时保证更新有限。' },
    why: { en: '1e-8, the value of the paper.', zh: '1e-8，论文中的取值。' },
    when: (c) => c['optimizer'] !== 'sgd',
  }),
  momentum: numberSetting({
    group: 'optimizer',
    default: 0.9,
    min: 0,
    max: 0.9999,
    label: { en: 'Momentum', zh: '动量' },
    help: { en: 'The share of the last update that is carried on.', zh: '上一次更新中延续下来的比例。' },
    why: { en: '0.9, the usual choice.', zh: '0.9，常用取值。' },
    when: (c) => c['optimizer'] === 'sgd',
  }),
  weightDecay: numberSetting({
    group: 'optimizer',
    default: 0.1,
    min: 0,
    max: 10,
    label: { en: 'Weight decay', zh: '权重衰减' },
    help: {
      en: 'Pulls weights towards zero at each update, which works against memorising.',
      zh: '每次更新都把权重拉向零，抑制死记硬背。',
    },
    why: { en: '0.1, as for pre-training GPT-like models.', zh: '0.1，与 GPT 类模型预训练一致。' },
  }),
  decayAll: switchSetting({
    group: 'optimizer',
    default: false,
    label: { en: 'Decay norms and embeddings too', zh: '归一化与嵌入也衰减' },
    help: {
      en: 'By default only the matrices inside the blocks decay.',
      zh: '默认只有块内的矩阵参与衰减。',
    },
    why: {
      en: 'Off: shrinking norms and rarely seen embeddings makes a model worse.',
      zh: '关闭：缩小归一化权重和少见词元的嵌入会让模型变差。',
    },
  }),
  clipNorm: numberSetting({
    group: 'optimizer',
    default: 1,
    min: 0,
    max: 1000,
    label: { en: 'Gradient clipping', zh: '梯度裁剪' },
    help: {
      en: 'The global norm above which gradients are scaled down; 0 turns it off.',
      zh: '梯度全局范数超过此值时按比例缩小；0 表示关闭。',
    },
    why: { en: '1.0 stops a single odd batch from undoing the run.', zh: '1.0 可防止个别异常批次毁掉训练。' },
  }),
  schedule: choiceSetting({
    group: 'schedule',
    default: 'cosine',
    choices: {
      cosine: { en: 'Cosine', zh: '余弦' },
      linear: { en: 'Linear', zh: '线性' },
      constant: { en: 'Constant', zh: '恒定' },
    },
    label: { en: 'Schedule', zh: '学习率调度' },
    help: { en: 'How the rate falls after the warm-up.', zh: '预热之后学习率如何下降。' },
    why: {
      en: 'Cosine ends low without a kink; constant lets you go on for as long as you like.',
      zh: '余弦平滑地降到低点；恒定则可以一直训练下去。',
    },
  }),
  warmupShare: numberSetting({
    group: 'schedule',
    default: 0.05,
    min: 0,
    max: 0.9,
    label: { en: 'Warm-up', zh: '预热' },
    help: {
      en: 'The share of the steps over which the rate rises from zero.',
      zh: '学习率从零升起所占的步数比例。',
    },
    why: {
      en: '5 %: AdamW needs a few steps before its statistics can be trusted.',
      zh: '5%：AdamW 需要若干步，其统计量才可信。',
    },
  }),
  finalRateShare: numberSetting({
    group: 'schedule',
    default: 0.1,
    min: 0,
    max: 1,
    label: { en: 'Final rate', zh: '最终学习率' },
    help: { en: 'The rate at the last step, as a share of the highest.', zh: '最后一步的学习率占最高值的比例。' },
    why: { en: 'A tenth, as in the recipes of GPT-3 and Llama.', zh: '十分之一，与 GPT-3 和 Llama 的配方一致。' },
    when: (c) => c['schedule'] !== 'constant',
  }),
  seed: numberSetting({
    group: 'data',
    default: 42,
    min: 0,
    max: 0xffff_ffff,
    integer: true,
    label: { en: 'Seed', zh: '随机种子' },
    help: {
      en: 'Start weights and the order of the data follow from it; the same seed on the same machine gives the same model.',
      zh: '初始权重和数据顺序由它决定；同一台机器上相同种子得到相同的模型。',
    },
    why: { en: 'Any number will do.', zh: '任意数字均可。' },
  }),
  validationEvery: numberSetting({
    group: 'watch',
    default: 50,
    min: 0,
    max: 100_000,
    integer: true,
    unit: { en: 'steps', zh: '步' },
    label: { en: 'Validate every', zh: '验证间隔' },
    help: {
      en: 'How often the loss on held-out rows is measured; 0 measures it at the end only.',
      zh: '多久在留出的行上测一次损失；0 表示只在结束时测。',
    },
    why: { en: '50: often enough to see memorising begin.', zh: '50：足以及时发现死记硬背。' },
  }),
  validationBatches: numberSetting({
    group: 'watch',
    default: 8,
    min: 1,
    max: 10_000,
    integer: true,
    unit: { en: 'batches', zh: '批' },
    label: { en: 'Validation batches', zh: '验证批数' },
    help: { en: 'How much held-out text is read each time.', zh: '每次验证读取多少留出文本。' },
    why: {
      en: '8 batches keep a check short; the same text is read each time.',
      zh: '8 批可让验证很快；每次读的是同一段文本。',
    },
  }),
  sampleEvery: numberSetting({
    group: 'watch',
    default: 100,
    min: 0,
    max: 100_000,
    integer: true,
    unit: { en: 'steps', zh: '步' },
    label: { en: 'Sample every', zh: '采样间隔' },
    help: {
      en: 'How often the model writes a few words during training; 0 never.',
      zh: '训练中模型多久写一小段文字；0 表示从不。',
    },
    why: { en: '100: text shows progress that a number does not.', zh: '100：文字能体现数字看不出的进步。' },
  }),
  samplePrompt: textSetting({
    group: 'watch',
    default: '',
    maxLength: 2000,
    label: { en: 'Sample prompt', zh: '采样提示' },
    help: { en: 'What these samples begin with; empty begins a new text.', zh: '采样文本的开头；留空则另起新文。' },
    why: { en: 'Empty shows what the model writes unasked.', zh: '留空可看到模型自发会写什么。' },
  }),
  saveEverySteps: numberSetting({
    group: 'keep',
    default: 100,
    min: 0,
    max: 100_000,
    integer: true,
    unit: { en: 'steps', zh: '步' },
    label: { en: 'Save every', zh: '按步保存' },
    help: {
      en: 'How often a checkpoint is kept, counted in steps; 0 saves by time only.',
      zh: '每隔多少步保存检查点；0 表示只按时间。',
    },
    why: { en: '100: at most that many steps are computed again after a crash.', zh: '100：崩溃后最多重算这么多步。' },
  }),
  saveEveryMinutes: numberSetting({
    group: 'keep',
    default: 5,
    min: 0,
    max: 1440,
    unit: { en: 'minutes', zh: '分钟' },
    label: { en: 'Save at least every', zh: '按时间保存' },
    help: {
      en: 'A checkpoint is also kept after this time; 0 saves by steps only.',
      zh: '超过此时间也会保存检查点；0 表示只按步数。',
    },
    why: { en: '5 minutes of work is what one can bear to lose.', zh: '五分钟的工作量是尚可承受的损失。' },
  }),
  precision: choiceSetting<'f32' | 'f16'>({
    group: 'machine',
    default: 'f32',
    choices: { f32: { en: '32 bits', zh: '32 位' }, f16: { en: '16 bits, mixed', zh: '16 位混合精度' } },
    label: { en: 'Precision', zh: '精度' },
    help: {
      en: 'Mixed: matrices are read, and what the backward pass needs is kept, in 16 bits; sums, gradients and the weights that are updated stay in 32. On the CPU, and beside an adapter, all of it is 32.',
      zh: '混合精度：矩阵以 16 位读取，反向传播所需的中间值以 16 位保存；求和、梯度以及被更新的权重仍为 32 位。在 CPU 上以及训练适配器时全部为 32 位。',
    },
    why: {
      en: '32 bits never need a second thought; 16 make room for larger batches and longer contexts, with the same loss within the spread of seeds.',
      zh: '32 位无需多虑；16 位可容纳更大的批和更长的上下文，损失与 32 位之差在随机种子的波动之内。',
    },
    when: (c) => c['method'] !== 'lora',
  }),
  throttle: choiceSetting({
    group: 'machine',
    default: 'off',
    choices: {
      off: { en: 'full speed', zh: '全速' },
      gentle: { en: 'leave this computer usable', zh: '让电脑保持可用' },
    },
    label: { en: 'Use of this computer', zh: '占用电脑的程度' },
    help: {
      en: 'The gentle way rests after each step for as long as the step took.',
      zh: '温和模式在每一步之后休息与该步相同的时间。',
    },
    why: {
      en: 'Full speed: the page stays smooth anyway, since it computes nothing.',
      zh: '全速：页面本身不做计算，仍会流畅。',
    },
  }),
} satisfies Record<string, Setting>;

export type TrainSettings = Values<typeof TRAIN_SETTINGS>;

const entries = Object.entries(TRAIN_SETTINGS) as [keyof TrainSettings, Setting][];

export const defaultSettings = (): TrainSettings =>
  Object.fromEntries(entries.map(([key, s]) => [key, s.default])) as TrainSettings;

export interface SettingFault {
  key: keyof TrainSettings;
  reason: 'range' | 'integer' | 'choice' | 'type' | 'length';
}

/** What is wrong with the settings, setting by setting; empty when a run may start with it. */
export function settingFaults(settings: Readonly<Record<string, unknown>>): SettingFault[] {
  return entries.flatMap(([key, s]) => {
    const reason = faultOf(s, settings[key]);
    return reason ? [{ key, reason }] : [];
  });
}

function faultOf(s: Setting, value: unknown): SettingFault['reason'] | undefined {
  switch (s.kind) {
    case 'number':
      if (typeof value !== 'number' || !Number.isFinite(value)) return 'type';
      if (value < s.min || value > s.max) return 'range';
      return s.integer && !Number.isInteger(value) ? 'integer' : undefined;
    case 'choice':
      return typeof value === 'string' && Object.hasOwn(s.choices, value) ? undefined : 'choice';
    case 'text':
      if (typeof value !== 'string') return 'type';
      return value.length > s.maxLength ? 'length' : undefined;
    case 'switch':
      return typeof value === 'boolean' ? undefined : 'type';
  }
}
