/** Reads texts with their labels for a classifier: each row as tokens, and the number of its label behind them. */
import type { Classes } from '../../base/modelShape';
import { AtelierError } from '../../base/errors/errors';
import type { PrepareRequest } from '../../base/wire/requests';
import { ClassCollector, labelNumber, labelsOfRow } from '../../data/labels/rowLabels';
import { classifiedText } from '../../data/chat/conversationText';
import { classTokens } from '../../data/tokens/classTokens';
import type { Tokenizer } from '../../data/tokens/tokenizer';
import { allStoredRows, getDataset } from '../../storage/datasets';
import type { AtelierDb } from '../../storage/db';
import { openCheckpoint } from '../../storage/checkpoints';
import { readRows } from './readRows';

/** A text with its labels, none where they are undefined, as one row: JSON text of the labels, a NUL, the text. */
const labelledRow = (text: string, names: readonly string[] | undefined): string =>
  `${JSON.stringify(names ?? null)}\0${text}`;

/** The text and the labels of such a row; of any other text the text alone. */
export function labelledText(row: string): { text: string; names?: readonly string[] } {
  const at = row.indexOf('\0'); // a NUL in a label stands as an escape before it
  const head = row.slice(0, Math.max(0, at));
  if (head === 'null') return { text: row.slice(at + 1) };
  const names = head.startsWith('[') ? namesIn(head) : undefined;
  return names ? { text: row.slice(at + 1), names } : { text: row };
}

function namesIn(json: string): string[] | undefined {
  try {
    return JSON.parse(json) as string[];
  } catch {
    return undefined;
  }
}

/** @throws dataset-not-labelled, classes-*, class-unknown, dataset-missing, dataset-damaged */
export async function classReader(db: AtelierDb, request: PrepareRequest, tokenizer: Tokenizer) {
  const { datasetIds, weightsId } = request;
  const classes = await classesOf(db, datasetIds, weightsId);
  return {
    classes,
    rows: () =>
      readRows(db, request, (kept, content, facts) =>
        labelledRow(classifiedText(kept, content), labelsOfRow(facts)?.names),
      ),
    key: (row: string) => labelledText(row).text,
    stratum: (row: string) => labelledText(row).names?.[0] ?? '',
    encode: (row: string) => {
      const { text, names } = labelledText(row);
      const tokens = classTokens(text, tokenizer);
      const ids = Uint32Array.from([...tokens, names ? labelNumber(classes, names) : 0]);
      const weights = new Float32Array(ids.length);
      if (names && tokens.length > 0) weights[tokens.length] = 1;
      return [{ ids, weights }];
    },
    paired: false,
    bytes: (row: string) => new TextEncoder().encode(labelledText(row).text).length,
  };
}

/** The classes of all rows, in one pass over their labels; of a classifier that is trained further its own. */
async function classesOf(
  db: AtelierDb,
  datasetIds: PrepareRequest['datasetIds'],
  weightsId: PrepareRequest['weightsId'],
): Promise<Classes> {
  const collector = new ClassCollector();
  let first = '';
  for (const id of datasetIds) {
    const { name, content = 'text', classNames } = await getDataset(db, id);
    first ||= name;
    if (classNames) collector.declare(classNames);
    if (content === 'preference') throw new AtelierError('dataset-not-labelled', { name });
    for await (const { facts } of allStoredRows(db, id)) collector.see(labelsOfRow(facts));
  }
  return collector.classes(first, weightsId === undefined ? undefined : await knownClasses(db, weightsId));
}

async function knownClasses(db: AtelierDb, weightsId: string): Promise<Classes | undefined> {
  const model = await db.get('models', weightsId);
  return (model ?? (await openCheckpoint(db, weightsId)).manifest).model.classes;
}
