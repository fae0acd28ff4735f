// A blind comparison with its judgements as a file, so that several people judge the same answers: saved, opened where
// it is not, and merged where it is.
import * as v from 'valibot';
import { AtelierError } from '../../base/errors/errors';
import type { Judgement, JudgingRecord } from '../../base/records/judging';
import type { Id } from '../../base/records/named';
import type { JudgingImport } from '../../base/wire/judging';
import type { ExportResult } from '../../base/wire/requests';
import type { AtelierDb } from '../../storage/db';
import { addJudgements, changeJudging, getJudging, judgementsOf, keepJudging } from '../../storage/judgings';

/** Such a file is text that a few people read: a larger one is something else. */
const MOST_BYTES = 64 * 1024 * 1024;
const MOST_PLACES = 100_000;

const place = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(MOST_PLACES));
const text = v.string();
const Answer = v.nullable(v.looseObject({ text, tokens: v.number() }));
const File = v.object({
  format: v.literal('atelier-judging'),
  version: v.literal(1),
  judging: v.looseObject({
    ...{ id: text, name: text, createdAt: v.number(), seed: v.number() },
    candidates: v.pipe(
      v.array(v.looseObject({ from: v.looseObject({ name: text }), weightsId: text })),
      v.minLength(2),
    ),
    prompts: v.array(
      v.looseObject({ asked: v.array(v.looseObject({ role: text, content: text })), beginning: v.optional(text) }),
    ),
    sampling: v.looseObject({ seed: v.number() }),
    answers: v.array(v.array(Answer)),
  }),
  judgements: v.array(
    v.object({
      ...{ judge: text, at: v.number(), prompt: place, left: place, right: place },
      choice: v.picklist(['left', 'right', 'both', 'neither', 'skip']),
    }),
  ),
});

/** @param judge who judged in this browser @throws judging-missing */
export async function judgingFile(db: AtelierDb, id: Id, judge: string): Promise<ExportResult> {
  const judging = await getJudging(db, id);
  const judgements = (await judgementsOf(db, id)).map(({ judgingId: _id, n: _n, ...rest }) => ({
    ...rest,
    judge: rest.judge === '' ? judge : rest.judge,
  }));
  const { endedAt: _ended, ...open } = judging; // who opens it has not seen who is who
  const file = { format: 'atelier-judging', version: 1, judging: open, judgements };
  const blob = new Blob([JSON.stringify(file)], { type: 'application/json' });
  const named = `${judging.name}-${judge}`.replace(/[^\p{L}\p{N}._-]+/gu, '-');
  return { fileName: `${named}.json`, bytes: blob.size, blob };
}

/**
 * @throws judging-file where it is none, judging-differs where its prompts or answers are not those of the one that is
 *   here, those of storage
 */
export async function openJudgingFile(db: AtelierDb, file: Blob, name: string): Promise<JudgingImport> {
  const { judging, judgements } = await readFile(file, name);
  const stored = await db.get('judgings', judging.id);
  const isHere = stored !== undefined && stored.deletedAt === undefined;
  if (isHere) await filledIn(db, stored, judging, name);
  else await keepJudging(db, { ...judging, updatedAt: Date.now() });
  const known = new Set((await judgementsOf(db, judging.id)).map(keyOf));
  const added = judgements
    .filter((judgement) => !known.has(keyOf(judgement)))
    .map((judgement) => ({ ...judgement, judgingId: judging.id }));
  if (added.length) await addJudgements(db, judging.id, added);
  return { id: judging.id, isNew: !isHere, added: added.length };
}

/** One's own judgements come back under one's name: the moment tells that they are the same. */
const keyOf = ({ at, prompt, left, right }: Pick<Judgement, 'at' | 'prompt' | 'left' | 'right'>): string =>
  `${at} ${prompt} ${left} ${right}`;

type FileParts = { judging: JudgingRecord; judgements: Omit<Judgement, 'n' | 'judgingId'>[] };

async function readFile(file: Blob, name: string): Promise<FileParts> {
  const refuse = (): never => {
    throw new AtelierError('judging-file', { file: name });
  };
  if (file.size > MOST_BYTES) return refuse();
  const read = v.safeParse(v.pipe(v.string(), v.parseJson(), File), await file.text());
  if (!read.success) return refuse();
  const { judging, judgements } = read.output;
  const { candidates, prompts, answers } = judging;
  const isWhole = answers.length === prompts.length && answers.every(({ length }) => length === candidates.length);
  const isInside = judgements.every(
    ({ prompt, left, right }) =>
      prompt < prompts.length && left < candidates.length && right < candidates.length && left !== right,
  );
  if (!isWhole || !isInside) return refuse();
  const record: unknown = judging;
  return { judging: record as JudgingRecord, judgements };
}

/** Answers that only the file has are taken; those that both have must be the same, or it is another comparison. */
async function filledIn(db: AtelierDb, stored: JudgingRecord, brought: JudgingRecord, file: string): Promise<void> {
  const asked = ({ prompts, candidates }: JudgingRecord): string =>
    JSON.stringify([prompts.map((one) => [one.asked, one.beginning]), candidates.length]);
  const isOther = stored.answers.some((row, i) =>
    row.some((answer, j) => {
      const other = brought.answers[i]?.[j];
      return answer && other && answer.text !== other.text;
    }),
  );
  if (isOther || asked(stored) !== asked(brought)) throw new AtelierError('judging-differs', { file });
  await changeJudging(db, stored.id, (judging) => ({
    ...judging,
    answers: judging.answers.map((row, i) => row.map((answer, j) => answer ?? brought.answers[i]?.[j] ?? null)),
  }));
}
