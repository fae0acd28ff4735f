// What a model makes of a row that it may have memorised: behind half of it, behind its question alone, and behind what
// stands before each piece of personal data in it.
import { writtenText, type Message } from '../../../base/conversation';
import type { EvaluatedRow, Recalled, RecalledPersonal, RowFound } from '../../../base/records/evaluation';
import { LEAST_SCORE, PERSONAL_KINDS, type PersonalKind } from '../../../data/clean/personal/finder';
import { scanPersonal } from '../../../data/clean/personal/scan';
import { findSecrets } from '../../../data/clean/secret/findSecrets';
import { SECRET_KINDS, type SecretKind } from '../../../data/clean/secret/rules';
import { FEWEST_TOKENS, reproducedRuns } from '../../../data/metrics/memory/reproducedRuns';
import type { Tokenizer } from '../../../data/tokens/tokenizer';
import { greedyIds } from '../../chat/greedyIds';
import { chatPrompt, textPrompt, type Prompt } from '../../chat/prompts';
import { rowTokens, type PlacedRow, type RowTokens } from '../../score/rowTokens';
import type { Measuring } from '../measuring';
import { gradedOf, placedOf, plainPrompt } from '../writtenRow';

/** Tokens that are given at most, and that are wanted at most behind them. */
export const MOST_TOKENS = 50;
/** The first words of a text: what a person may begin it with. */
const FIRST_WORDS = 8;
/** Pieces of personal data of a row that are tried. */
const MOST_PERSONAL = 4;
/** Tokens beyond those of a piece: it may be cut otherwise where a model writes it. */
const SPARE_TOKENS = 4;

/** A piece of a row: the ids that are given, those that a reader is shown of them, and what follows. */
interface Piece {
  given: readonly number[];
  shown: readonly number[];
  wanted: readonly number[];
  ends?: ReadonlySet<number>;
}

/** @throws template-*, chat-too-long, cancelled, and what the device throws */
export async function recalled(measuring: Measuring, row: EvaluatedRow): Promise<RowFound> {
  const { tokenizer } = measuring.loaded;
  const tokens = rowTokens(measuring.loaded);
  const placed = placedOf(measuring, row, tokens);
  const own = ownTokens(placed, row, tokenizer);
  const beginning = await wentOn(measuring, halfOf(own));
  const asked = await wentOn(measuring, askedOf(measuring, row, tokens, own));
  const personal = await recalledPersonal(measuring, row, placed, tokens);
  return { part: 'memory', ...(beginning && { beginning }), ...(asked && { asked }), personal };
}

/** Tokens of a row: before what is its own, as a template and a system message, and its own. */
interface OwnTokens {
  before: readonly number[];
  own: readonly number[];
}

function ownTokens({ text, ids, starts }: PlacedRow, { asked }: EvaluatedRow, tokenizer: Tokenizer): OwnTokens {
  const first = typeof asked === 'string' ? undefined : asked.find(({ role }) => role !== 'system');
  const from = first ? Math.max(0, text.indexOf(writtenText(first))) : 0;
  const at = Math.max(
    1,
    starts.findIndex((start, i) => i > 0 && start >= from),
  );
  const all = Array.from(ids);
  return { before: all.slice(0, at), own: withoutEnd(all.slice(at), tokenizer) };
}

/** Without the tokens that end a turn or a text. */
function withoutEnd(ids: readonly number[], tokenizer: Tokenizer): readonly number[] {
  return ids.slice(0, ids.findLastIndex((id) => !tokenizer.isSpecial(id)) + 1);
}

/** Half of a row is given, 50 tokens at most, and as many are wanted. */
function halfOf({ before, own }: OwnTokens): Piece {
  const shown = own.slice(0, Math.min(MOST_TOKENS, own.length >> 1));
  return { given: [...before, ...shown], shown, wanted: own.slice(shown.length, shown.length + MOST_TOKENS) };
}

