// The verdict on a run in a sentence, with the evidence that it rests on.
import { isPaired } from '../../../base/settings/tuneSettings';
import { language } from '../../words/language.svelte';
import { m } from '../../words/generated/messages.js';
import type { LossVerdict } from './verdict';

export function verdictWords({ kind, checks, from, to, bestStep }: LossVerdict): string {
  const { format } = language;
  const facts = { checks, from: format.loss(from), to: format.loss(to) };
  const step = format.integer(bestStep);
  switch (kind) {
    case 'memorises':
      return m.train_verdict_memorises({ ...facts, step });
    case 'rises':
      return m.train_verdict_rises({ ...facts, step });
    case 'flat':
      return m.train_verdict_flat(facts);
    case 'learns':
      return m.train_verdict_learns(facts);
  }
}

/** "Of 10 next tokens it guesses 2": a share as people count. */
export function accuracyWords(share: number, task: unknown): string {
  const count = Math.round(10 * share);
  if (task === 'kto') return m.train_tells({ count });
  if (isPaired(task)) return m.train_prefers({ count });
  return count === 0 ? m.train_guesses_none() : m.train_guesses({ count });
}
