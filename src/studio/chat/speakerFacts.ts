// What the page knows of a model before it chats with it: its template, its context, the room that a conversation
// takes. Nothing here touches the GPU.
import type { PromptFacts, ChatModelFacts } from '../../base/chat';
import type { Message, ToolSchema } from '../../base/conversation';
import type { ModelShape } from '../../base/modelShape';
import type { Id } from '../../base/records/named';
import type { ModelRecord } from '../../base/records/model';
import type { AnswerReading } from '../../base/callFormat';
import { AtelierError } from '../../base/errors/errors';
import { callFormatOf } from '../../data/chat/callFormats';
import type { ChatTemplate } from '../../data/chat/chatTemplate';
import { templateFor, templateKind } from '../../data/chat/defaultTemplates';
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
  const tokenizer = await loadTokenizer(db, tokenizerId);
  const template = templateKind(pretrained?.chatTemplate, tokenizer);
  return {
    template,
    conversational: template === 'own' || tuned,
    contextLength: model.contextLength,
    sampling: pretrained?.sampling ?? {},
    ...writtenBy(() => templateFor(pretrained?.chatTemplate, tokenizer, pretrained?.templateTokens)),
  };
}

/** What is known of a template that can be run; one that cannot says why once it is asked. */
function writtenBy(templateOf: () => ChatTemplate): Pick<ChatModelFacts, 'reading' | 'writesTools'> {
  try {
    const template = templateOf();
    return { reading: readingOf(template), ...(template.writes.tools && { writesTools: true }) };
  } catch (thrown) {
    if (thrown instanceof AtelierError) return {};
    throw thrown;
  }
}

/** @throws template-* */
function readingOf(template: ChatTemplate): AnswerReading {
  const calls = callFormatOf(template);
  const asked = template.render([{ role: 'user', content: 'a' }], { addGenerationPrompt: true });
  return { ...(calls && { calls }), ...(/<think>\s*$/.test(asked) && { opensThought: true }) };
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
  tools?: readonly ToolSchema[],
): Promise<PromptFacts> {
  const { model, tokenizerId, pretrained } = await asked(db, id);
  const room = { capacity: model.contextLength, maxTokens };
  return promptFacts(messages, await loadTokenizer(db, tokenizerId), pretrained, room, tools);
}
