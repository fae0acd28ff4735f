// An evaluation as a file: JSON with the report and all rows, CSV with a line for each row, part and model, or tasks.
import { writtenText } from '../../base/conversation';
import type { RowFound } from '../../base/records/evaluation';
import type { Id } from '../../base/records/named';
import type { EvaluationFileKind } from '../../base/wire/evaluation';
import type { ExportResult } from '../../base/wire/requests';
import { writeCsv, type Cell } from '../../formats/history/csv';
import type { AtelierDb } from '../../storage/db';
import { plainFileName } from '../export/exportName';
import { evaluatedTable, type EvaluatedTable } from './evaluatedTable';
import { harnessFile } from './harnessFile';
import { evaluationReport } from './report';

/** @throws evaluation-missing, and those of `harnessFile` */
export async function evaluationFile(db: AtelierDb, id: Id, kind: EvaluationFileKind): Promise<Required<ExportResult>> {
  if (kind === 'harness') return harnessFile(db, id);
  const table = await evaluatedTable(db, id);
  const text = kind === 'csv' ? csvOf(table) : JSON.stringify({ ...(await evaluationReport(db, id)), table }, null, 1);
  const blob = new Blob([text], { type: kind === 'csv' ? 'text/csv' : 'application/json' });
  return { blob, bytes: blob.size, fileName: `${plainFileName(table.record.name)}.${kind}` };
}

const COLUMNS = [
  ...['row', 'set', 'group', 'model', 'step', 'writing', 'template', 'part', 'not_scored'],
  ...['nats', 'tokens', 'bytes', 'words', 'correct', 'answer', 'probabilities', 'chosen_nats', 'rejected_nats'],
  ...['asked', 'reference', 'labels'],
];

function csvOf({ record, rows, found }: EvaluatedTable): string {
  const lines = rows.flatMap((row, at) =>
    record.models.flatMap(({ name, bare, step, writing, template }, model) =>
      record.parts.flatMap((part): Cell[][] => {
        const one = found[model]![at]![part];
        const asked = typeof row.asked === 'string' ? row.asked : row.asked.map(writtenText).join('\n');
        const reference = row.answer?.map(writtenText).join('\n');
        const who = [at + 1, row.set, row.group, bare ? `${name} (base)` : name, step, writing, template, part];
        return one ? [[...who, ...cellsOf(one), asked, reference, row.labels?.join('|')]] : [];
      }),
    ),
  );
  return writeCsv(COLUMNS, lines);
}

function cellsOf(found: RowFound): Cell[] {
  const none = (count: number): undefined[] => new Array<undefined>(count).fill(undefined);
  if (found.part === 'failed') return [found.code, ...none(9)];
  if (found.part === 'language')
    return [undefined, found.nats, found.tokens, found.bytes, found.words, found.correct, ...none(4)];
  if (found.part === 'generation') return [...none(2), found.tokens, ...none(3), found.text, ...none(3)];
  if (found.part === 'classes') return [...none(7), found.probabilities.join(' '), ...none(2)];
  if (found.part === 'memory') return [...none(6), found.beginning?.said, ...none(3)];
  return [...none(8), found.chosen.nats, found.rejected.nats];
}
