// Writes a model card (README.md with YAML) from what the studio knows of a run. It states no figure that was not
// measured.
import type { TrainSettings } from '../../base/settings/trainSettings';
import { loraScale, loraSpecs } from '../../base/lora';
import { markdownText } from '../../base/markdown';
import { architectureOf, parameterCount, type Classes } from '../../base/modelShape';
import { sizeOf } from '../../base/numbers/dtype';
import type { FrozenPrecision } from '../../base/records/model';
import type { PreparedRecord } from '../../base/records/prepared';
import type { TokenizerRecord } from '../../base/records/tokenizer';
import { writeYaml } from '../yaml';
import { problemTypeOf } from './hfClasses';
import { CARD_WORDS, isUnchanged, type SentenceFacts } from './cardSentences';

/** What is known about a model that leaves the studio. Nothing is said in its card that is not here. */
export interface CardFacts extends SentenceFacts {
  name: string;
  tokenizer: Pick<TokenizerRecord, 'kind'>;
  dtype: string;
  /** It has a template for conversations. */
  chat: boolean;
  /** Of a classifier: from which probability on a class counts. */
  thresholds?: readonly number[] | undefined;
  datasetNames: string[];
  /** Texts that were read by shares of the tokens, the main ones as one. */
  shares?: readonly { name: string; share: number }[];
  /** Of each dataset that is a version: its name, and its data sheet in Markdown. */
  sheets?: readonly { name: string; sheet: string }[];
  /** Rows and tokens of both sides of the split; absent where they are no longer kept. */
  data?: Pick<PreparedRecord, 'trainRows' | 'validationRows' | 'trainTokens' | 'validationTokens' | 'seed'>;
  /** How the frozen weights stood, for an adapter. */
  frozen?: FrozenPrecision;
  step?: number;
  tokens?: number;
  trainLoss?: number;
  validationLoss?: number;
  bestValidationLoss?: number;
  /** Absent for a model that was not trained here. */
  settings?: Partial<TrainSettings>;
  /** SHA-256 over the weights. */
  weightsSha256?: string;
  exportedAt: Date;
}

/**
 * README.md as Hugging Face reads it: a YAML head, then what the model is, what it learned from, and how to load it.
 */
export function writeModelCard(facts: CardFacts): string {
  const blocks = [
    head(facts),
    intro(facts),
    table('Model', modelRows(facts)),
    ...trainingBlocks(facts),
    usage(facts),
    licence(facts),
    limits(facts),
  ];
  return `${blocks.join('\n\n')}\n`;
}

/**
 * The licence is the base's, which holds for what was tuned from it; of a model made here the person must say it, who
 * knows the text.
 */
function head(facts: CardFacts): string {
  const { name, holds, base, adapter, model, datasetNames } = facts;
  const { family } = architectureOf(model);
  const yaml = writeYaml({
    library_name: { model: 'transformers', adapter: 'peft', page: undefined }[holds],
    pipeline_tag: model.classes ? 'text-classification' : 'text-generation',
    license: base?.licence,
    ...(base?.repository !== undefined && relation(facts, base.repository)),
    tags: [family, 'atelier', ...(adapter ? ['lora'] : [])],
    model_name: name,
  });
  // Names of files on a person's machine are no data sets of the Hub, which is what the head's field `datasets` links
  // to.
  const read = datasetNames.length ? `# trained on: ${JSON.stringify(datasetNames)}\n` : '';
  return `---\n${yaml}${read}---`;
}

/** A copy of a published model has no base; in fewer bits, it has. */
function relation(facts: CardFacts, repository: string): Record<string, string> {
  const { holds } = facts;
  const made = { adapter: 'adapter', model: 'finetune', page: 'finetune' }[holds];
  if (!isUnchanged(facts)) return { base_model: repository, base_model_relation: made };
  return holds === 'page' ? { base_model: repository, base_model_relation: 'quantized' } : {};
}

const intro = (f: CardFacts): string => `# ${markdownText(f.name)}\n\n${CARD_WORDS.en.intro(f, markdownText)}`;

/** The head's `base_model` has no place for a commit. */
function baseRow(facts: CardFacts): Row {
  const { base } = facts;
  return [
    isUnchanged(facts) ? 'Published as' : 'Base',
    base?.revision === undefined ? base?.repository : `${base.repository}, commit ${base.revision}`,
  ];
}

