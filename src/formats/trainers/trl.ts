// The Python script for TRL that resumes a run on another machine.
import { writeYaml } from '../yaml';
import { JOB_FILES, type TrainerFile, type TrainerJob } from './job';

/**
 * A script for TRL and a configuration for accelerate: `accelerate launch --config_file accelerate.yaml train.py`. The
 * script reads the windows that the studio would read next, in their order, with their masks, so that its first loss is
 * the studio's next loss.
 */
export const trlFiles = (job: TrainerJob): TrainerFile[] => [
  { path: 'train.py', text: script(job) },
  {
    path: 'accelerate.yaml',
    text: writeYaml({
      compute_environment: 'LOCAL_MACHINE',
      distributed_type: 'NO',
      mixed_precision: 'bf16',
      num_machines: 1,
      num_processes: 1,
      use_cpu: false,
    }),
  },
];

/** JSON strings and numbers are Python's too. */
const python = (value: string | number | boolean): string =>
  typeof value === 'boolean' ? (value ? 'True' : 'False') : JSON.stringify(value);

const constants = (values: Record<string, string | number | boolean>): string =>
  Object.entries(values)
    .map(([name, value]) => `${name} = ${python(value)}`)
    .join('\n');

/** What differs by what is learned from. */
interface Objective {
  imports: string;
  /** Which rows of the windows of a micro-batch stand where. */
  rows: string;
  /** Lines behind the rows: what the trainer reads of a micro-batch. */
  batch: string;
  /** In the body of the trainer's class. */
  methods: string;
  name: 'SFT' | 'DPO' | 'ORPO' | 'KTO';
  /** Among the trainer's arguments, and among those of its configuration. */
  given: string;
  configured: string;
}

/** @param more fields beside the ids. */
const batchWith = (more: string): string => `return {
        "input_ids": padded("input_ids", 0),
        "attention_mask": torch.tensor([[int(i < len(row["input_ids"])) for i in range(length)] for row in rows]),
        ${more},
    }`;

const SFT = ({ maxLength }: TrainerJob): Objective => ({
  imports: 'from trl import SFTConfig, SFTTrainer',
  rows: `"""A window holds rows that do not see each other: here each is a row of its own. Padding is not graded."""
    rows = [row for window in windows for row in window["rows"]]`,
  batch: batchWith('"labels": padded("labels", -100)'),
  methods: '',
  name: 'SFT',
  given: '',
  configured: `max_length=${maxLength + 1},
        dataset_kwargs={"skip_prepare_dataset": True},`,
});

const PAIR_ROWS = `"""A window holds a pair: the chosen answers come first, then the rejected ones. Padding is not graded."""
    rows = [window["rows"][answer] for answer in (0, 1) for window in windows]`;

const TOKENS_ALREADY = `
    def _prepare_dataset(self, dataset, *_, **__):
        return dataset  # tokens already
`;

const referenceModel = (job: TrainerJob): string => `
    ref_model=${load(job)},  # without the adapter`;

/** TRL would take the adapter as it is now for the reference; the studio's is the model without one. */
const DPO = ({ preference, ...job }: TrainerJob): Objective => ({
  imports: 'from trl import DPOConfig, DPOTrainer',
  rows: PAIR_ROWS,
  batch: batchWith('"completion_mask": (padded("labels", -100) != -100).long()'),
  methods: TOKENS_ALREADY,
  name: 'DPO',
  given: referenceModel(job),
  configured: `loss_type="sigmoid",
        beta=${preference!.beta},
        disable_dropout=False,`,
});

/**
 * TRL counts the question's tokens in the likelihood, and each micro-batch as much as another; the studio the chosen
 * answers' tokens of a step.
 */
const ORPO = ({ preference, maxLength }: TrainerJob): Objective => ({
  imports: 'from trl.experimental.orpo import ORPOConfig, ORPOTrainer',
  rows: PAIR_ROWS,
  batch: batchWith(`"labels": padded("labels", -100),
        "graded": torch.tensor([window["graded"] for window in windows], dtype=torch.float32)`),
  methods: `
    def tokenize_row(self, *_, **__):
        return {}  # tokens already

    def concatenated_forward(self, model, batch):
        """The likelihood is that of the chosen answers' tokens alone: the mean over those of a whole step, as in the studio."""
        labels = batch["labels"]
        logits = model(batch["input_ids"], attention_mask=batch["attention_mask"], use_cache=False).logits
        chosen, rejected = self.get_batch_logps(logits, labels, average_log_prob=True).chunk(2)
        tokens = (labels[: len(chosen), 1:] != -100).sum(-1)
        likelihood = -(chosen * tokens).sum() / batch["graded"][0]
        return chosen, rejected, *logits[:, :-1].chunk(2), likelihood
`,
  name: 'ORPO',
  given: '',
  configured: `max_length=${maxLength + 1},
        beta=${preference!.beta},
        disable_dropout=False,`,
});

/** TRL's own collator joins a question and an answer; here both stand in the windows, the mismatched one too. */
const KTO = (job: TrainerJob): Objective => ({
  imports: 'from trl import KTOConfig, KTOTrainer',
  rows: `"""A window holds an answer and its question with another answer, for the KL: all of the first come first."""
    rows = [window["rows"][side] for side in (0, 1) for window in windows]`,
  batch: `size = len(windows)
    ids, graded = padded("input_ids", 0), (padded("labels", -100) != -100).long()
    mask = torch.tensor([[int(i < len(row["input_ids"])) for i in range(length)] for row in rows])
    return {
        "input_ids": ids[:size],
        "attention_mask": mask[:size],
        "completion_mask": graded[:size],
        "KL_input_ids": ids[size:],
        "KL_attention_mask": mask[size:],
        "KL_completion_mask": graded[size:],
        "label": torch.tensor([window["label"] for window in windows]),
    }`,
  methods: TOKENS_ALREADY,
  name: 'KTO',
  given: referenceModel(job),
  configured: `loss_type="kto",
        max_length=${job.maxLength + 1},
        beta=${job.thumbs!.beta},
        desirable_weight=${job.thumbs!.good},
        undesirable_weight=${job.thumbs!.bad},
        disable_dropout=False,`,
});

