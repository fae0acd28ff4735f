/** What the loss mask leaves of a row in a window of the context length. */
import type { Tokenizer } from '../tokens/tokenizer';
import type { InspectedRow, RowGrades } from './check';

/** @param context tokens of a window */
export function gradesOf(row: InspectedRow, tokenizer: Tokenizer, context: number): RowGrades | undefined {
  if ('reason' in row.encoded) return undefined;
  const graded = row.encoded.flatMap(({ ids, weights }) => (weights ? [{ ids, weights }] : []));
  if (!graded.length) return undefined;
  if (row.labels) return gradesOfText(graded[0]!, context);
  const lasts = graded.map(({ ids, weights }) => {
    // The first token predicts nothing, and a window holds no more than `context` predictions.
    const last = weights.subarray(0, context + 1).findLastIndex((weight) => weight !== 0);
    return last > 0 ? ids[last]! : undefined;
  });
  const isLeft = (id: number | undefined): id is number => id !== undefined;
  return {
    longest: Math.max(...graded.map(({ ids }) => ids.length - 1)),
    truncated: graded.some(({ ids }) => ids.length > context + 1),
    teaches: row.paired ? lasts.every(isLeft) : lasts.some(isLeft),
    endsTurn: lasts.some((id) => isLeft(id) && tokenizer.isSpecial(id)),
    lengths: graded.filter((_, i) => isLeft(lasts[i])).map(({ ids }) => Math.min(context, ids.length - 1)),
  };
}

/** The label stands behind a text's last token, or behind the last that a window holds. */
function gradesOfText({ ids, weights }: { ids: Uint32Array; weights: Float32Array }, context: number): RowGrades {
  const length = ids.length - 1;
  const teaches = length > 0 && weights[length]! > 0;
  const lengths = teaches ? [Math.min(context, length)] : [];
  return { longest: length, truncated: length > context, teaches, endsTurn: true, lengths };
}
