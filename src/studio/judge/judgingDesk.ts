// The desk of a blind comparison: the pair that is asked now, the decision on it, and the way back.
import type { Judgement, JudgingRecord } from '../../base/records/judging';
import type { Id } from '../../base/records/named';
import type { BlindDecision, BlindPair, JudgingView } from '../../base/wire/judging';
import type { AtelierDb } from '../../storage/db';
import { addJudgements, dropJudgement, getJudging, judgementsOf } from '../../storage/judgings';
import { blindPairs } from './blindPairs';
import { judgingReport } from './judgingReport';

/** Of whoever judges in this browser. */
const OWN = '';

/** @throws judging-missing */
export async function judgingView(db: AtelierDb, id: Id): Promise<JudgingView> {
  const [judging, judgements] = await Promise.all([getJudging(db, id), judgementsOf(db, id)]);
  const own = judgements.filter(({ judge }) => judge === OWN);
  const done = new Set(own.map(placeOf));
  const pairs = blindPairs(judging);
  const toWrite = pairs.flatMap((one) => missingIn(judging, one))[0];
  const askable = pairs.filter((pair) => canBeAsked(judging, pair));
  const at = askable.findIndex((pair) => !done.has(placeOf(pair)) && isWritten(judging, pair));
  const pair = askable[at];
  const answers = judging.answers.flat();
  return {
    judging,
    ...(pair && judging.endedAt === undefined && { pair: shownPair(judging, pair, at) }),
    judged: askable.filter((one) => done.has(placeOf(one))).length,
    total: askable.length,
    ...(toWrite && { toWrite }),
    written: answers.filter((answer) => answer !== null).length,
    answers: answers.length,
    canUndo: own.length > 0 && judging.endedAt === undefined,
    report: judgingReport(judging, judgements),
  };
}

const placeOf = ({ prompt, left, right }: BlindPair): string =>
  `${prompt} ${Math.min(left, right)} ${Math.max(left, right)}`;

const answersTo = ({ answers }: JudgingRecord, { prompt, left, right }: BlindPair) => {
  const row = answers[prompt] ?? [];
  return [row[left] ?? undefined, row[right] ?? undefined] as const;
};

/** Nothing is asked where an answer failed, and where both are the same: that is a tie. */
function canBeAsked(judging: JudgingRecord, pair: BlindPair): boolean {
  const [left, right] = answersTo(judging, pair);
  if (left?.error || right?.error) return false;
  return !left || !right || left.text.trim() !== right.text.trim();
}

const missingIn = ({ answers }: JudgingRecord, { prompt, left, right }: BlindPair) =>
  [left, right].flatMap((candidate) => (answers[prompt]?.[candidate] ? [] : [{ prompt, candidate }]));

const isWritten = (judging: JudgingRecord, pair: BlindPair): boolean =>
  answersTo(judging, pair).every((answer) => answer !== undefined);

function shownPair(judging: JudgingRecord, pair: BlindPair, at: number): NonNullable<JudgingView['pair']> {
  const [left, right] = answersTo(judging, pair);
  return { ...pair, asked: judging.prompts[pair.prompt]!, leftAnswer: left!, rightAnswer: right!, number: at + 1 };
}

/** @throws judging-missing, those of storage */
export async function judgeBlind(db: AtelierDb, id: Id, decision: BlindDecision): Promise<JudgingView> {
  await addJudgements(db, id, [{ ...decision, judgingId: id, at: Date.now(), judge: OWN }]);
  return judgingView(db, id);
}

/** Takes the last judgement of this browser's person back, which brings its pair back. */
export async function undoBlind(db: AtelierDb, id: Id): Promise<JudgingView> {
  const last = (await judgementsOf(db, id)).findLast(({ judge }: Judgement) => judge === OWN);
  if (last) await dropJudgement(db, last);
  return judgingView(db, id);
}
