import type { TrainConfig } from '../base/config';
import { parameterCount, type ModelConfig } from '../base/modelConfig';
import type { TokenizerModel } from '../base/tokenizerModel';

/** What is known about a model that leaves the studio. Nothing is said in its card that is not here. */
export interface CardFacts {
  name: string;
  model: ModelConfig;
  tokenizer: Pick<TokenizerModel, 'kind'>;
  origin: 'scratch' | { tunedFrom: string } | { importedFrom: string };
  datasetNames: string[];
  step: number;
  tokens: number;
  trainLoss?: number;
  validationLoss?: number;
  bestValidationLoss?: number;
  /** Absent for a model that was not trained here. */
  config?: TrainConfig;
  /** SHA-256 over the weights. */
  weightsSha256?: string;
  exportedAt: Date;
}

/** README.md as Hugging Face reads it: a YAML head, then what the model is, what it learned from, and how to load it. */
export function writeModelCard(facts: CardFacts): string {
  const blocks = [
    head(facts),
    intro(facts),
    table('Model', modelRows(facts)),
    ...trainingBlocks(facts),
    usage(),
    limits(),
  ];
  return `${blocks.join('\n\n')}\n`;
}

/** No licence is named: that is for the person to say, who knows what the text allows. */
const head = (f: CardFacts): string =>
  [
    '---',
    'library_name: transformers',
    'pipeline_tag: text-generation',
    'tags:',
    '- llama',
    '- atelier',
    `model_name: ${yamlString(f.name)}`,
    '---',
  ].join('\n');

/** JSON strings are YAML strings; names are typed by people and hold colons and quotes. */
const yamlString = (text: string): string => JSON.stringify(text);

function intro(f: CardFacts): string {
  const made =
    f.origin === 'scratch'
      ? 'trained from scratch'
      : 'tunedFrom' in f.origin
        ? `tuned further from “${inline(f.origin.tunedFrom)}”`
        : `imported from “${inline(f.origin.importedFrom)}”`;
  return `# ${inline(f.name)}\n\nA small Llama-shaped language model, ${made} in a browser tab with Atelier.`;
}

type Row = [label: string, value: string | number | undefined];

const modelRows = (f: CardFacts): Row[] => [
  ['Parameters', parameterCount(f.model).toLocaleString('en')],
  ['Layers', f.model.layers],
  ['Hidden size', f.model.hiddenSize],
  ['Heads (key/value)', `${f.model.heads} (${f.model.kvHeads})`],
  ['Context', `${f.model.contextLength} tokens`],
  ['Vocabulary', `${f.model.vocabSize}, ${f.tokenizer.kind === 'bpe' ? 'byte-level BPE' : 'characters'}`],
  ['Weights SHA-256', f.weightsSha256],
  ['Exported', f.exportedAt.toISOString().slice(0, 10)],
];

function trainingBlocks(f: CardFacts): string[] {
  if (!f.config) return [];
  return [table('Training', trainingRows(f, f.config)), table('Measured', lossRows(f))];
}

const trainingRows = (f: CardFacts, c: TrainConfig): Row[] => [
  ['Text', f.datasetNames.join(', ') || undefined],
  ['Steps', f.step],
  ['Tokens seen', f.tokens.toLocaleString('en')],
  ['Windows per step', `${c.batchSize * c.accumulate} of ${c.contextLength} tokens`],
  ['Optimizer', `${c.optimizer}, weight decay ${c.weightDecay}, clipping ${c.clipNorm}`],
  ['Learning rate', `${c.learningRate}, ${c.schedule}, warm-up ${c.warmupShare * 100} %`],
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
  const lines = known.map(([label, value]) => `| ${label} | ${inline(String(value))} |`);
  return [`## ${title}`, '', '| | |', '|---|---|', ...lines].join('\n');
}

/** Names are data: on one line, and without what Markdown or HTML would act on. */
const inline = (text: string): string => text.replace(/\s+/g, ' ').replace(/[\\|<>`*_[\]#]/g, '\\$&');

const usage = (): string =>
  `## Use

\`\`\`python
from transformers import AutoModelForCausalLM, AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained("path/to/this/folder")
model = AutoModelForCausalLM.from_pretrained("path/to/this/folder")
ids = tokenizer("<|endoftext|>Once", return_tensors="pt").input_ids
print(tokenizer.decode(model.generate(ids, max_new_tokens=50)[0]))
\`\`\``;

const limits = (): string =>
  `## Limits

It knows only the text it was trained on, says things that are not true, and can repeat that text word for word.`;
