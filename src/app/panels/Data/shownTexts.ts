// Which texts of a long list are shown: the newest ones, or those that a filter finds. It holds no state.
import type { DatasetRecord } from '../../../base/records/dataset';

/** A list of so many needs no folding. */
export const FEW_TEXTS = 5;

interface Asked {
  /** Letters of a name or a kind. */
  query: string;
  /** Unfolded by hand. */
  all: boolean;
  /** Whose rows are shown: never folded away. */
  openId: string | undefined;
  kindOf: (dataset: DatasetRecord) => string;
}

const folded = (text: string): string => text.normalize('NFKC').toLowerCase();

/** @param list Newest first */
export function shownTexts(
  list: readonly DatasetRecord[],
  { query, all, openId, kindOf }: Asked,
): readonly DatasetRecord[] {
  const wanted = folded(query.trim());
  if (wanted !== '') return list.filter((d) => folded(`${d.name} ${kindOf(d)}`).includes(wanted));
  if (all) return list;
  return list.filter((dataset, i) => i < FEW_TEXTS || dataset.id === openId);
}
