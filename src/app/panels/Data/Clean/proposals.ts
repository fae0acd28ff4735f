// What a model is asked about a row, and what is taken from what it wrote: another wording, or questions with answers.
import type { ModelTask, ProposedRow } from '../../../../base/records/recipe';
import type { EditableRow } from '../../../../base/wire/recipes';

/** Where the row's text stands in what is asked. */
export const TEXT_SLOT = '{text}';

/** Characters of a row that a model reads: small models see little at once. */
const LONGEST_SOURCE = 2000;

const KINDS: Record<ModelTask['on'], readonly string[]> = { question: ['question', 'text'], answer: ['answer'] };

/** Undefined where nothing is to be made of the row: of a text that is cut, another wording would be cut too. */
export function sourceText(
  { parts, mayHaveCopies }: EditableRow,
  { on, how }: Pick<ModelTask, 'on' | 'how'>,
): string | undefined {
  const source = parts.findLast(({ kind }) => KINDS[on].includes(kind))?.text.trim();
  if (!mayHaveCopies || !source || (how === 'paraphrase' && source.length > LONGEST_SOURCE)) return undefined;
  return source.slice(0, LONGEST_SOURCE);
}

export const askedOf = (prompt: string, source: string): string => prompt.replaceAll(TEXT_SLOT, () => source);

type Said = Pick<ProposedRow, 'text' | 'answer'>;

/** Nothing where the model wrote nothing that can be used. */
export function proposalsIn(written: string, how: ModelTask['how'], source: string): Said[] {
  if (how === 'questions') return pairsIn(written);
  const text = unquoted(written.trim());
  return text === '' || text === source ? [] : [{ text }];
}

const QUOTES: readonly (readonly [string, string])[] = [
  ['"', '"'],
  ['“', '”'],
  ['「', '」'],
];

function unquoted(text: string): string {
  const around = QUOTES.find(([open, close]) => text.length > 2 && text.startsWith(open) && text.endsWith(close));
  const inner = around ? text.slice(1, -1) : text;
  return around?.some((quote) => inner.includes(quote)) ? text : inner.trim();
}

const LINE = /^[\s>*#\-\d.)]*(?:(question|q|问题|问)|answer|a|回答|答案|答)\s*\d*\s*\**\s*[:：]\s*\**\s*(.*)$/iu;

/** Lines as “Question: …” and “Answer: …”; lines behind them belong to them. */
function pairsIn(written: string): Said[] {
  const pairs: { text: string; answer: string; isAnswer: boolean }[] = [];
  for (const line of written.split('\n')) {
    const [found, asks, rest = ''] = LINE.exec(line) ?? [];
    const last = pairs.at(-1);
    if (found !== undefined && asks) pairs.push({ text: rest, answer: '', isAnswer: false });
    else if (found !== undefined && last && !last.isAnswer) [last.answer, last.isAnswer] = [rest, true];
    else if (last) last[last.isAnswer ? 'answer' : 'text'] += `\n${line}`;
  }
  return pairs.flatMap(({ text, answer }) => {
    const said = { text: text.trim(), answer: answer.trim() };
    return said.text && said.answer ? [said] : [];
  });
}

/** Accepted questions and answers as lines of JSON: conversations that name their model and the text they are of. */
export const pairLines = (pairs: readonly ProposedRow[], source: string): string =>
  pairs
    .map(({ text, answer = '', model }) => {
      const messages = [
        { role: 'user', content: text },
        { role: 'assistant', content: answer },
      ];
      return `${JSON.stringify({ messages, source, augmented: 'questions', 'augmented-model': model })}\n`;
    })
    .join('');
