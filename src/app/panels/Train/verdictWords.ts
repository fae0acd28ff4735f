// The verdict on a run in a sentence, with the evidence that it rests on.
import { isPaired } from '../../../base/settings/tuneSettings';
import { language } from '../../words/language.svelte';
import { m } from '../../words/generated/messages.js';
import type { RunVerdict } from './verdicts/verdict';

export function verdictWords(verdict: RunVerdict): string {
  const { loss, integer } = language.format;
  switch (verdict.kind) {
    case 'diverged':
      return m.train_verdict_diverged({
        ...{ from: loss(verdict.from), to: loss(verdict.to), step: integer(verdict.step) },
      });
    case 'overfits':
    case 'rises': {
      const { checks, from, to, bestStep } = verdict;
      const facts = { checks, from: loss(from), to: loss(to), step: integer(bestStep) };
      return verdict.kind === 'overfits' ? m.train_verdict_overfits(facts) : m.train_verdict_rises(facts);
    }
    case 'rateLow':
      return m.train_verdict_rate_low({
        ...{ steps: integer(verdict.steps), from: loss(verdict.from), to: loss(verdict.to) },
      });
    case 'underfits': {
      const { checks, trained, heldOut } = verdict;
      return m.train_verdict_underfits({ checks, trained: loss(trained), heldout: loss(heldOut) });
    }
    case 'dataSmall':
      return m.train_verdict_data_small({ rows: integer(verdict.rows), passes: integer(Math.floor(verdict.passes)) });
    case 'endedLearning':
    case 'flat':
    case 'learns': {
      const words = {
        endedLearning: m.train_verdict_ended_learning,
        flat: m.train_verdict_flat,
        learns: m.train_verdict_learns,
      };
      return words[verdict.kind]({ checks: verdict.checks, from: loss(verdict.from), to: loss(verdict.to) });
    }
  }
}

/** "Of 10 next tokens it guesses 2": a share as people count. */
export function accuracyWords(share: number, task: unknown): string {
  const count = Math.round(10 * share);
  if (task === 'kto') return m.train_tells({ count });
  if (isPaired(task)) return m.train_prefers({ count });
  return count === 0 ? m.train_guesses_none() : m.train_guesses({ count });
}
