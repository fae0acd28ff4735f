// Tasks of Label Studio with their annotations (https://labelstud.io/guide/task_format). Its offsets are code points
// since https://github.com/HumanSignal/label-studio-frontend/pull/308; before, they were UTF-16 units: what stands in
// `text` tells which.
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

const result = (name: string, type: string, value: object, to = 'text') => ({
  ...{ from_name: name, to_name: to, type, value },
  origin: 'manual',
});

/** What a person chose; two answers are the texts on the left and on the right. */
function resultsOf({ text, answer }: LabelledRow, { kind }: FileTask): object[] {
  const { choices, rating, better, spans, texts } = answer;
  const [name, to] = kind === 'better' ? ['better', 'text1,text2'] : [kind === 'keep' ? 'decision' : 'label', 'text'];
  const sides = { first: 'left', second: 'right', tie: undefined };
  const side = better && sides[better];
  const chosen = choices ?? (better === 'tie' ? ['tie'] : undefined);
  return [
    ...(chosen ? [result(name, 'choices', { choices: chosen }, to)] : []),
    ...(texts ? [result('fixed', 'textarea', { text: texts })] : []),
    ...(rating === undefined ? [] : [result('rating', 'rating', { rating })]),
    ...(side === undefined ? [] : [result(name, 'pairwise', { selected: side }, to)]),
    ...(spans ?? []).map(({ start, end, label }) =>
      result('label', 'labels', {
        ...{ start: pointsBefore(text, start), end: pointsBefore(text, end) },
        ...{ text: text.slice(start, end), labels: [label] },
      }),
    ),
  ];
}

function taskOf(labelled: LabelledRow, task: FileTask): object {
  const { row, text, answers, at, took } = labelled;
  const results = resultsOf(labelled, task).map((one, i) => ({ id: `r${row}-${i}`, ...one }));
  const annotation = {
    ...{ result: results, was_cancelled: false, ground_truth: false, created_at: new Date(at).toISOString() },
    ...(took !== undefined && { lead_time: took / 1000 }),
  };
  return {
    data: { text, ...(answers && { text1: answers[0], text2: answers[1] }), row },
    annotations: [annotation],
    predictions: [],
  };
}

/** Of the last annotation that was not cancelled; undefined for none. Older versions call it a completion. */
function lastResults(record: JsonObject): JsonObject[] | undefined {
  const annotations = own(record, 'annotations') ?? own(record, 'completions');
  if (!Array.isArray(annotations)) return undefined;
  const last = annotations.filter(isObject).findLast((one) => own(one, 'was_cancelled') !== true);
  const results = last && own(last, 'result');
  return Array.isArray(results) ? results.filter(isObject) : undefined;
}

/** Who submitted nothing found no stretch. */
function answerIn(results: readonly JsonObject[] | undefined, texts: readonly string[]): FileAnswer {
  if (!results?.length) return results ? { spans: [] } : {};
  const values = (type: string): JsonObject[] =>
    results.flatMap((one) => (own(one, 'type') === type && isObject(own(one, 'value')) ? [own(one, 'value') as JsonObject] : [])); // prettier-ignore
  const listed = (type: string, name: string): string[] =>
    values(type).flatMap((value) => stringsIn([own(value, name)].flat()));
  const choices = listed('choices', 'choices');
  const rating = values('rating').map((value) => own(value, 'rating')).find(Number.isFinite); // prettier-ignore
  const selected = values('pairwise').map((value) => own(value, 'selected'))[0];
  const better = selected === 'left' ? 'first' : selected === 'right' ? 'second' : sideIn(choices);
  const fixed = listed('textarea', 'text');
  const labels = values('labels');
  return {
    ...(choices.length > 0 && { choices }),
    ...(typeof rating === 'number' && { rating }),
    ...(better && { better }),
    ...(fixed.length > 0 && { texts: fixed }),
    ...(labels.length > 0 && { spans: labels.flatMap((value) => spansIn(value, texts)) }),
  };
}

function spansIn(value: JsonObject, texts: readonly string[]): FileSpan[] {
  const [start, end, said] = [own(value, 'start'), own(value, 'end'), own(value, 'text')];
  for (const counted of ['points', 'units'] as const)
    for (const text of texts) {
      const place = stretchIn(text, start, end, counted);
      if (!place || (typeof said === 'string' && text.slice(...place) !== said)) continue;
      const labels = stringsIn([own(value, 'labels')].flat());
      return labels.map((label) => ({ start: place[0], end: place[1], label }));
    }
  return [];
}

export const labelStudio: LabelFormat = {
  write: (rows, task) => `${JSON.stringify(rows.map((row) => taskOf(row, task)), null, 2)}\n`, // prettier-ignore
  read: (record) => {
    const data = own(record, 'data');
    if (!isObject(data) || !('annotations' in record || 'completions' in record)) return undefined;
    const texts = stringsIn(Object.values(data));
    const answer = answerIn(lastResults(record), texts);
    const row = own(data, 'row');
    return { ...(typeof row === 'number' && { row }), texts, pairs: pairsIn(texts, answer.better), answer };
  },
};