type Row = [label: string, value: string | number | undefined];

const modelRows = (f: CardFacts): Row[] => [
  baseRow(f),
  ['Parameters', parameterCount(f.model).toLocaleString('en')],
  ['Layers', f.model.layers],
  ['Hidden size', f.model.hiddenSize],
  ['Heads (key/value)', `${f.model.heads} (${f.model.kvHeads})`],
  ['Context', `${f.model.contextLength} tokens`],
  ['Vocabulary', `${f.model.vocabSize}, ${tokensOf(f)}`],
  ['Number format', { model: f.dtype, adapter: 'F32', page: 'Q8_0' }[f.holds]],
  ['Classes', f.model.classes?.names.map(markdownText).join(', ')],
  ['Thresholds', f.thresholds?.join(', ')],
  ['Conversations', f.chat && !f.model.classes ? `by ${templateOf(f)}` : undefined],
  ...adapterRows(f),
  ['Weights SHA-256', f.weightsSha256],
  ['Exported', f.exportedAt.toISOString().slice(0, 10)],
];

const TOKENS: Record<TokenizerRecord['kind'], string> = {
  bpe: 'byte-level BPE',
  characters: 'characters',
  pretrained: 'the tokenizer of the base',
};
const templateOf = (f: CardFacts): string => (isUnchanged(f) ? 'its own template' : 'the template of the base');
const tokensOf = (f: CardFacts): string => (isUnchanged(f) ? 'its own tokenizer' : TOKENS[f.tokenizer.kind]);

function adapterRows({ adapter, model }: CardFacts): Row[] {
  if (!adapter) return [];
  const trained = loraSpecs(model, adapter).reduce((n, { shape }) => n + sizeOf(shape), 0);
  const { rank, alpha, dropout, rankStabilized, targets, tokens } = adapter;
  return [
    [
      'Adapter',
      `rank ${rank}, alpha ${alpha}${rankStabilized ? ', rank-stabilized' : ''}, counted ${loraScale(adapter)} times`,
    ],
    ['Adapter dropout', dropout],
    ['Adapted layers', targets.join(', ')],
    [
      'New tokens',
      tokens &&
        `${tokens.texts.map(markdownText).join(' ')}, ids from ${tokens.first + tokens.count - tokens.texts.length}`,
    ],
    ['Trained parameters', trained.toLocaleString('en')],
  ];
}

function trainingBlocks(f: CardFacts): string[] {
  if (!f.settings) return [];
  return [
    table('Data', dataRows(f, f.settings)),
    ...(f.sheets ?? []).map(({ name, sheet }) => `### ${markdownText(name)}\n\n${sheet.replace(/^###/gm, '####')}`),
    table('Training', trainingRows(f, f.settings)),
    table('Measured', lossRows(f)),
  ];
}

const LEARNED: Record<TrainSettings['task'], string> = {
  text: 'plain text; every token is graded',
  chat: 'conversations; the answers alone are graded',
  dpo: 'preferences (DPO)',
  orpo: 'preferences (ORPO)',
  kto: 'answers marked as good or bad (KTO)',
  classify: 'classes of texts',
};

const percent = (share: number): number => Math.round(1000 * share) / 10;

/** What the person's rows say is theirs to describe; this says what is known of them. */
const dataRows = ({ datasetNames, data, shares }: CardFacts, { task = 'text' }: Partial<TrainSettings>): Row[] => [
  ['Files', datasetNames.join(', ') || undefined],
  ['Shares of the tokens', shares?.map(({ name, share }) => `${name} ${percent(share)} %`).join(', ')],
  ['Learned from', LEARNED[task]],
  ['Trained on', data && amount(data.trainRows, data.trainTokens)],
  ['Held out', data && amount(data.validationRows, data.validationTokens)],
  ['Split by seed', data?.seed],
];

const amount = (rows: number, tokens: number): string =>
  `${rows.toLocaleString('en')} rows, ${tokens.toLocaleString('en')} tokens`;

