// The data sheet of a version as Markdown: what is in it, where it comes from, what was removed and why. It states what
// was counted, and nothing else.
import { isSlice, type DatasetHub } from '../../base/records/datasetHub';
import type { DatasetContent, DatasetRecord } from '../../base/records/dataset';
import type { Id } from '../../base/records/named';
import type { Condition, RecipeStep, StepSettings, ValueRange } from '../../base/records/recipe';
import type { StepCounts, VersionMaking } from '../../base/records/version';
import type { ExportResult } from '../../base/wire/requests';
import { FIND_QUALITY, PLANTED_TEXTS } from '../../data/clean/personal/findQuality';
import { personalDataStep } from '../../data/clean/personalData';
import { markdownText } from '../../base/markdown';
import { getDataset } from '../../storage/datasets';
import type { AtelierDb } from '../../storage/db';
import { plainFileName } from './exportName';

/** @throws dataset-missing */
export async function dataSheetFile(db: AtelierDb, id: Id): Promise<ExportResult> {
  const dataset = await getDataset(db, id);
  const blob = new Blob([`# ${markdownText(dataset.name)}\n\n${dataSheet(dataset)}\n`], { type: 'text/markdown' });
  return { fileName: `${plainFileName(dataset.name)}-data-sheet.md`, bytes: blob.size, blob };
}

const CONTENTS: Record<DatasetContent, string> = {
  text: 'plain text',
  chat: 'conversations',
  preference: 'pairs of answers, of which one was preferred',
};

const count = (n: number, noun: string, nouns = `${noun}s`): string =>
  `${n.toLocaleString('en')} ${n === 1 ? noun : nouns}`;
const day = (at: number): string => new Date(at).toISOString().slice(0, 10);

/** All but its title, so that a model card can hold it too. */
export function dataSheet(dataset: DatasetRecord): string {
  const { version } = dataset;
  const made = version?.sheet.made ?? [];
  const looked = made.some(({ steps }) => steps.some(({ kind }) => kind === personalDataStep.kind));
  return [inside(dataset), ...made.flatMap(making), ...(looked ? [PERSONAL_NOTE] : [])].join('\n\n');
}

/** What a reader must know of a search for personal data: how much it finds, and what it does not look for. */
const PERSONAL_NOTE = [
  `Personal data was looked for by patterns, check digits and words beside them. Of ${PLANTED_TEXTS.toLocaleString('en')} planted texts it found:`,
  [
    '| Kind | Precision | Recall | F2 |',
    '|---|---|---|---|',
    ...Object.entries(FIND_QUALITY).map(
      ([kind, { precision, recall, f2 }]) => `| ${kind} | ${precision} | ${recall} | ${f2} |`,
    ),
  ].join('\n'),
  'Names that nobody listed, and data of kinds that are not in this table, are still there. Placeholders are pseudonyms: a row may still tell who it is about.',
].join('\n\n');

function inside({
  content = 'text',
  rows,
  characters,
  version,
  source,
  bytes,
  sha256,
  createdAt,
  files,
  hub,
  report,
}: DatasetRecord): string {
  const { aside } = report ?? {};
  const origin = version?.sheet.origin ?? { source, bytes, sha256, rows, importedAt: createdAt, files, hub, aside };
  const { held = 0, augmented = 0 } = version?.sheet.made.at(-1) ?? {};
  const columns = version?.sheet.columns ?? [];
  return [
    `- Rows: ${rows.toLocaleString('en')} (${CONTENTS[content]}), ${count(characters, 'character')}`,
    ...(held ? [`- Held out: ${count(held, 'row')}, marked in the column \`split\``] : []),
    ...(augmented
      ? [
          `- Made of other rows: ${count(augmented, 'row')}, marked in the column \`augmented\`; none of them is held out`,
        ]
      : []),
    ...(columns.length
      ? [
          `- Columns: ${columns.map(({ name, rows: having }) => `${markdownText(name)} (${count(having, 'row')})`).join(', ')}`,
        ]
      : []),
    `- From: ${markdownText(origin.source)}, ${count(origin.bytes, 'byte')}, ${count(origin.rows, 'row')}, imported ${day(origin.importedAt)}${isSlice(origin.hub) ? '' : `, SHA-256 ${origin.sha256}`}`,
    ...(origin.hub ? [hubLine(origin.hub)] : []),
    ...(origin.files?.map((file) => `  - ${markdownText(file.name)}, ${count(file.rows, 'row')}`) ?? []),
    ...(origin.aside
      ? [
          `- Set aside by the import, since it could not be read: ${count(origin.aside, 'row or file', 'rows or files')}`,
        ]
      : []),
    ...(version ? [`- SHA-256 of the rows as JSON lines: ${version.sha256}`] : []),
  ].join('\n');
}

