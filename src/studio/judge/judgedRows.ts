// Judgements as preference pairs: the answer that was preferred, and the other one.
import { answerMessage } from '../../base/answerMessage';
import { publishedMessage } from '../../base/conversation';
import type { Candidate, Judgement, JudgingRecord } from '../../base/records/judging';
import type { DatasetRecord } from '../../base/records/dataset';
import type { Id } from '../../base/records/named';
import type { RowTarget } from '../../base/wire/written';
import type { AtelierDb } from '../../storage/db';
import { getJudging, judgementsOf } from '../../storage/judgings';
import type { RecipeOptions } from '../data/datasetPasses';
import type { ImportOptions } from '../data/importData';
import { writtenDataset } from '../data/writtenRows';
import { sidelessChoice } from './judgingReport';

type JsonRow = Readonly<Record<string, unknown>>;

const nameOf = ({ from, bare }: Candidate): string =>
  [from.name, ...(from.step === undefined ? [] : [`step ${from.step}`]), ...(bare ? ['without the adapter'] : [])].join(
    ' · ',
  );

/** A row for each judge's last word on a pair, where it prefers one. */
export function judgedRows(judging: JudgingRecord, judgements: readonly Judgement[]): JsonRow[] {
  const last = new Map(
    judgements.map((one) => {
      const [first, second] = [Math.min(one.left, one.right), Math.max(one.left, one.right)];
      return [`${one.judge} ${one.prompt} ${first} ${second}`, one] as const;
    }),
  );
  return [...last.values()].flatMap((judgement): JsonRow[] => {
    const row = rowOf(judging, judgement);
    return row ? [row] : [];
  });
}

function rowOf(
  { candidates, prompts, answers, sampling, name }: JudgingRecord,
  judgement: Judgement,
): JsonRow | undefined {
  const choice = sidelessChoice(judgement);
  const { prompt, left, right, at, judge } = judgement;
  if (choice !== 'first' && choice !== 'second') return undefined;
  const [first, second] = [Math.min(left, right), Math.max(left, right)];
  const [better, worse] = choice === 'first' ? [first, second] : [second, first];
  const said = (candidate: number) =>
    publishedMessage(answerMessage(answers[prompt]?.[candidate]?.text ?? '', candidates[candidate]?.reading));
  const { asked, beginning, tools } = prompts[prompt]!;
  const messages = beginning === undefined ? asked : [{ role: 'user' as const, content: beginning }];
  return {
    prompt: messages.map(publishedMessage),
    chosen: [said(better)],
    rejected: [said(worse)],
    ...(tools && { tools }),
    ...{ origin: 'judgement', model: nameOf(candidates[better]!), rejected_model: nameOf(candidates[worse]!) },
    ...{ comparison: name, sampling: JSON.stringify(sampling), time: new Date(at).toISOString() },
    ...(judge && { judge }),
  };
}

/** @throws judging-missing, and what `writtenDataset` throws */
export async function judgedDataset(
  db: AtelierDb,
  id: Id,
  target: RowTarget,
  options: ImportOptions & RecipeOptions = {},
): Promise<DatasetRecord> {
  const rows = judgedRows(await getJudging(db, id), await judgementsOf(db, id));
  return writtenDataset(db, { source: 'judgements', content: 'preference', rows, target }, options);
}
