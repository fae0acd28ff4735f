// Sentences about an answer: whose it is, how it ended, how fast it was written.
import type { Generated } from '../../../base/chat';
import type { Answer } from '../../../base/records/talk';
import { language } from '../../words/language.svelte';
import { m } from '../../words/generated/messages.js';

const ENDS: Record<Generated['stoppedBy'], () => string> = {
  end: m.chat_end_end,
  length: m.chat_end_length,
  stop: m.chat_end_stop,
  cancel: m.chat_end_cancel,
  full: m.chat_end_full,
};

/** `fables · step 400`, `SmolLM2-135M · without the adapter` */
export function answerFrom({ from: { name, step, bare } }: Answer): string {
  const parts = [name];
  if (step !== undefined) parts.push(m.runs_step({ step: language.format.integer(step) }));
  if (bare) parts.push(m.chat_bare());
  return parts.join(' · ');
}

/** What is known of an answer when it is written: tokens, speed, what was read for it, why it ended. */
export function answerFacts({ result, sampling }: Answer): string {
  if (!result) return '';
  const { format } = language;
  const { tokens, milliseconds, promptMilliseconds, context } = result;
  const { prompt, read, droppedTokens } = context;
  return [
    m.chat_tokens({ count: format.integer(tokens) }),
    // of one token no speed can be told
    ...(tokens > 1 ? [m.train_per_second({ count: format.compact((1000 * tokens) / Math.max(1, milliseconds)) })] : []),
    m.chat_prompt_read({
      read: format.integer(read),
      prompt: format.integer(prompt),
      milliseconds: format.integer(Math.round(promptMilliseconds)),
    }),
    ...(droppedTokens > 0 ? [m.chat_dropped_tokens({ count: format.integer(droppedTokens) })] : []),
    m.chat_of_seed({ seed: sampling.seed }),
    ENDS[result.stoppedBy](),
  ].join(' · ');
}