/** The commit names the files for ever; a card without a licence is said, not passed over. */
const hubLine = ({ repo, config, split, revision, licence, first = 1, count: asked }: DatasetHub): string => {
  const rows =
    asked === undefined && first === 1 ? 'all rows' : `rows from ${first}${asked ? `, ${asked} at most` : ''}`;
  const said = licence === undefined ? 'its card names no licence' : `licence ${markdownText(licence)}`;
  return `- Data set: ${markdownText(repo)}, configuration ${markdownText(config)}, split ${markdownText(split)}, ${rows}, commit ${markdownText(revision)}, ${said}`;
};

function making({ number, madeAt, rowsBefore, rows, steps, brought, written }: VersionMaking): string[] {
  const title = `### Version ${number}, ${day(madeAt)}: ${rowsBefore.toLocaleString('en')} → ${count(rows, 'row')}`;
  const lines = steps.map((step, i) => `| ${i + 1} | ${nameOf(step)} | ${doneBy(step.did)} |`);
  if (brought) return [title, `- Mended and brought back: ${count(brought, 'row')} that the import had set aside`];
  if (written)
    return [title, `- Written in the studio: ${count(written, 'row')} of conversations, feedback or judgements`];
  return [title, ['| | Step | What it did |', '|---|---|---|', ...lines].join('\n')];
}

const nameOf = ({ kind, settings, filter }: RecipeStep): string => {
  const only = filter?.length ? `; only ${filter.map(conditionText).join(' and ')}` : '';
  const set = settingsText(settings);
  return `${kind}${set === '' ? '' : ` (${set})`}${markdownText(only)}`;
};

/** A list is named by its length: words and edits of a person may be what must not be told. */
const settingsText = (settings: StepSettings): string =>
  markdownText(
    Object.entries(settings)
      .map(
        ([name, value]) =>
          `${name} ${typeof value === 'object' ? count(value.length, 'entry', 'entries') : String(value)}`,
      )
      .join(', '),
  );

/** What was looked for may be a name: it is not told. */
function conditionText({ column, range, ranges, values }: Condition): string {
  if (range) return `${column} ${range[0]}–${range[1]}`;
  if (ranges) return rangesText(column, ranges, values?.length ?? 0);
  return values ? `${column} is one of ${count(values.length, 'value')}` : `${column} contains a given text`;
}

/** Rows that were picked one by one are told by their number alone. */
function rangesText(column: string, ranges: readonly ValueRange[], values: number): string {
  if (column === 'row')
    return count(
      ranges.reduce((sum, [least, most]) => sum + most - least + 1, 0),
      'given row',
    );
  const said = ranges.map(([least, most]) => (least === most ? `${least}` : `${least}–${most}`));
  return `${column} ${[...said, ...(values ? [`one of ${count(values, 'value')}`] : [])].join(' or ')}`;
}

function doneBy({ left, changed, moved, added, missing, found = {}, reasons }: StepCounts): string {
  const done = [
    ...(left ? [`left out ${count(left, 'row')}`] : []),
    ...(changed ? [`changed ${count(changed, 'row')}`] : []),
    ...(moved ? [`moved ${count(moved, 'row')} to the other side`] : []),
    ...(added ? [`added ${count(added, 'row')}`] : []),
    ...(missing ? [`${count(missing, 'row')} no longer there`] : []),
  ];
  const why = Object.entries({ ...reasons, ...found }).map(([code, n]) => `${code} ${n.toLocaleString('en')}`);
  return `${done.join(', ') || 'nothing'}${why.length ? `: ${why.join(', ')}` : ''}`;
}
