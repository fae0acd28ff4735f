// The model card of the base model that comes with the studio, from what its training measured.
import type { TrainSettings } from '../../base/settings/trainSettings';

/** What was measured when the model was trained. */
export interface Figures {
  parameters: number;
  rows: number;
  /** Of the training text, once. */
  textTokens: number;
  /** Read in all. */
  tokens: number;
  steps: number;
  trainLoss: number;
  validationLoss: number;
  validationAccuracy: number;
  minutes: number;
  settings: TrainSettings;
}

const integer = (n: number): string => Math.round(n).toLocaleString('en-US');

/** The model card, in the form of the hub's: what it is, what it was made of, what was measured, what it cannot do. */
export const cardOf = (f: Figures): string => `---
license: mit
language:
- en
- zh
library_name: transformers
pipeline_tag: text-generation
tags:
- llama
- atelier
---

# atelier-starter

A language model of ${(f.parameters / 1e6).toFixed(2)} million parameters that comes with the studio, so that a first visitor can
fine-tune, and not only train from nothing, without a network. It is a Llama (RMSNorm, RoPE, SwiGLU, tied embeddings)
with a byte-level BPE vocabulary and the ChatML form for conversations.

It was trained by \`node src/build/starterModel.mjs\` with the studio's own engine on its CPU path, on the studio's own text
(\`public/starter/atelier-starter.txt\`: ${integer(f.rows)} small stories, dialogues and sums in English and Chinese, composed by a
program from templates and copied from nowhere). Dialogues were put into the ChatML form.

| | |
| --- | --- |
| Text | ${integer(f.textTokens)} tokens, 5 % of the rows held out |
| Training | ${integer(f.steps)} steps of ${f.settings.batchSize} × ${f.settings.contextLength} tokens, ${f.settings.epochs} passes, ${integer(f.tokens)} tokens |
| Optimizer | AdamW, rate ${f.settings.learningRate}, ${f.settings.schedule}, seed ${f.settings.seed} |
| Loss at the end | ${f.trainLoss.toFixed(3)} (last step) |
| Held-out loss | ${f.validationLoss.toFixed(3)} (perplexity ${Math.exp(f.validationLoss).toFixed(2)}) |
| Held-out accuracy | ${(100 * f.validationAccuracy).toFixed(1)} % of the next tokens |
| Time | ${f.minutes.toFixed(0)} minutes on one thread of a shared machine |

It writes the small world of its text and nothing else: it knows no facts, and is no assistant. Its use is to be tuned.
`;
