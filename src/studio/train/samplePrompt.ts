// The prompt that samples while training start with; the sample itself is drawn in session.ts.
import { AtelierError } from '../../base/errors/errors';
import { templateFor } from '../../data/chat/defaultTemplates';
import type { AtelierDb } from '../../storage/db';
import { chatPrompt, textPrompt, turnEnds } from '../chat/prompts';
import { pretrainedOrigin } from '../models/pretrained';
import type { Sampling } from '../../base/chat';
import type { TrainSettings } from '../../base/settings/trainSettings';
import type { RunRecord } from '../../base/records/run';
import type { Tokenizer } from '../../data/tokens/tokenizer';
import type { Prompt } from '../chat/prompts';

/** What samples during training start with. */
export interface SampleStart extends Prompt {
  /** The prompt as the page shows it. */
  shown: string;
  /** How the pretrained model asks to be sampled; empty where it says nothing or there is none. */
  sampling: Partial<Sampling>;
}

/**
 * The prompt of the settings; for conversations, that prompt as a question, or the first held-out question where the
 * settings name none or the template refuses theirs. Undefined where there is nothing to ask: a run needs no sample.
 */
export async function samplePrompt(
  db: AtelierDb,
  run: RunRecord & { settings: TrainSettings },
  tokenizer: Tokenizer,
  /** Ids of a question, as the chat template writes it. */
  question: Uint32Array | undefined,
): Promise<SampleStart | undefined> {
  const { samplePrompt: shown, task } = run.settings;
  if (task === 'classify') return undefined; // it writes no text
  const pretrained = await pretrainedOrigin(db, run);
  const sampling = pretrained?.sampling ?? {};
  if (task === 'text') return { ...textPrompt(shown, tokenizer, pretrained), shown, sampling };
  const asked = shown && unlessRefused(() => chatPrompt([{ role: 'user', content: shown }], tokenizer, pretrained));
  if (asked) return { ...asked, shown, sampling };
  const template = templateFor(pretrained?.chatTemplate, tokenizer, pretrained?.templateTokens);
  const ends = unlessRefused(() => turnEnds(template, tokenizer, pretrained));
  if (!question || !ends) return undefined;
  return { ids: question, ends, shown: tokenizer.decode(question, { skipSpecial: true }), sampling };
}

/** A template that demands a system message or another order refuses what the rows never ask of it. */
function unlessRefused<T>(render: () => T): T | undefined {
  try {
    return render();
  } catch (thrown) {
    if (thrown instanceof AtelierError && thrown.code.startsWith('template-')) return undefined;
    throw thrown;
  }
}
