// From which probability on a classifier's class counts, as a person chose it: stored with the run or the model.
import { AtelierError } from '../base/errors/errors';
import type { Id } from '../base/records/named';
import { fitThresholds, type Thresholds } from '../base/wire/classes';
import type { AtelierDb } from './db';
import { write } from './write';

/**
 * @param id of a run or a stored model
 * @throws run-missing where neither is there, or it has other classes
 */
export async function keepThresholds(db: AtelierDb, id: Id, thresholds: Thresholds): Promise<void> {
  await write(db, ['runs', 'models'], async (tx) => {
    const [runs, models] = [tx.objectStore('runs'), tx.objectStore('models')];
    const [run, model] = [await runs.get(id), await models.get(id)];
    const { classes } = (run ?? model)?.model ?? {};
    if (!classes || !fitThresholds(classes, thresholds)) throw new AtelierError('run-missing');
    if (run) await runs.put({ ...run, thresholds: [...thresholds] });
    else if (model) await models.put({ ...model, thresholds: [...thresholds] });
  });
}
