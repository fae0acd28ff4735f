// Task folders of lm-evaluation-harness: the rows of an evaluation, so that the same numbers can be had of a saved
// model elsewhere. https://github.com/EleutherAI/lm-evaluation-harness/blob/main/docs/task_guide.md
import { writeYaml, type Yaml } from '../yaml';

/** What a model chooses from, behind a context that no template is put around any more. */
export interface HarnessChoices {
  context: string;
  choices: readonly string[];
  /** Place of the right one. */
  gold: number;
}

export interface HarnessRows {
  /** Whole texts, which are measured by their perplexity. */
  texts: readonly string[];
  choices: readonly HarnessChoices[];
}

interface HarnessFile {
  path: string;
  text: string;
}

/** Letters, digits and underscores, as tasks are named there. */
const taskName = (name: string, kind: string): string =>
  `atelier_${
    name
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '_')
      .replace(/^_|_$/g, '') || 'rows'
  }_${kind}`;

const METRICS_OF = {
  texts: ['word_perplexity', 'byte_perplexity', 'bits_per_byte'],
  choices: ['acc', 'acc_norm', 'acc_bytes'],
};

/** By the kind of the rows. Names of fields, not templates: those would read a text of brackets as a list. */
const FIELDS: Record<keyof HarnessRows, Record<string, Yaml>> = {
  texts: { output_type: 'loglikelihood_rolling', doc_to_text: '', doc_to_target: 'text' },
  choices: {
    output_type: 'multiple_choice',
    doc_to_text: 'context',
    doc_to_choice: 'choices',
    doc_to_target: 'gold',
    target_delimiter: '',
  },
};

function taskFiles(kind: keyof HarnessRows, name: string, rows: readonly object[]): HarnessFile[] {
  const data = `${kind}.jsonl`;
  const task = {
    task: taskName(name, kind),
    dataset_path: 'json',
    dataset_kwargs: { data_files: { test: data } },
    test_split: 'test',
    ...FIELDS[kind],
    metric_list: METRICS_OF[kind].map((metric) => ({ metric })),
    metadata: { version: 1 },
  };
  return [
    { path: `${kind}.yaml`, text: writeYaml(task) },
    { path: data, text: rows.map((row) => `${JSON.stringify(row)}\n`).join('') },
  ];
}

const readme = (tasks: readonly string[]): string => `# Tasks for lm-evaluation-harness

Written by Atelier. Unpack, save the model from Atelier as a folder for transformers, and run here:

    pip install "lm_eval[hf]"
    lm_eval run --model hf --model_args pretrained=PATH/TO/THE/MODEL,dtype=float32 --include_path . --tasks ${tasks.join(',')}

The rows are written as the model reads them: do not pass \`--apply_chat_template\`. Texts longer than the model's context
are cut into windows here and cut off in Atelier, so that their perplexities differ.
`;

/** The files of a folder with a task for each kind of rows that there is; none without rows. */
export function harnessFiles(name: string, { texts, choices }: HarnessRows): HarnessFile[] {
  const kinds = [
    ...(texts.length > 0 ? (['texts'] as const) : []),
    ...(choices.length > 0 ? (['choices'] as const) : []),
  ];
  if (kinds.length === 0) return [];
  const rows = { texts: texts.map((text) => ({ text })), choices };
  const tasks = kinds.flatMap((kind) => taskFiles(kind, name, rows[kind]));
  return [...tasks, { path: 'README.md', text: readme(kinds.map((kind) => taskName(name, kind))) }];
}