const objectiveOf = (job: TrainerJob): Objective =>
  ({ dpo: DPO, orpo: ORPO, kto: KTO, none: SFT })[job.preference?.kind ?? (job.thumbs ? 'kto' : 'none')](job);

/** GPT-2's own dropouts are those of its first training. The studio has none, as the other families. */
function load({ revision, family }: Pick<TrainerJob, 'revision' | 'family'>): string {
  const commit = revision === undefined ? '' : ', revision=REVISION';
  const dropouts = family === 'gpt2' ? ', attn_pdrop=0.0, embd_pdrop=0.0, resid_pdrop=0.0' : '';
  return `AutoModelForCausalLM.from_pretrained(BASE${commit}, dtype=torch.float32${dropouts})`;
}

function script(job: TrainerJob): string {
  const { optimizer: o, schedule: s } = job;
  const lora = job.lora !== undefined;
  const objective = objectiveOf(job);
  return `"""Goes on with a run of Atelier. Takes the GPU where there is one; STEPS=3 python train.py tries three steps."""

import math
import os

import torch
from datasets import load_dataset
${lora ? 'from peft import PeftModel\n' : ''}from torch.utils.data import SequentialSampler
from transformers import AutoModelForCausalLM, AutoTokenizer
${objective.imports}

${constants({
  BASE: job.baseModel,
  ...(job.revision !== undefined && { REVISION: job.revision }),
  STEPS: job.steps,
  START: s.startStep,
  TOTAL: s.totalSteps,
  WARMUP: s.warmupSteps,
  RATE: s.rate,
  FINAL_SHARE: s.finalShare,
  SCHEDULE: s.kind,
})}


def share(step):
    """The share of the full rate, as the studio has it, of a step counted from here."""
    step += START
    if step < WARMUP:
        return (step + 1) / (WARMUP + 1)
    progress = min(1, (step - WARMUP) / max(1, TOTAL - 1 - WARMUP))
    if SCHEDULE == "constant":
        return 1
    if SCHEDULE == "linear":
        return 1 - (1 - FINAL_SHARE) * progress
    return FINAL_SHARE + (1 - FINAL_SHARE) * (1 + math.cos(math.pi * progress)) / 2


def collate(windows):
    ${objective.rows}
    length = max(len(row["input_ids"]) for row in rows)

    def padded(key, fill):
        return torch.tensor([row[key] + [fill] * (length - len(row[key])) for row in rows])

    ${objective.batch}


class Trainer(${objective.name}Trainer):
    def _get_train_sampler(self, *_):
        return SequentialSampler(self.train_dataset)
${objective.methods}

tokenizer = AutoTokenizer.from_pretrained(BASE${job.revision === undefined ? '' : ', revision=REVISION'})
${job.template ? `with open(${python(JOB_FILES.template)}, encoding="utf-8") as file:\n    tokenizer.chat_template = file.read()\n` : ''}model = ${load(job)}
${lora ? `model = PeftModel.from_pretrained(model, ${python(JOB_FILES.adapter)}, is_trainable=True)\n` : ''}${optimizerOf(job)}
trainer = Trainer(
    model=model,${objective.given}
    processing_class=tokenizer,
    train_dataset=load_dataset("json", data_files=${python(JOB_FILES.windows)}, split="train"),
    data_collator=collate,
    optimizers=(optimizer, torch.optim.lr_scheduler.LambdaLR(optimizer, share)),
    args=${objective.name}Config(
        output_dir="output",
        max_steps=int(os.environ.get("STEPS", STEPS)),
        per_device_train_batch_size=${job.batchSize},
        gradient_accumulation_steps=${job.accumulate},
        max_grad_norm=${o.clipNorm},
        bf16=torch.cuda.is_available(),
        use_cpu=not torch.cuda.is_available(),
        logging_steps=1,
        report_to="none",
        remove_unused_columns=False,
        seed=${job.seed},
        ${objective.configured}
    ),
)
trainer.train()
trainer.save_model()
`;
}

/** As the studio's: what decays are matrices, unless all do. */
function optimizerOf({ optimizer: o }: TrainerJob): string {
  if (o.kind === 'sgd')
    return `optimizer = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=RATE, momentum=${o.momentum})`;
  const options = `lr=RATE, betas=(${o.beta1}, ${o.beta2}), eps=${o.epsilon}`;
  if (o.kind === 'adam')
    return `optimizer = torch.optim.Adam([p for p in model.parameters() if p.requires_grad], ${options})`;
  const decays = o.decayAll ? 'True' : 'p.ndim > 1 and "embed" not in name and "wte" not in name and "wpe" not in name';
  return `groups = {True: [], False: []}
for name, p in model.named_parameters():
    if p.requires_grad:
        groups[${decays}].append(p)
optimizer = torch.optim.AdamW(
    [{"params": groups[True], "weight_decay": ${o.weightDecay}}, {"params": groups[False], "weight_decay": 0.0}],
    ${options},
)`;
}
