// The rows of new tokens beside a base: what they begin with, and the base without the rows that they replace.
import { tokenRowsName, tokenSpecs, type LoraShape, type NewTokens } from '../../base/lora';
import type { ModelShape } from '../../base/modelShape';
import type { ReadParameterRows, TensorData } from '../../base/numbers/tensorData';
import type { OpenWeights } from './weights';

/** Numbers of a matrix that are in memory at a time. */
const PART = 2 ** 20;

/**
 * The rows with which new tokens begin: the mean of the rows of the tokens before them, as transformers resizes an
 * embedding (`mean_resizing`). A row of zeros or of chance would be likelier than most tokens in some places, and what
 * the base writes would change before anything is learned; the mean is about as likely as a token is in the mean
 * (https://nlp.stanford.edu/~johnhew/vocab-expansion.html). Spare rows of a base begin so too: nobody trained them.
 */
export async function initialTokenRows(
  { read }: Pick<OpenWeights, 'read'>,
  model: ModelShape,
  tokens: NewTokens,
): Promise<TensorData[]> {
  const made: TensorData[] = [];
  for (const { name, shape } of tokenSpecs(model, { tokens })) {
    const matrix = name.slice(0, -tokenRowsName('').length);
    const mean = await meanRow(read, matrix, tokens.first, shape[1]!);
    const values = new Float32Array(tokens.count * mean.length);
    for (let row = 0; row < tokens.count; row++) values.set(mean, row * mean.length);
    made.push({ name, dtype: 'F32', shape, bytes: new Uint8Array(values.buffer) });
  }
  return made;
}

/** In f64, row after row: the same bits on every machine. */
async function meanRow(read: ReadParameterRows, matrix: string, rows: number, columns: number): Promise<Float32Array> {
  const sum = new Float64Array(columns);
  const each = Math.max(1, Math.floor(PART / columns));
  for (let row = 0; row < rows; row += each) {
    const values = await read(matrix, row, Math.min(each, rows - row));
    for (let i = 0; i < values.length; i++) sum[i % columns]! += values[i]!;
  }
  return Float32Array.from(sum, (value) => value / rows);
}

/** The base with zeros where rows of new tokens stand over it: `PartedMatrix` says why. */
export const withoutRows =
  (read: ReadParameterRows, { first, count }: NonNullable<LoraShape['tokens']>): ReadParameterRows =>
  async (parameter, row, rows) => {
    const values = await read(parameter, row, rows);
    if (parameter !== 'embedding' && parameter !== 'head') return values;
    const width = values.length / rows;
    const [from, to] = [Math.max(row, first), Math.min(row + rows, first + count)];
    if (from < to) values.fill(0, (from - row) * width, (to - row) * width);
    return values;
  };
