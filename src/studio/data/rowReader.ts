/** Reads stored rows and encodes them as a task needs them: text, conversations or pairs. */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { spokenLines, type Conversation, type PreferencePair } from '../../base/conversation';
import { AtelierError } from '../../base/errors/errors';
import type { Classes } from '../../base/modelShape';
import type { DatasetContent } from '../../base/records/dataset';
import type { Id } from '../../base/records/named';
import type { Task } from '../../base/records/prepared';
import type { PrepareRequest } from '../../base/wire/requests';
import type { ChatTemplate } from '../../data/chat/chatTemplate';
import { plainText } from '../../data/chat/conversationText';
import type { TemplateUse } from '../../data/chat/templateMessages';
import { templateFor } from '../../data/chat/defaultTemplates';
import {
  conversationRow,
  judgedIn,
  judgedRow,
  preferenceRows,
  untilEachAnswer,
  type GradedRow,
} from '../../data/chat/gradedRow';
import type { Tokenizer } from '../../data/tokens/tokenizer';
import { getDataset } from '../../storage/datasets';
import type { AtelierDb } from '../../storage/db';
import { pretrainedModel } from '../models/pretrained';
import { classReader } from './classReader';
import { readRows, type NumberedRow } from './readRows';

/** How the rows of a task are read and become tokens. */
export interface RowReader {
  /** What the template writes beside the words of messages; absent for text. */
  writes?: TemplateUse;
  /** SHA-256 of the chat template and the tokens that it names; absent for text. */
  template?: string;
  rows(): AsyncIterable<NumberedRow>;
  /** What must not stand on both sides of the split: the row, or the question that two answers were given to. */
  key(row: string): string;
  /**
   * The row as tokens; of a pair the chosen and the rejected answer, of a conversation perhaps one row for each answer.
   * Weights are absent where every token counts.
   * @throws template-*
   */
  encode(row: string): { ids: Uint32Array; weights?: Float32Array }[];
  /** What `encode` gives belongs together; else each is a row by itself. */
  paired: boolean;
  /** UTF-8 bytes of the text in a row. */
  bytes(row: string): number;
  /** Of texts that are classified. */
  classes?: Classes;
  /** The split holds out the same share of the rows of each; absent: of all rows together. */
  stratum?(row: string): string;
}

const bytesOf = (text: string): number => utf8ToBytes(text).length;

/**
 * @throws dataset-missing, dataset-not-chat, dataset-not-preference, checkpoint-missing, template-broken, those of
 *   `classReader`
 */
export async function rowReader(db: AtelierDb, request: PrepareRequest, tokenizer: Tokenizer): Promise<RowReader> {
  const { datasetIds, task = 'text', weightsId, rowPerAnswer, thoughts } = request;
  if (task === 'text') return textReader(db, request, tokenizer);
  if (task === 'classify') return classReader(db, request, tokenizer);
  for (const id of datasetIds) await checkContent(db, id, contentsOf(task));
  const template = await templateOf(db, weightsId, tokenizer);
  if (task === 'kto') return thumbsReader(db, request, template, tokenizer);
  const [content] = contentsOf(task);
  const row = (text: string): GradedRow[] =>
    content === 'chat'
      ? conversationsIn(text, rowPerAnswer).map(({ messages, tools }) =>
          conversationRow(messages, template, tokenizer, tools, thoughts),
        )
      : Object.values(preferenceRows(JSON.parse(text) as PreferencePair, template, tokenizer, thoughts));
  return {
    template: identityOf(template),
    writes: template.writes,
    rows: () => readRows(db, request),
    key: (text) => (content === 'chat' ? text : JSON.stringify((JSON.parse(text) as PreferencePair).prompt)),
    encode: row,
    paired: content === 'preference',
    bytes: (text) => bytesOf(plainText(text, content!)),
  };
}

function thumbsReader(db: AtelierDb, request: PrepareRequest, template: ChatTemplate, tokenizer: Tokenizer): RowReader {
  const answersIn = (text: string) => judgedIn(JSON.parse(text) as Conversation | PreferencePair);
  return {
    template: identityOf(template),
    writes: template.writes,
    rows: () => readRows(db, request),
    // answers to one question stay on one side
    key: (text) => JSON.stringify(answersIn(text)[0]?.prompt ?? text),
    encode: (text) => answersIn(text).map((judged) => judgedRow(judged, template, tokenizer, request.thoughts)),
    paired: false,
    bytes: (text) =>
      bytesOf(
        answersIn(text)
          .map(({ prompt, answer }) => spokenLines([...prompt, ...answer]))
          .join('\n'),
      ),
  };
}

/** SHA-256 of a template and of the tokens that it names: models with one tokenizer may end their turns otherwise. */
export function identityOf({ source, tokens }: ChatTemplate): string {
  const named = Object.entries(tokens).filter(([name]) => source.includes(name));
  return bytesToHex(sha256(utf8ToBytes(JSON.stringify([source, named.sort()]))));
}

/** The conversation of a kept row, or one for each of its answers. */
export function conversationsIn(row: string, rowPerAnswer?: true): Conversation[] {
  const conversation = JSON.parse(row) as Conversation;
  return rowPerAnswer ? untilEachAnswer(conversation) : [conversation];
}

function textReader(db: AtelierDb, request: PrepareRequest, tokenizer: Tokenizer): RowReader {
  const { beginId, endId } = tokenizer;
  const begin = beginId === undefined ? [] : [beginId]; // models that want one before each text had one in all that they learned
  return {
    rows: () => readRows(db, request, plainText),
    key: (row) => row,
    encode: (row) => [{ ids: Uint32Array.from([...begin, ...tokenizer.encode(row), endId]) }],
    paired: false,
    bytes: bytesOf,
  };
}

/** What the rows of a dataset may be for a task other than text. Pairs are answers that are good or bad, too. */
export const contentsOf = (task: Task): readonly DatasetContent[] =>
  task === 'kto' ? ['chat', 'preference'] : task === 'chat' ? ['chat'] : ['preference'];

async function checkContent(db: AtelierDb, id: Id, wanted: readonly DatasetContent[]): Promise<void> {
  const { name, content = 'text' } = await getDataset(db, id);
  if (!wanted.includes(content))
    throw new AtelierError(wanted.includes('chat') ? 'dataset-not-chat' : 'dataset-not-preference', { name });
}

/**
 * The template of the model that weights are of, else the default for the tokenizer.
 * @throws checkpoint-missing, template-broken
 */
export async function templateOf(
  db: AtelierDb,
  weightsId: Id | undefined,
  tokenizer: Tokenizer,
): Promise<ChatTemplate> {
  const pretrained = weightsId === undefined ? undefined : await pretrainedModel(db, weightsId);
  return templateFor(pretrained?.chatTemplate, tokenizer, pretrained?.templateTokens);
}
