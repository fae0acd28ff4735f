// JSON lines of doccano: classes in `label`, stretches as [start, end, label]
// (https://doccano.github.io/doccano/tutorial/). Its offsets are UTF-16 units, unless a project counts graphemes
// (https://github.com/doccano/doccano/issues/2290).
import { isObject, own, type JsonObject } from '../json';
import { jsonLines, pairsIn, sideIn, stringsIn, type FileAnswer, type FileSpan, type LabelFormat } from './label';
import { stretchIn } from './offsets';

type Span = readonly [start: number, end: number, label: string];

/** What doccano calls a label: classes, stretches, or words for the other kinds. */
function labelOf({ choices, rating, better, spans }: FileAnswer): readonly (string | Span)[] {
  if (spans) return spans.map(({ start, end, label }): Span => [start, end, label]);
  if (rating !== undefined) return [String(rating)];
  return better ? [better] : (choices ?? []);
}

/** Older versions write `labels`, newer ones `entities` where relations are labelled too. */
function labelsIn(record: JsonObject): unknown[] | undefined {
  const label = own(record, 'label') ?? own(record, 'labels');
  if (label !== undefined) return [label].flat();
  const entities = own(record, 'entities');
  if (!Array.isArray(entities)) return undefined;
  return entities.filter(isObject).map((one) => [own(one, 'start_offset'), own(one, 'end_offset'), own(one, 'label')]);
}

function spanIn(text: string, value: unknown): FileSpan[] {
  const [start, end, label] = Array.isArray(value) ? (value as unknown[]) : [];
  const place = stretchIn(text, start, end, 'units');
  return place && typeof label === 'string' ? [{ start: place[0], end: place[1], label }] : [];
}

function answerIn(text: string, labels: readonly unknown[], texts: readonly string[]): FileAnswer {
  const choices = stringsIn(labels);
  const better = sideIn(choices);
  const rating = Number(choices[0] ?? labels[0]);
  return {
    ...(choices.length > 0 && { choices }),
    ...(better && { better }),
    ...(Number.isInteger(rating) && { rating }),
    ...(texts.length > 0 && { texts }),
    ...(labels.some(Array.isArray) && { spans: labels.flatMap((value) => spanIn(text, value)) }),
  };
}

export const doccano: LabelFormat = {
  write: (rows) =>
    jsonLines(
      rows.map(({ row, text, answers, answer }) => ({
        ...{ id: row, text, label: labelOf(answer) },
        ...(answers && { first: answers[0], second: answers[1] }),
        ...(answer.texts && { fixed: answer.texts }),
      })),
    ),
  read: (record) => {
    const [text, labels] = [own(record, 'text'), labelsIn(record)];
    if (typeof text !== 'string' || !labels) return undefined;
    // one label is a list of three numbers and words only where all of it is a stretch
    const listed =
      labels.length === 3 && Number.isInteger(labels[0]) && Number.isInteger(labels[1]) ? [labels] : labels;
    const answer = answerIn(text, listed, stringsIn([own(record, 'fixed') ?? []].flat()));
    const texts = stringsIn([text, own(record, 'first'), own(record, 'second')]);
    const row = own(record, 'id');
    const pairs = pairsIn(texts, answer.better);
    return { ...(typeof row === 'number' && { row }), texts, pairs, answer };
  },
};
