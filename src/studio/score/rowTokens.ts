// A stored row as tokens with the grades that a model's own loss would give them: by its tokenizer and its template.
import type { Conversation, Message, PreferencePair } from '../../base/conversation';
import type { DatasetContent } from '../../base/records/dataset';
import type { ThoughtUse } from '../../base/settings/tuneSettings';
import { conversationRow, preferenceRows, type GradedRow } from '../../data/chat/gradedRow';
import { quoted, renderedTokens } from '../../data/chat/renderedTokens';
import { templateFor } from '../../data/chat/defaultTemplates';
import type { PlacedTokens } from '../../data/tokens/tokenizer';
import { withoutThoughts } from '../../base/thoughts';
import type { Speaker } from '../chat/loadedModels';

type Reader = Pick<Speaker, 'tokenizer' | 'pretrained'>;

/** How a model reads texts and conversations that are measured. */
export interface RowTokens {
  /**
   * Of a text all tokens are graded, its end too; of a conversation the answers, of a pair those of the better one.
   * @throws template-*
   */
  row(row: string, content: DatasetContent): GradedRow;
  /**
   * The better and the other answer of a pair, each graded.
   * @throws template-*
   */
  pair(pair: PreferencePair, thoughts?: ThoughtUse): readonly [GradedRow, GradedRow];
  /**
   * A conversation of which the last answer alone is graded.
   * @throws template-*
   */
  answer(messages: readonly Message[]): GradedRow;
  /** A conversation with all its answers graded, those that weigh nothing left out. @throws template-* */
  talk(conversation: Conversation, thoughts?: ThoughtUse): GradedRow;
  /** A conversation as the template writes it, with the place of each token in that. @throws template-* */
  placedTalk(conversation: Conversation, thoughts?: ThoughtUse): PlacedRow;
  /** A text behind its begin token, which has no length. */
  placedText(text: string): PlacedRow;
  /** What follows a text, graded with the end behind it. */
  continuation(text: string, continued: string): GradedRow;
}

/** What is written of a row, and its tokens with their places in that. */
export interface PlacedRow extends PlacedTokens {
  text: string;
}

export function rowTokens({ tokenizer, pretrained }: Reader): RowTokens {
  const template = templateFor(pretrained?.chatTemplate, tokenizer, pretrained?.templateTokens);
  /** As every text begins in training: after the model's begin token, else after the end of a text before it. */
  const begin = tokenizer.beginId ?? tokenizer.endId;
  const wholeText = (text: string): GradedRow => {
    const ids = Uint32Array.from([begin, ...tokenizer.encode(text), tokenizer.endId]);
    return { ids, weights: new Float32Array(ids.length).fill(1) };
  };
  const continuation = (text: string, continued: string): GradedRow => {
    const { ids, starts, ends } = tokenizer.encodeWithPlaces(text + continued);
    const graded = (i: number): boolean => starts[i]! >= text.length || ends[i]! > text.length;
    return {
      ids: Uint32Array.from([begin, ...ids, tokenizer.endId]),
      weights: Float32Array.from([0, ...Array.from(ids, (_, i) => Number(graded(i))), 1]),
    };
  };
  const talk: RowTokens['talk'] = ({ messages, tools }, thoughts) =>
    conversationRow(messages, template, tokenizer, tools, thoughts);
  return {
    continuation,
    placedTalk: ({ messages, tools }, thoughts) => {
      const said = thoughts === 'drop' ? withoutThoughts(messages) : messages;
      const asTools = tools && quoted(tools, tokenizer);
      const text = template.render(quoted(said, tokenizer), asTools && { tools: asTools });
      return { text, ...renderedTokens(text, tokenizer) };
    },
    placedText: (text) => {
      const { ids, starts, ends } = tokenizer.encodeWithPlaces(text);
      return {
        text,
        ids: Uint32Array.from([begin, ...ids]),
        ...{ starts: Uint32Array.from([0, ...starts]), ends: Uint32Array.from([0, ...ends]) },
      };
    },
    pair: (pair, thoughts) => {
      const { chosen, rejected } = preferenceRows(pair, template, tokenizer, thoughts);
      return [chosen, rejected];
    },
    row: (row, content) => {
      if (content === 'text') return wholeText(row);
      if (content === 'preference')
        return preferenceRows(JSON.parse(row) as PreferencePair, template, tokenizer).chosen;
      return talk(JSON.parse(row) as Conversation);
    },
    talk,
    answer: (messages) => {
      const last = messages.length - 1;
      const read = messages.map((message, i) => (i < last ? { ...message, weight: 0 } : message));
      return conversationRow(read, template, tokenizer);
    },
  };
}
