// What the page knows of a model before it chats with it: its template, its context, the room that a conversation
// takes. Nothing here touches the GPU.
import type { PromptFacts, ChatModelFacts } from '../../base/chat';
import type { Message } from '../../base/conversation';
import type { ModelShape } from '../../base/modelShape';
import type { Id } from '../../base/records/named';
import type { ModelRecord } from '../../base/records/model';
import { templateKind } from '../../data/chat/defaultTemplates';
import type { AtelierDb } from '../../storage/db';
import { getRun } from '../../storage/runs';
import { promptFacts } from './prompts';
import { learnedConversations, pretrainedOrigin } from '../models/pretrained';
import { loadTokenizer } from '../models/tokenizers';

interface Asked {
  model: ModelShape;
  tokenizerId: Id;
  pretrained: ModelRecord | undefined;
  /** It was tuned on conversations here. */
  tuned: boolean;
}

/**
 * What is known of a run or a pretrained model.
 *
 * @throws run-missing
 */
async function asked(db: AtelierDb, id: Id): Promise<Asked> {
  const pretrained = await db.get('models', id);
  if (pretrained) return { ...pretrained, pretrained, tuned: false };
  const run = await getRun(db, id);
  return { ...run, pretrained: await pretrainedOrigin(db, run), tuned: await learnedConversations(db, run) };
}

/**
 * How a run or a pretrained model is talked to.
 *
 * @throws run-missing, tokenizer-missing
 */
export async function chatModelFacts(db: AtelierDb, id: Id): Promise<ChatModelFacts> {
  const { model, tokenizerId, pretrained, tuned } = await asked(db, id);
  const template = templateKind(pretrained?.chatTemplate, await loadTokenizer(db, tokenizerId));
  return {
    template,
    conversational: template === 'own' || tuned,
    contextLength: model.contextLength,
    sampling: pretrained?.sampling ?? {},
  };
}

/**
 * The tokens that a conversation takes before an answer of at most `maxTokens`.
 *
 * @throws run-missing, tokenizer-missing, template-*, chat-too-long
 */
export async function promptRoom(
  db: AtelierDb,
  id: Id,
  messages: readonly Message[],
  maxTokens: number,
): Promise<PromptFacts> {
  const { model, tokenizerId, pretrained } = await asked(db, id);
  const room = { capacity: model.contextLength, maxTokens };
  return promptFacts(messages, await loadTokenizer(db, tokenizerId), pretrained, room);
}
