// The README of the zip for other trainers: what is in it and the commands.
import { HUBS } from '../../base/wire/hub';
import type { HubOrigin } from '../../base/records/model';
import { JOB_FILES, type TrainerFile, type TrainerJob } from './job';

export interface ReadmeFacts {
  name: string;
  datasetNames: string[];
  /** The base in the studio, the SHA-256 over its weights, and where they were fetched. */
  base?: { name: string; sha256: string; hub?: HubOrigin };
  /** How the frozen base stood on the studio's GPU. */
  frozen?: string;
  rows: { train: number; validation: number };
  windows: number;
  /** Rows that other trainers read otherwise: with weights that are neither 0 nor 1, with pairs of longer answers. */
  unlike: { weighted: number; longPairs: number };
  /** Thoughts before answers are read and not graded. */
  thoughtsRead?: true;
  /** A run whose rest this is would stop early; no file does. */
  stopsEarly?: true;
}

/** What lies in the zip, how each trainer goes on with it, and where each of them differs from the studio. */
export const readmeFile = (job: TrainerJob, facts: ReadmeFacts): TrainerFile => ({
  path: 'README.md',
  text: `${[intro(job, facts), files(job, facts), trl(job), ...(job.thumbs ? [] : [others(job)]), ...back(job), differences(job, facts)].join('\n\n')}\n`,
});

function intro({ schedule: s, steps, lora }: TrainerJob, { name, datasetNames, base }: ReadmeFacts): string {
  const of = datasetNames.length ? ` on ${datasetNames.map((n) => JSON.stringify(n)).join(', ')}` : '';
  const from =
    lora && base
      ? ` The base is ${base.name}, SHA-256 ${base.sha256} over the hashes of its parts.${fetched(base.hub)}`
      : '';
  return `# ${name}, to be gone on with

A run of Atelier${of}, taken after step ${s.startStep} of ${s.totalSteps}; the files here ask for ${steps} more steps.${from}`;
}

const fetched = (from?: HubOrigin): string => {
  if (!from) return '';
  const endpoint = from.hub === HUBS[0] ? '' : ` \`export HF_ENDPOINT=${from.hub}\` fetches it from there again.`;
  return ` It was fetched from ${from.hub}/${from.repo} at commit ${from.revision}, which the files here ask for.${endpoint}`;
};

const files = (job: TrainerJob, { rows, windows }: ReadmeFacts): string => `## What is here

- \`${JOB_FILES.train}\`, \`${JOB_FILES.validation}\`: the data, ${rows.train} ${unitOf(job)} to train on and ${rows.validation} held out, split as in the studio.
- \`${JOB_FILES.windows}\`: the next ${windows} windows of the run as tokens with labels (-100: not graded), in the order of the run${windowsHold(job)}.
${job.lora ? `- \`${JOB_FILES.adapter}/\`: the adapter so far, for PEFT${isJudgedJob(job) ? '' : ' and, as `mlx.safetensors`, for mlx-lm'}.\n` : ''}${job.baseModel === JOB_FILES.base ? `- \`${JOB_FILES.base}/\`: the ${job.lora ? 'base model' : 'model so far'}, for transformers.\n` : ''}${job.template ? `- \`${JOB_FILES.template}\`: the chat template that wrote the conversations.\n` : ''}${configurations(job)}`;

const unitOf = ({ dataset }: TrainerJob): string => (dataset === 'pairs' ? 'pairs' : 'rows');

const isJudgedJob = ({ preference, thumbs }: TrainerJob): boolean => preference !== undefined || thumbs !== undefined;

const windowsHold = ({ preference, thumbs }: TrainerJob): string =>
  preference
    ? '; each holds a chosen answer and\n  a rejected one'
    : thumbs
      ? '; each holds an answer\n  with its mark, and the same question with another answer, from which KTO estimates the KL divergence'
      : '';

function configurations({ preference, thumbs }: TrainerJob): string {
  if (thumbs)
    return '- `train.py` with `accelerate.yaml` (TRL): the same loss, beta, weights, rank, mask, rate and seed. None for axolotl, LLaMA-Factory\n  and mlx-lm.';
  return `- \`train.py\` with \`accelerate.yaml\` (TRL), \`axolotl.yaml\`, \`llamafactory.yaml\` with \`dataset_info.json\`${preference ? '' : ', `mlx.yaml`'}: the same
  ${preference ? 'loss, beta, ' : ''}rank, mask, rate and seed for each trainer.${preference ? ' None for mlx-lm, which does not learn from pairs.' : ''}`;
}

const trl = ({ lora }: TrainerJob): string => `## TRL

    pip install trl ${lora ? 'peft ' : ''}accelerate datasets
    accelerate launch --config_file accelerate.yaml train.py

The loss of its first step is the one that the studio would have had next, up to rounding (on a GPU it computes in bfloat16).
\`STEPS=3 python train.py\` tries three steps, without a GPU too. Several GPUs: raise \`num_processes\` in \`accelerate.yaml\`, and lower the
accumulation in \`train.py\` by the same factor.`;

const others = (job: TrainerJob): string => `## The others

${commands(job)
  .map((line) => `    ${line}`)
  .join('\n')}

${templateNote(job)}`;