const trainingRows = (f: CardFacts, c: Partial<TrainSettings>): Row[] => [
  ['Steps', f.step],
  ['Tokens seen', f.tokens?.toLocaleString('en')],
  [
    'Windows per step',
    `${(c.batchSize ?? 1) * (c.accumulate ?? 1)} of ${c.contextLength} tokens${c.packing && c.task === 'chat' ? ', several rows to each' : ''}`,
  ],
  [
    'Optimizer',
    `${c.optimizer}, betas ${c.beta1} and ${c.beta2}, weight decay ${c.weightDecay}, clipping ${c.clipNorm}`,
  ],
  ['Learning rate', `${c.learningRate}, ${c.schedule}, warm-up ${(c.warmupShare ?? 0) * 100} %`],
  ['Computed in', c.precision],
  ['Frozen weights in', f.frozen],
  ['Seed', c.seed],
];

const lossRows = (f: CardFacts): Row[] => [
  ['Training loss (nats per token)', f.trainLoss?.toFixed(4)],
  ['Validation loss (nats per token)', f.validationLoss?.toFixed(4)],
  ['Best validation loss', f.bestValidationLoss?.toFixed(4)],
];

function table(title: string, rows: Row[]): string {
  const known = rows.filter((row) => row[1] !== undefined);
  if (!known.length) return `## ${title}\n\nNothing was measured.`;
  const lines = known.map(([label, value]) => `| ${label} | ${markdownText(String(value))} |`);
  return [`## ${title}`, '', '| | |', '|---|---|', ...lines].join('\n');
}

/** Where the weights begin: a folder that a person has on the machine. */
const HERE = '"path/to/this/folder"';

/** Of `from_pretrained`: the base as it was when the adapter was trained beside it. */
const baseArguments = ({ repository = 'path/to/the/base', revision }: Partial<NonNullable<CardFacts['base']>> = {}) =>
  JSON.stringify(repository) + (revision === undefined ? '' : `, revision=${JSON.stringify(revision)}`);

function usage({ holds, base, chat, tokenizer, model: { classes } }: CardFacts): string {
  if (holds === 'page')
    return '## Use\n\nServe this folder and open the address:\n\n```sh\npython3 -m http.server 8080\n```';
  const from = holds === 'adapter' ? baseArguments(base) : HERE;
  if (classes) return classifierUsage(holds, from, classes);
  const ids = chat
    ? 'ids = tokenizer.apply_chat_template([{"role": "user", "content": "Hello"}], add_generation_prompt=True, return_dict=True, return_tensors="pt")'
    : `ids = tokenizer("${tokenizer.kind === 'pretrained' ? '' : '<|endoftext|>'}Once", return_tensors="pt")`;
  return `## Use

\`\`\`python
${[
  ...(holds === 'adapter' ? ['from peft import PeftModel'] : []),
  'from transformers import AutoModelForCausalLM, AutoTokenizer',
  '',
  `tokenizer = AutoTokenizer.from_pretrained(${from})`,
  `model = AutoModelForCausalLM.from_pretrained(${from})`,
  ...(holds === 'adapter' ? [`model = PeftModel.from_pretrained(model, ${HERE})`] : []),
  ids,
  'print(tokenizer.decode(model.generate(**ids, max_new_tokens=50)[0]))',
].join('\n')}
\`\`\``;
}

/** The names of an adapter's classes stand in the card: PEFT's files have none. */
function classifierUsage(holds: CardFacts['holds'], from: string, classes: Classes): string {
  const { names, several } = classes;
  const labels = `, num_labels=${names.length}, problem_type="${problemTypeOf(classes)}"`;
  return `## Use

\`\`\`python
${[
  ...(holds === 'adapter' ? ['from peft import PeftModel'] : []),
  'from transformers import AutoModelForSequenceClassification, AutoTokenizer',
  '',
  `names = ${JSON.stringify(names)}`,
  `tokenizer = AutoTokenizer.from_pretrained(${HERE})`,
  `model = AutoModelForSequenceClassification.from_pretrained(${from}${holds === 'adapter' ? labels : ''})`,
  ...(holds === 'adapter' ? [`model = PeftModel.from_pretrained(model, ${HERE})`] : []),
  'logits = model(**tokenizer("A text", return_tensors="pt")).logits[0]',
  `print(dict(zip(names, logits.${several ? 'sigmoid()' : 'softmax(-1)'}.tolist())))`,
].join('\n')}
\`\`\``;
}

const licence = (facts: CardFacts): string => `## Licence\n\n${CARD_WORDS.en.licence(facts, markdownText)}`;

const limits = (facts: CardFacts): string => `## Limits\n\n${CARD_WORDS.en.limits(facts)}`;
