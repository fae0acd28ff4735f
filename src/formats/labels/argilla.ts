// Records of Argilla as its SDK writes them: fields, responses and suggestions by question
// (https://docs.argilla.io/latest/reference/argilla/records/records/), and those of its first version. Offsets are code
// points, as its server and SDK count them; its page writes UTF-16 units where a text has an emoji
// (https://github.com/argilla-io/argilla/issues/5729), which cannot be told from the file.
import { isObject, own, type JsonObject } from '../json';
import {
  pairsIn,
  sideIn,
  stringsIn,
  type FileAnswer,
  type FileSpan,
  type FileTask,
  type LabelFormat,
  type LabelledRow,
} from './label';
import { pointsBefore, stretchIn } from './offsets';

/** Of nobody: a server takes a response under the id of one of its own users. */
const NOBODY = '00000000-0000-0000-0000-000000000000';

/** The value of each question. */
function valuesOf({ text, answer }: LabelledRow, { kind, several }: FileTask): Record<string, unknown> {
  const { choices, rating, better, spans, texts } = answer;
  const ranks = { first: [1, 2], second: [2, 1], tie: [1, 1] };
  return {
    ...(choices && { [kind === 'keep' ? 'decision' : 'label']: several ? choices : choices[0] }),
    ...(texts && Object.fromEntries(texts.map((one, i) => [`fixed_${i + 1}`, one]))),
    ...(rating !== undefined && { rating }),
    ...(better && { better: ['first', 'second'].map((value, i) => ({ value, rank: ranks[better][i] })) }),
    ...(spans && {
      spans: spans.map(({ start, end, label }) => ({
        ...{ start: pointsBefore(text, start), end: pointsBefore(text, end), label },
      })),
    }),
  };
}

function recordOf(labelled: LabelledRow, task: FileTask): object {
  const { row, text, answers } = labelled;
  const responses = Object.entries(valuesOf(labelled, task)).map(([name, value]) => [
    name,
    [{ value, user_id: NOBODY }],
  ]);
  return {
    id: String(row),
    fields: { text, ...(answers && { first: answers[0], second: answers[1] }) },
    metadata: { row },
    suggestions: {},
    responses: Object.fromEntries(responses) as object,
    vectors: {},
  };
}

const withValue = (value: unknown): unknown[] => (isObject(value) && 'value' in value ? [own(value, 'value')] : []);

const membersOf = (record: unknown): unknown[] => (isObject(record) ? Object.values(record) : []);
const lastOf = (answers: unknown): unknown[] => (Array.isArray(answers) ? answers.slice(-1) : []);

/** The last response to each question; where nobody answered, the suggestion. */
function valuesIn(record: JsonObject): unknown[] {
  const responses = own(record, 'responses');
  const first = Array.isArray(responses) // of version 1: one object for each person
    ? responses.filter(isObject).flatMap((one) => membersOf(own(one, 'values')).flatMap(withValue))
    : membersOf(responses).flatMap((answers) => lastOf(answers).flatMap(withValue));
  if (first.length) return first;
  const suggestions = own(record, 'suggestions') ?? [];
  return (Array.isArray(suggestions) ? suggestions : Object.values(suggestions)).flatMap(withValue);
}

interface Ranked {
  value: string;
  rank: number;
}
const isRanked = (value: unknown): value is Ranked =>
  isObject(value) && typeof own(value, 'value') === 'string' && typeof own(value, 'rank') === 'number';

function betterIn(ranks: readonly Ranked[]): FileAnswer['better'] {
  const [a, b] = ranks.toSorted((one, other) => one.rank - other.rank);
  if (!a || !b) return undefined;
  return a.rank === b.rank ? 'tie' : sideIn([a.value]);
}

function spanIn(value: unknown, texts: readonly string[]): FileSpan[] {
  const label = isObject(value) ? own(value, 'label') : undefined;
  if (!isObject(value) || typeof label !== 'string') return [];
  const [text = ''] = texts;
  const [start, end] = [own(value, 'start'), own(value, 'end')];
  const place = stretchIn(text, start, end, 'points') ?? stretchIn(text, start, end, 'units');
  return place ? [{ start: place[0], end: place[1], label }] : [];
}

function answerIn(values: readonly unknown[], fixed: readonly string[], texts: readonly string[]): FileAnswer {
  const choices = values.flatMap((value) => stringsIn([value].flat())).filter((value) => !fixed.includes(value));
  const rating = values.find((value) => typeof value === 'number');
  const listed = values.filter((value): value is unknown[] => Array.isArray(value));
  const better = betterIn(listed.flat().filter(isRanked)) ?? sideIn(choices);
  const isSpans = listed.some((list) => list.every((one) => isObject(one) && 'start' in one));
  return {
    ...(choices.length > 0 && { choices }),
    ...(fixed.length > 0 && { texts: fixed }),
    ...(rating !== undefined && { rating }),
    ...(better && { better }),
    ...(isSpans && { spans: listed.flat().flatMap((value) => spanIn(value, texts)) }),
  };
}

/** Responses to the questions that hold the texts of a fixed row, in order. */
function fixedIn(record: JsonObject): string[] {
  const responses = own(record, 'responses');
  if (!isObject(responses)) return [];
  const names = Object.keys(responses).filter((name) => /^fixed_\d+$/.test(name));
  return stringsIn(names.flatMap((name) => [own(responses, name)].flat().flatMap(withValue)));
}

export const argilla: LabelFormat = {
  write: (rows, task) => `${JSON.stringify(rows.map((row) => recordOf(row, task)), null, 2)}\n`, // prettier-ignore
  read: (record) => {
    const fields = own(record, 'fields');
    if (!isObject(fields) || !('responses' in record || 'suggestions' in record)) return undefined;
    const texts = stringsIn(Object.values(fields));
    const answer = answerIn(valuesIn(record), fixedIn(record), texts);
    const metadata = own(record, 'metadata');
    const row = isObject(metadata) ? own(metadata, 'row') : undefined;
    return { ...(typeof row === 'number' && { row }), texts, pairs: pairsIn(texts, answer.better), answer };
  },
};
