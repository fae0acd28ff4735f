import type { PromptFacts, SpeakerFacts } from '../../base/chat';
import type { Message } from '../../base/conversation';
import type { ModelConfig } from '../../base/modelShape';
import type { Id, ModelRecord } from '../../base/records/records';
import { templateKind } from '../../data/chat/defaultTemplates';
import type { AtelierDb } from '../../storage/db';
import { getRun } from '../../storage/runs';
import { promptFacts } from './prompts';
import { learnedConversations, publishedOrigin } from '../models/pretrained';
import { loadTokenizer } from '../models/tokenizers';

interface Asked {
  model: ModelConfig;
  tokenizerId: Id;
  published: ModelRecord | undefined;
  /** It was tuned on conversations here. */
  tuned: boolean;
}

/** What is known of a run or a kept model. Throws run-missing. */
async function asked(db: AtelierDb, id: Id): Promise<Asked> {
  const published = await db.get('models', id);
  if (published) return { ...published, published, tuned: false };
  const run = await getRun(db, id);
  return { ...run, published: await publishedOrigin(db, run), tuned: await learnedConversations(db, run) };
}

/** How a run or a kept model is talked to. Throws run-missing, tokenizer-missing. */
export async function speakerFacts(db: AtelierDb, id: Id): Promise<SpeakerFacts> {
  const { model, tokenizerId, published, tuned } = await asked(db, id);
  const template = templateKind(published?.chatTemplate, await loadTokenizer(db, tokenizerId));
  return {
    template,
    conversational: template === 'own' || tuned,
    contextLength: model.contextLength,
    sampling: published?.sampling ?? {},
  };
}

/** The room that a conversation takes before an answer of at most `maxTokens`. Throws as `speakerFacts`, template-*, chat-too-long. */
export async function promptRoom(
  db: AtelierDb,
  id: Id,
  messages: readonly Message[],
  maxTokens: number,
): Promise<PromptFacts> {
  const { model, tokenizerId, published } = await asked(db, id);
  const room = { capacity: model.contextLength, maxTokens };
  return promptFacts(messages, await loadTokenizer(db, tokenizerId), published, room);
}
