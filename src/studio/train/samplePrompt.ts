import { templateFor } from '../../data/chat/defaultTemplates';
import type { AtelierDb } from '../../storage/db';
import { chatPrompt, textPrompt, turnEnds } from '../chat/prompts';
import { pretrainedOrigin } from '../models/pretrained';
import type { SessionParts } from './session';

/**
 * What samples during training begin with: the prompt of the settings; of conversations, that prompt as a question, or
 * the first held-out question where there is none.
 */
export async function samplePrompt(
  db: AtelierDb,
  { run, tokenizer, data }: Pick<SessionParts, 'run' | 'tokenizer' | 'data'>,
): Promise<SessionParts['sample']> {
  const { samplePrompt: shown, task } = run.settings;
  const pretrained = await pretrainedOrigin(db, run);
  if (task === 'text') return { ...textPrompt(shown, tokenizer, pretrained), shown };
  if (shown) return { ...chatPrompt([{ role: 'user', content: shown }], tokenizer, pretrained), shown };
  const ids = data.question ?? [];
  const ends = turnEnds(
    templateFor(pretrained?.chatTemplate, tokenizer, pretrained?.templateTokens),
    tokenizer,
    pretrained,
  );
  return { ids, ends, shown: tokenizer.decode(ids, { skipSpecial: true }) };
}
