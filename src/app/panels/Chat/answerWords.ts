// Sentences about an answer: whose it is, how it ended, how fast it was written; and about whoever will answer.
import type { Generated } from '../../../base/chat';
import type { Classes } from '../../../base/modelShape';
import { UNTRAINED } from '../../../base/records/checkpoint';
import type { Answer } from '../../../base/records/talk';
import { language } from '../../words/language.svelte';
import { m } from '../../words/generated/messages.js';
import { partsWords, reasonWords } from '../../words/runWords';
import type { ChatModels } from './chatModels.svelte';

const ENDS: Record<Generated['stoppedBy'], () => string> = {
  end: m.chat_end_end,
  length: m.chat_end_length,
  stop: m.chat_end_stop,
  cancel: m.chat_end_cancel,
  full: m.chat_end_full,
};

/** The classes that a text was given, by their numbers. */
export function classesSaid({ names, several }: Classes, answered: readonly number[]): string {
  if (answered.length > 0) return language.format.list(answered.map((id) => names[id] ?? ''));
  return several ? m.classify_no_class() : m.classify_not_sure();
}

/** `fables · step 400`, `SmolLM2-135M · without the adapter`, `0.7 × fables + 0.5 × tales` */
export function answerFrom({ from: { name, step, bare, together } }: Answer): string {
  if (together) return partsWords(together);
  const parts = [name];
  if (step !== undefined) parts.push(m.runs_step({ step: language.format.integer(step) }));
  if (bare) parts.push(m.chat_bare());
  return parts.join(' · ');
}

/** What is known of an answer at a glance: its speed, and its end where the model did not come to it. */
export function answerBrief({ result }: Answer): string {
  if (!result) return '';
  const { tokens, milliseconds, stoppedBy } = result;
  const { format } = language;
  // of one token no speed can be told
  const speed = m.train_per_second({ count: format.compact((1000 * tokens) / Math.max(1, milliseconds)) });
  const brief =
    tokens > 1 ? speed : tokens === 1 ? m.chat_token_one() : m.chat_tokens({ count: format.integer(tokens) });
  return stoppedBy === 'end' ? brief : `${brief} · ${ENDS[stoppedBy]()}`;
}

/** What the reading of the prompt took, and what it no longer saw. */
export function promptWords({
  promptMilliseconds,
  context,
}: Pick<Generated, 'promptMilliseconds' | 'context'>): string {
  const { format } = language;
  const { prompt, read, droppedTokens } = context;
  return [
    m.chat_prompt_read({
      read: format.integer(read),
      prompt: format.integer(prompt),
      milliseconds: format.integer(Math.round(promptMilliseconds)),
    }),
    ...(droppedTokens > 0 ? [m.chat_dropped_tokens({ count: format.integer(droppedTokens) })] : []),
  ].join(' · ');
}

export const endWords = (stoppedBy: Generated['stoppedBy']): string => ENDS[stoppedBy]();

/** The end of an answer for whoever does not see it, in a sentence. */
export function endedWords(ended: Pick<Generated, 'tokens' | 'stoppedBy'> | undefined): string {
  if (!ended) return '';
  const count = language.format.integer(ended.tokens);
  return ended.stoppedBy === 'cancel' ? m.chat_ended_stopped({ count }) : m.chat_ended({ count });
}

/** Which weights of a run answer, behind its name: `step 400 · best`; of a stored model nothing. */
export function targetWords({ run, target, checkpoints }: Pick<ChatModels, 'run' | 'target' | 'checkpoints'>): string {
  if (!run) return '';
  if (target === 'training') return m.runs_now_training();
  const chosen = checkpoints.find(({ id }) => id === target);
  if (!chosen) return m.runs_no_checkpoint();
  if (UNTRAINED.includes(chosen.reason)) return reasonWords(chosen.reason);
  const step = m.runs_step({ step: language.format.integer(chosen.step) });
  return chosen.best ? `${step} · ${m.runs_best()}` : step;
}
