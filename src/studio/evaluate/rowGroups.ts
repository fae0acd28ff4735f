// Which rows of an evaluation belong together and are drawn together: they nearly repeat each other, ask the same, were
// made of one row, or say that they are of one document or conversation. Else an interval counts one text twice.
import { augmentedGroup } from '../../base/records/augmented';
import type { RowFacts } from '../../base/records/recipe';
import { Similarity } from '../../data/clean/near/similarity';
import { UnionFind } from '../../data/clean/near/unionFind';

/** From so much of their text on, rows count as one. */
const SIMILAR = 0.8;

/** Columns by which files say what a row is a part of. */
const WHOLES = ['conversation', 'conversation_id', 'document', 'document_id', 'doc_id', 'thread', 'thread_id', 'group'];

export interface GroupedRow {
  /** All that is written in it. */
  text: string;
  /** What is asked; absent of a text. */
  question?: string;
  facts: RowFacts;
}

/**
 * The number of each row's group.
 * @throws cancelled
 */
export async function rowGroups(rows: readonly GroupedRow[], signal?: AbortSignal): Promise<number[]> {
  const sets = new UnionFind(rows.length);
  const similarity = new Similarity();
  const first = new Map<string, number>();
  rows.forEach(({ text, question, facts }, row) => {
    similarity.add(text);
    for (const key of keysOfRow(question, facts)) {
      const other = first.get(key);
      if (other === undefined) first.set(key, row);
      else sets.join(other, row);
    }
  });
  for (const [leader, ...others] of (await similarity.find(signal)).groups(SIMILAR))
    for (const row of others) sets.join(leader!, row);
  return rows.map((_, row) => sets.root(row));
}

function keysOfRow(question: string | undefined, facts: RowFacts): string[] {
  const made = augmentedGroup(facts);
  const wholes = WHOLES.flatMap((name) =>
    facts[name] === undefined || facts[name] === '' ? [] : [`${name} ${facts[name]}`],
  );
  return [
    ...(question === undefined ? [] : [`asks ${question.toLowerCase().replace(/\s+/g, ' ').trim()}`]),
    ...(made === undefined ? [] : [`made ${made}`]),
    ...wholes,
  ];
}
