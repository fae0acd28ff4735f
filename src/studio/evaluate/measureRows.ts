// What a loaded model makes of rows, in each part of an evaluation. A row that cannot be read or answered is told as
// that, and keeps no other row from its numbers.
import { DEFAULT_SAMPLING } from '../../base/chat';
import type { Message } from '../../base/conversation';
import { asAtelierError, throwIfCancelled } from '../../base/errors/errors';
import type { EvaluatedRow, EvaluationPart, RowFound, RowResult, TokenSums } from '../../base/records/evaluation';
import type { GradedRow } from '../../data/chat/gradedRow';
import { textCounts } from '../../data/metrics/language/nats';
import type { Tokenizer } from '../../data/tokens/tokenizer';
import type { WindowLoss } from '../../engine/training/evaluation';
import { classify } from '../chat/classify';
import { generate } from '../chat/generate';
import { chatPrompt, textPrompt } from '../chat/prompts';
import { recalled } from './memory/recalled';
import type { Measuring } from './measuring';
import { gradedOf, pairRows, plainPrompt } from './writtenRow';
import { rowTokens, type RowTokens } from '../score/rowTokens';
import { scoredContext, WindowScorer } from '../score/windowScorer';

/** A row and its place among the rows of the evaluation. */
export interface PlacedAsk {
  row: EvaluatedRow;
  at: number;
}

/** @throws cancelled, and what the device throws */
export const measureRows = (
  part: EvaluationPart,
  measuring: Measuring,
  rows: readonly PlacedAsk[],
): Promise<RowResult[]> => MEASURES[part](measuring, rows);

type Measure = (measuring: Measuring, rows: readonly PlacedAsk[]) => Promise<RowResult[]>;

const MEASURES: Readonly<Record<EvaluationPart, Measure>> = {
  language: (measuring, rows) =>
    scored(
      measuring,
      rows,
      (row, tokens) => [gradedOf(measuring, row, tokens)],
      ([sums]) => ({ part: 'language', ...sums! }),
    ),
  preference: (measuring, rows) =>
    scored(
      measuring,
      rows,
      (row, tokens) => pairRows(measuring, row, tokens),
      ([chosen, rejected]) => ({ part: 'preference', chosen: chosen!, rejected: rejected! }),
    ),
  classes: seenClasses,
  generation: oneByOne(answerTo),
  memory: oneByOne(recalled),
};

/** What a row says of itself is its fault; all else is the device's or the storage's. */
const OF_A_ROW = /^(template-|message-weight$|chat-too-long$|rows-ungraded$)/;

const failed = (code: string): RowFound => ({ part: 'failed', code });

/** @throws what is no fault of the row */
function faultOf(thrown: unknown): RowFound {
  const { code } = asAtelierError(thrown);
  if (!OF_A_ROW.test(code)) throw thrown;
  return failed(code);
}

/** Rows that become some windows each, and what their sums are. */
async function scored(
  { loaded, inTurn, signal }: Measuring,
  rows: readonly PlacedAsk[],
  windowsOf: (row: EvaluatedRow, tokens: RowTokens) => readonly GradedRow[],
  foundIn: (sums: readonly TokenSums[]) => RowFound,
): Promise<RowResult[]> {
  const tokens = rowTokens(loaded);
  const context = scoredContext(loaded.model);
  const scorer = new WindowScorer(loaded.model, inTurn);
  const results: RowResult[] = [];
  const score = async ({ row, at }: PlacedAsk): Promise<void> => {
    const windows = windowsOf(row, tokens);
    const sums: TokenSums[] = [];
    let left = windows.length;
    for (const [i, window] of windows.entries())
      await scorer.add(window, (loss) => {
        sums[i] = sumsOf(window, loss, context, loaded.tokenizer);
        if (--left > 0) return;
        const graded = sums.every(({ tokens: count }) => count > 0);
        results.push({ row: at, found: graded ? foundIn(sums) : failed('rows-ungraded') });
      });
  };
  try {
    for (const asked of rows) {
      throwIfCancelled(signal);
      await score(asked).catch((thrown: unknown) => results.push({ row: asked.at, found: faultOf(thrown) }));
    }
    await scorer.finish();
  } finally {
    await scorer.leave();
  }
  return results;
}

function sumsOf({ ids, weights }: GradedRow, loss: WindowLoss, context: number, tokenizer: Tokenizer): TokenSums {
  const within = ids.subarray(0, context + 1);
  const graded = [...within].filter((_, i) => i > 0 && weights[i] !== 0);
  const textOf = (tokens: readonly number[]): string => tokenizer.decode(tokens, { continues: true });
  const said = textOf(graded.filter((id) => !tokenizer.isSpecial(id)));
  const written = textOf(graded);
  return {
    ...{ nats: loss.nats, tokens: loss.labels, correct: loss.correct, ...textCounts(said) },
    written: { characters: Array.from(written).length, bytes: textCounts(written).bytes },
  };
}

async function seenClasses({ loaded, inTurn, signal }: Measuring, rows: readonly PlacedAsk[]): Promise<RowResult[]> {
  const texts = rows.map(({ row }) => row.asked as string);
  const found = await classify({ ...loaded, inTurn }, texts, signal);
  return rows.map(({ at }, i) => ({ row: at, found: { part: 'classes', probabilities: found[i]!.probabilities } }));
}

/** Rows one by one. */
function oneByOne(found: (measuring: Measuring, row: EvaluatedRow) => Promise<RowFound>): Measure {
  return async (measuring, rows) => {
    const results: RowResult[] = [];
    for (const { row, at } of rows) {
      throwIfCancelled(measuring.signal);
      results.push({ row: at, found: await found(measuring, row).catch(faultOf) });
      throwIfCancelled(measuring.signal);
    }
    return results;
  };
}

/** The likeliest answer, token by token. */
async function answerTo(
  { loaded: { generator, tokenizer, pretrained }, inTurn, record, model, signal }: Measuring,
  { asked, tools }: EvaluatedRow,
): Promise<RowFound> {
  const sampling = { ...DEFAULT_SAMPLING, temperature: 0, seed: record.seed, maxTokens: record.longestAnswer };
  const messages = asked as Message[];
  const prompt =
    model.writing === 'plain'
      ? textPrompt(plainPrompt(messages), tokenizer, pretrained)
      : chatPrompt(
          messages,
          tokenizer,
          pretrained,
          { capacity: generator.capacity, maxTokens: sampling.maxTokens },
          tools,
        );
  const stop = model.writing === 'plain' ? ['\nuser:'] : [];
  const said = await generate({ generator, tokenizer, inTurn }, prompt, stop, sampling, () => undefined, signal);
  const { text, tokens, stoppedBy, promptMilliseconds, milliseconds } = said;
  return { part: 'generation', text, tokens, seconds: (promptMilliseconds + milliseconds) / 1000, stoppedBy };
}
