// Which of a list of answers a model that writes gives to a text: the log-likelihood of each behind the prompt, as
// shares among them, so that nothing else can come out. By the probability of a whole answer, its end included, they
// are what a decoder draws that is held to the list; the mean over tokens does not count against long answers.
import type { Message } from '../../base/conversation';
import { AtelierError, throwIfCancelled } from '../../base/errors/errors';
import type { Classified, ClassifyRequest, LabelsAsked } from '../../base/wire/classes';
import { ROW_SLOT } from '../../base/wire/scoring';
import type { GradedRow } from '../../data/chat/gradedRow';
import type { Model } from '../../engine/models/model';
import { classify, softmax } from '../chat/classify';
import type { Speaker } from '../chat/loadedModels';
import type { InTurn } from '../occupancy';
import { rowTokens, type RowTokens } from './rowTokens';
import { scoredContext, WindowScorer } from './windowScorer';

interface Answering extends Pick<Speaker, 'tokenizer' | 'pretrained'> {
  model: Model;
  inTurn: InTurn;
}

/**
 * The probabilities of the classes of each text: of a classifier by its head, of a model that writes among the labels.
 * @throws model-writes where it writes and no labels are given, template-*, cancelled
 */
export async function textClasses(
  answering: Answering,
  { texts, asked }: Pick<ClassifyRequest, 'texts' | 'asked'>,
  signal?: AbortSignal,
): Promise<Classified[]> {
  const { model, inTurn } = answering;
  if (model.shape.classes) return classify(answering, texts, signal);
  if (!asked?.labels.length) throw new AtelierError('model-writes');
  const [scorer, found] = [new WindowScorer(model, inTurn), new Array<Classified>(texts.length)];
  const asking = { ...answering, asked, scorer, tokens: rowTokens(answering), signal };
  try {
    for (const [at, text] of texts.entries()) await askText(asking, text, (classified) => (found[at] = classified));
    await scorer.finish();
  } finally {
    await scorer.leave();
  }
  return found;
}

interface Asking extends Answering {
  asked: LabelsAsked;
  scorer: WindowScorer;
  tokens: RowTokens;
  signal: AbortSignal | undefined;
}

async function askText(
  { model, tokenizer, asked, scorer, tokens, signal }: Asking,
  text: string,
  take: (classified: Classified) => void,
): Promise<void> {
  throwIfCancelled(signal);
  const windows = asked.labels.map((label) =>
    fittedRow((part) => answerRow(tokens, questionOf(asked, part), label), text, scoredContext(model)),
  );
  const [all, ...kept] = [text, ...windows.map((window) => window.kept)].map((part) => tokenizer.encode(part).length);
  const cut = all! - Math.min(...kept);
  const nats = new LabelNats(windows.length, asked.measure === 'token', (probabilities) =>
    take({ probabilities, tokens: all!, ...(cut > 0 && { cut }) }),
  );
  for (const [label, { row }] of windows.entries()) await scorer.add(row, (loss) => nats.add(label, loss));
}

/** Hears how likely each of some answers is, and gives their shares once all are known. */
export class LabelNats {
  readonly #logs: number[];
  #left: number;

  /** @param perToken the mean over the tokens of an answer counts */
  constructor(
    count: number,
    private readonly perToken: boolean,
    private readonly take: (shares: number[]) => void,
  ) {
    this.#logs = new Array<number>(count).fill(0);
    this.#left = count;
  }

  add(answer: number, { nats, labels }: { nats: number; labels: number }): void {
    this.#logs[answer] = -nats / (this.perToken ? labels : 1);
    if (--this.#left === 0) this.take(softmax(this.#logs));
  }
}

/** A question as it is read before its answer: the turns of a talk, or a text. */
type Question = string | readonly Message[];

function questionOf({ prompt, system, conversational }: LabelsAsked, text: string): Question {
  const asked = prompt.replaceAll(ROW_SLOT, () => text);
  if (!conversational) return asked;
  return [...(system ? [{ role: 'system' as const, content: system }] : []), { role: 'user', content: asked }];
}

/** A question with one of its answers, which alone is graded. */
export const answerRow = (tokens: RowTokens, question: Question, said: string): GradedRow =>
  typeof question === 'string'
    ? tokens.continuation(...joined(question, said))
    : tokens.answer([...question, { role: 'assistant', content: said }]);

/** A blank belongs to the word behind it, as tokenizers join them; scripts without blanks have none. */
function joined(before: string, said: string): [text: string, continued: string] {
  const text = before.trimEnd();
  const blanks =
    before.slice(text.length) ||
    (/[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\u3000-\u303f\uff00-\uffef]$/u.test(text) ? '' : ' ');
  return [text, blanks + said];
}

/** A row, and how much of the text it holds. */
export interface FittedRow {
  row: GradedRow;
  kept: string;
}

/** With as much of the beginning of the text as leaves room for what stands behind it. */
export function fittedRow(after: (text: string) => GradedRow, text: string, context: number): FittedRow {
  let [kept, row] = [text, after(text)];
  while (row.ids.length - 1 > context && kept !== '') {
    const fits = Math.floor(0.95 * kept.length * (context / row.ids.length));
    kept = kept.slice(0, fits).replace(/[\ud800-\udbff]$/, '');
    row = after(kept);
  }
  return { row, kept };
}
