import { templateFor } from '../../data/chat/defaultTemplates';
import type { AtelierDb } from '../../storage/db';
import { chatPrompt, textPrompt, turnEnds } from '../chat/prompts';
import { publishedOrigin } from '../models/pretrained';
import type { SessionParts } from './session';

/**
 * What samples during training begin with: the prompt of the settings; of conversations, that prompt as a question, or the first held-out
 * question where there is none.
 */
export async function samplePrompt(
  db: AtelierDb,
  { run, tokenizer, data }: Pick<SessionParts, 'run' | 'tokenizer' | 'data'>,
): Promise<SessionParts['sample']> {
  const { samplePrompt: shown, task } = run.config;
  const published = await publishedOrigin(db, run);
  if (task === 'text') return { ...textPrompt(shown, tokenizer, published), shown };
  if (shown) return { ...chatPrompt([{ role: 'user', content: shown }], tokenizer, published), shown };
  const ids = data.question ?? [];
  const ends = turnEnds(
    templateFor(published?.chatTemplate, tokenizer, published?.templateTokens),
    tokenizer,
    published,
  );
  return { ids, ends, shown: tokenizer.decode(ids, { skipSpecial: true }) };
}
