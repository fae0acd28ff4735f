// JSON lines that OpenAI fine-tunes on: the class as the answer to the text, or the better of two answers
// (https://platform.openai.com/docs/guides/supervised-fine-tuning, …/direct-preference-optimization). They know no
// ids: a row is found by its text.
import { isObject, own, type JsonObject } from '../json';
import { jsonLines, stringsIn, type FileAnswer, type LabelFormat, type LabelledRow, type ReadLabel } from './label';

const said = (role: string, content: string) => ({ role, content });

/** The better answer first; a tie teaches nothing. */
function preferenceOf({ asked, answers, answer }: LabelledRow): object[] {
  if (!answers || !answer.better || answer.better === 'tie') return [];
  const [good, bad] = answer.better === 'first' ? answers : [answers[1], answers[0]];
  return [
    {
      input: { messages: asked, tools: [], parallel_tool_calls: true },
      preferred_output: [said('assistant', good)],
      non_preferred_output: [said('assistant', bad)],
    },
  ];
}

/** Several classes are a list in JSON. */
function classified({ text, answer }: LabelledRow, guidelines: string, several: boolean): object {
  const { choices = [], rating } = answer;
  const label = rating !== undefined ? String(rating) : several ? JSON.stringify(choices) : (choices[0] ?? '');
  const system = guidelines.trim() === '' ? [] : [said('system', guidelines)];
  return { messages: [...system, said('user', text), said('assistant', label)] };
}

const contentsOf = (messages: unknown, role?: string): string[] =>
  Array.isArray(messages)
    ? stringsIn(messages.filter(isObject).flatMap((one) => (role === undefined || own(one, 'role') === role ? [own(one, 'content')] : []))) // prettier-ignore
    : [];

function preferenceIn(record: JsonObject): ReadLabel | undefined {
  const [good] = contentsOf(own(record, 'preferred_output'));
  const [bad] = contentsOf(own(record, 'non_preferred_output'));
  if (good === undefined || bad === undefined) return undefined;
  const pairs: ReadLabel['pairs'] = [
    [good, bad, 'first'],
    [bad, good, 'second'],
  ];
  return { texts: [], pairs, answer: { better: 'first' } };
}

function answerIn(label: string): FileAnswer {
  const rating = label.trim() === '' ? NaN : Number(label);
  return { choices: listIn(label) ?? [label], ...(Number.isInteger(rating) && { rating }) };
}

function listIn(label: string): string[] | undefined {
  if (!label.startsWith('[')) return undefined;
  try {
    const list = JSON.parse(label) as unknown;
    return Array.isArray(list) ? stringsIn(list) : undefined;
  } catch {
    return undefined;
  }
}

export const openai: LabelFormat = {
  write: (rows, { kind, guidelines, several = false }) => {
    if (kind === 'spans') return undefined;
    if (kind === 'better') return jsonLines(rows.flatMap(preferenceOf));
    return jsonLines(rows.map((row) => classified(row, guidelines, several)));
  },
  read: (record) => {
    if ('preferred_output' in record) return preferenceIn(record);
    const messages = own(record, 'messages');
    const label = contentsOf(messages, 'assistant').at(-1);
    if (label === undefined) return undefined;
    return { texts: contentsOf(messages, 'user'), pairs: [], answer: answerIn(label) };
  },
};
