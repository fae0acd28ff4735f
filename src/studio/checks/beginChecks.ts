// Begins an answering of a regression set. Answers are the likeliest tokens, so what the same weights wrote to the same
// check before is taken over.
import { AtelierError } from '../../base/errors/errors';
import type { CheckedModel, CheckRun, CheckSetRecord } from '../../base/records/checks';
import type { BlindAnswer } from '../../base/records/judging';
import type { Id } from '../../base/records/named';
import { faultOf } from '../../data/expectations/expectation';
import { addCheckRun, checkRunsOf, getCheckSet, keepCheckSet } from '../../storage/checks';
import type { AtelierDb } from '../../storage/db';

/** @throws check-expectation where one cannot be judged; those of storage */
export async function storeCheckSet(db: AtelierDb, set: CheckSetRecord): Promise<void> {
  for (const { name, expects } of set.checks)
    for (const expectation of expects)
      if (faultOf(expectation)) throw new AtelierError('check-expectation', { name, type: expectation.type });
  await keepCheckSet(db, set);
}

/**
 * The number of the answering; `again` asks also what was answered before.
 * @param models The last is checked; a base beside it comes first
 * @throws check-set-missing, check-set-empty, those of storage
 */
export async function beginChecks(db: AtelierDb, setId: Id, models: CheckedModel[], again = false): Promise<number> {
  const [set, runs] = await Promise.all([getCheckSet(db, setId), checkRunsOf(db, setId)]);
  if (!set.checks.length) throw new AtelierError('check-set-empty');
  const { maxTokens } = set;
  const known = again ? [] : runs.filter((run) => run.maxTokens === maxTokens).reverse();
  const answers = set.checks.map(({ id }) => ({
    checkId: id,
    by: models.map((model) => answerBefore(known, id, model)),
  }));
  return addCheckRun(db, { setId, at: Date.now(), maxTokens, models, answers });
}

function answerBefore(runs: readonly CheckRun[], id: Id, { weightsId, bare }: CheckedModel): BlindAnswer | null {
  for (const { models, answers } of runs) {
    const at = models.findIndex((model) => model.weightsId === weightsId && model.bare === bare);
    const answer = at < 0 ? undefined : answers.find(({ checkId }) => checkId === id)?.by[at];
    if (answer && !answer.error) return answer;
  }
  return null;
}