function commands(job: TrainerJob): string[] {
  const { baseModel, revision, givenTemplate, preference } = job;
  const away = baseModel !== JOB_FILES.base;
  const commit = revision === undefined ? '' : ` --revision ${revision}`;
  const fetch = away ? [`hf download ${baseModel}${commit} --local-dir ${JOB_FILES.base}`] : [];
  const factory = 'llamafactory-cli train llamafactory.yaml';
  const copied = away && givenTemplate;
  const local = copied || (away && revision !== undefined); // mlx-lm has no option for the commit
  const mlx = `mlx_lm.lora --config mlx.yaml${local ? ` --model ${JOB_FILES.base}` : ''}      (on a Mac with Apple silicon)`;
  return [
    'axolotl train axolotl.yaml',
    ...(copied ? [...fetch, `cp ${JOB_FILES.template} ${JOB_FILES.base}/`] : []),
    factory,
    ...(preference ? [] : [...(local && !copied ? fetch : []), mlx]),
  ];
}

function templateNote({ dataset, preference, baseModel, givenTemplate }: TrainerJob): string {
  if (dataset === 'text') return 'They cut the text into windows themselves.';
  const [others, take] = preference ? ['LLaMA-Factory', 'takes'] : ['LLaMA-Factory and mlx-lm', 'take'];
  const where =
    baseModel === JOB_FILES.base || givenTemplate
      ? `the one in \`${JOB_FILES.base}/\`${givenTemplate ? ': the model came without one' : ''}`
      : "the one of the model's own tokenizer, which is the same";
  return `axolotl reads \`${JOB_FILES.template}\`. ${others} ${take} ${where}.`;
}

/** mlx-lm's adapters are in names of its own. */
const back = (job: TrainerJob): string[] =>
  job.lora
    ? [
        `## Back in the studio

${job.thumbs ? 'TRL leaves' : 'TRL, axolotl and LLaMA-Factory leave'} the trained adapter in \`output/\`. On the studio's Model screen press “Open an adapter” under the base
and choose that folder.${isJudgedJob(job) ? '' : ' What mlx-lm writes is not PEFT and has to be converted first.'}`,
      ]
    : [];

function differences(job: TrainerJob, { frozen, unlike, thoughtsRead, stopsEarly }: ReadmeFacts): string {
  const own = job.preference ? 'axolotl and LLaMA-Factory' : 'axolotl, LLaMA-Factory and mlx-lm';
  const { kind, finalShare } = job.schedule;
  const notes = [
    `${job.thumbs ? 'TRL has not' : 'None of the trainers has'} the moments of the optimizer: they begin at zero, as in a new run.`,
    ...(job.thumbs
      ? []
      : [
          `${own} shuffle the rows themselves, and fall from the present rate to the last one in a schedule of their own${kind === 'linear' && finalShare > 0 ? '; axolotl and LLaMA-Factory fall to zero' : ''}.`,
        ]),
    `\`${JOB_FILES.windows}\` ends with the run or after one pass over the data, whichever is first; then it begins again.`,
    ...packingNotes(job),
    ...(job.preference ? pairNotes(job, job.preference.kind, unlike.longPairs) : []),
    ...(job.dataset === 'messages' ? ['mlx-lm grades the last answer of a conversation only.'] : []),
    ...(job.thumbs ? ['The reference is the model without the adapter, in TRL too.'] : []),
    ...(job.dataset === 'text' || job.thumbs ? [] : conversationNotes(job, unlike.weighted)),
    ...(thoughtsRead
      ? [
          `Thoughts before answers are read and not graded in \`${JOB_FILES.windows}\`, which TRL reads${job.thumbs ? '' : '; the others grade them with the answers'}.`,
        ]
      : []),
    ...(stopsEarly
      ? ['The studio stops early where the held-out loss no longer falls; these files ask for every step that is left.']
      : []),
    ...(frozen
      ? [`In the studio the frozen base was rounded to ${frozen}; these files load it as it was published.`]
      : []),
  ];
  return `## Where they differ from the studio\n\n${notes.map((note) => `- ${note}`).join('\n')}`;
}

const conversationNotes = ({ preference }: TrainerJob, weighted: number): string[] => [
  `Weights of single messages that are neither 0 nor 1 count as 1: ${weighted} rows have such weights.`,
  `${preference ? 'LLaMA-Factory grades' : 'LLaMA-Factory and mlx-lm grade'} what the template writes after the end of an answer too, such as a line end.`,
];

const packingNotes = ({ packing, dataset }: TrainerJob): string[] =>
  packing && dataset === 'messages'
    ? [
        'Rows are packed into windows. TRL reads each row by itself, with the same loss; LLaMA-Factory and axolotl pack in their own way; mlx-lm does not pack.',
      ]
    : [];

const pairNotes = ({ lora }: TrainerJob, kind: 'dpo' | 'orpo', longPairs: number): string[] => [
  ...(kind === 'dpo'
    ? [
        'The reference is the model without the adapter, in TRL and LLaMA-Factory too. axolotl begins a new adapter: for DPO it loads none.',
      ]
    : [
        "The likelihood beside the odds ratio is that of the chosen answers' tokens. axolotl counts the question's tokens too; LLaMA-Factory gives each pair the same weight, however long.",
      ]),
  ...(lora?.dropout ? ["axolotl and LLaMA-Factory switch the adapter's dropout off when they learn from pairs."] : []),
  `axolotl and LLaMA-Factory take answers of one message: pairs with a longer one are in \`${JOB_FILES.windows}\` only: ${longPairs} of the pairs.`,
];