/** Of a conversation its question, as a person asks it; of a text its first words. */
function askedOf(measuring: Measuring, row: EvaluatedRow, tokens: RowTokens, { before, own }: OwnTokens): Piece {
  if (typeof row.asked === 'string') {
    const shown = own.slice(0, Math.min(FIRST_WORDS, own.length >> 2));
    const wanted = own.slice(shown.length, shown.length + MOST_TOKENS);
    return { given: shown.length ? [...before, ...shown] : [], shown, wanted };
  }
  const { tokenizer } = measuring.loaded;
  const { ids, ends } = promptOf(measuring, row.asked, row);
  const weighed = { ...row, asked: row.asked.map((message) => ({ ...message, weight: 0 })) };
  const graded = gradedOf(measuring, weighed, tokens);
  const answer = withoutEnd(
    Array.from(graded.ids).filter((_, i) => graded.weights[i]! > 0),
    tokenizer,
  );
  const shown = tokenizer.encode(writtenText(row.asked.at(-1) ?? { role: 'user', content: '' }));
  return { given: Array.from(ids), shown: Array.from(shown), wanted: answer.slice(0, MOST_TOKENS), ends };
}

function promptOf({ loaded, model }: Measuring, asked: readonly Message[], { tools }: EvaluatedRow): Prompt {
  const { tokenizer, pretrained, generator } = loaded;
  if (model.writing === 'plain') return textPrompt(plainPrompt(asked), tokenizer, pretrained);
  return chatPrompt(asked, tokenizer, pretrained, { capacity: generator.capacity, maxTokens: MOST_TOKENS }, tools);
}

/** As much of the end of what is given as the context has room for beside what is wanted. */
async function continued(
  { loaded: { generator }, inTurn, signal }: Measuring,
  { given, most, ends }: { given: readonly number[]; most: number; ends?: ReadonlySet<number> | undefined },
): Promise<number[]> {
  const tokens = Math.min(most, generator.capacity >> 1);
  const prompt = given.slice(-(generator.capacity - tokens));
  return greedyIds({ generator, inTurn }, { prompt, most: tokens, ...(ends && { ends }) }, signal);
}

/** Undefined of a piece that is too short to have a run of tokens. */
async function wentOn(measuring: Measuring, { given, shown, wanted, ends }: Piece): Promise<Recalled | undefined> {
  if (given.length === 0 || wanted.length < FEWEST_TOKENS) return undefined;
  const { tokenizer } = measuring.loaded;
  const said = await continued(measuring, { given, most: wanted.length, ends });
  const textOf = (ids: readonly number[]): string => tokenizer.decode(ids, { continues: true });
  return {
    ...{ asked: textOf(shown), wanted: textOf(wanted), said: textOf(said) },
    ...{ given: shown.length, tokens: wanted.length },
    whole: said.length === wanted.length && said.every((id, i) => id === wanted[i]),
    share: reproducedRuns(said, wanted)!,
  };
}

interface Spotted {
  kind: string;
  start: number;
  end: number;
}

const PERSONAL = new Set<PersonalKind>(PERSONAL_KINDS);
const SECRETS = new Set<SecretKind>(SECRET_KINDS);

/** Personal data and secrets of a text, each at its first place; not what stands at the very beginning. */
function spotted(text: string): Spotted[] {
  const secrets = findSecrets(text, SECRETS).map(({ start, end }) => ({ kind: 'secret', start, end }));
  const personal = scanPersonal(text, PERSONAL, LEAST_SCORE).filter(
    ({ start, end }) => !secrets.some((other) => other.start < end && start < other.end),
  );
  return [...secrets, ...personal]
    .filter(({ start, end }) => text.indexOf(text.slice(start, end)) === start)
    .sort((a, b) => a.start - b.start)
    .slice(0, MOST_PERSONAL);
}

async function recalledPersonal(
  measuring: Measuring,
  row: EvaluatedRow,
  { text, ids, starts, ends }: PlacedRow,
  tokens: RowTokens,
): Promise<RecalledPersonal[]> {
  const places = spotted(text);
  if (!places.length) return [];
  const { weights } = gradedOf(measuring, row, tokens);
  const found: RecalledPersonal[] = [];
  for (const { kind, start, end } of places) {
    const inside = Array.from(ids.keys()).filter((i) => starts[i]! < end && ends[i]! > start);
    const given = Array.from(ids.subarray(0, inside[0]));
    if (given.length === 0) continue;
    const said = await continued(measuring, { given, most: inside.length + SPARE_TOKENS });
    const value = text.slice(start, end);
    const out = measuring.loaded.tokenizer.decode(said, { continues: true }).includes(value);
    found.push({ kind, value, graded: inside.some((i) => (weights[i] ?? 0) > 0), out });
  }
  return found;
}
