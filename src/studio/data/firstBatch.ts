/** The first windows of a run, token by token, for the page. */
import { sidesOf, type TokenBatch } from '../../base/batch';
import type { BatchToken, FirstBatch, FirstBatchRequest } from '../../base/wire/requests';
import type { Classes } from '../../base/modelShape';
import { labelsIn } from '../../data/labels/rowLabels';
import { goldfishMask } from '../../data/batches/goldfish';
import type { Tokenizer } from '../../data/tokens/tokenizer';
import type { AtelierDb } from '../../storage/db';
import { getPrepared } from '../../storage/prepared';
import { loadTokenizer } from '../models/tokenizers';
import { markParts } from './tokenParts';
import { isProtected, openTrainingData } from './trainingData';

/** Enough to see what is graded and how rows are packed. */
const WINDOWS = 4;

/**
 * The first windows of a run, token by token, as its first step reads them.
 * @throws those of `openTrainingData`, tokenizer-missing
 */
export async function firstBatch(db: AtelierDb, request: FirstBatchRequest): Promise<FirstBatch> {
  const prepared = await getPrepared(db, request.preparedId);
  const { goldfish } = request.settings;
  const whole = { ...request.settings, goldfish: 0 }; // so that what is left out can be shown
  const data = await openTrainingData(db, prepared, whole, request.mix);
  const tokenizer = await loadTokenizer(db, request.tokenizerId);
  const [batch] = data.windows.trainBatches(0);
  const marked = 'answers' in batch!;
  const sides = marked ? [batch.answers] : sidesOf(batch!);
  const windows = Math.min(WINDOWS / sides.length, sides[0]!.batch);
  const isMasked = isProtected(request.settings);
  const masks = sides.map((side) => (isMasked ? goldfishMask(side, goldfish) : undefined));
  const shown = Array.from({ length: windows }, (_, window) =>
    sides.map((side, i) => tokensOf(side, window, tokenizer, { classes: prepared.classes, mask: masks[i] })),
  );
  await markParts(db, prepared, { tokenizer, weightsId: request.weightsId }, shown.flat());
  const marks = marked && { marks: shown.map(([tokens]) => markOf(tokens!)) };
  return { windows: shown.flat(), paired: sides.length > 1, ...marks };
}

/** A bad answer weighs less than nothing. */
const markOf = (tokens: readonly BatchToken[]): 'good' | 'bad' =>
  tokens.some(({ graded }) => graded < 0) ? 'bad' : 'good';

interface Shown {
  classes: Classes | undefined;
  /** Targets that are left out of the loss. */
  mask: Uint8Array | undefined;
}

/**
 * The tokens of one window without its padding: those that are read, and behind each row the last that is only
 * predicted.
 */
function tokensOf(batch: TokenBatch, window: number, tokenizer: Tokenizer, { classes, mask }: Shown): BatchToken[] {
  const { length, inputs, targets, weights, starts } = batch;
  const first = window * length;
  const tokens: BatchToken[] = [];
  const weightOf = (at: number): number => (targets[first + at]! < 0 ? 0 : (weights?.[first + at] ?? 1));
  const startOf = (at: number): number => starts?.[first + at] ?? 0;
  const isLeft = (at: number): boolean => mask?.[first + at] === 1;
  const token = (id: number, graded: number, isLeftOut: boolean): BatchToken => ({
    ...tokenizer.show(id),
    special: tokenizer.isSpecial(id),
    graded: isLeftOut ? 0 : graded,
    row,
    ...(isLeftOut && { left: true as const }),
  });
  let row = -1;
  for (let at = 0; at < length && startOf(at) <= at; at++) {
    const begins = startOf(at) === at;
    if (begins) row++;
    if (classes) {
      const labels = weightOf(at) > 0 && { labels: labelsIn(classes, targets[first + at]!) };
      tokens.push({ ...token(inputs[first + at]!, weightOf(at), false), ...labels });
      continue;
    }
    tokens.push(token(inputs[first + at]!, begins ? 0 : weightOf(at - 1), !begins && isLeft(at - 1)));
    const ends = at + 1 === length || startOf(at + 1) !== startOf(at);
    if (ends && weightOf(at) !== 0) tokens.push(token(targets[first + at]!, weightOf(at), isLeft(at)));
  }
  return tokens;
}
