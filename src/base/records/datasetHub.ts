// Where a dataset came from on a hub; kept with it and with every version of it.
import type { HubOrigin } from './model';

/** What of a hub's data set was read. */
export interface DatasetHub extends HubOrigin {
  config: string;
  split: string;
  /** As its card names it; absent where nothing says. */
  licence?: string;
  /** The first row, from 1, and how many were asked for; absent: all. */
  first?: number;
  count?: number;
}

/** Some of the rows: of the files only a part may have been read, and the commit with the rows' numbers names them. */
export const isSlice = (hub: DatasetHub | undefined): boolean => hub?.first !== undefined || hub?.count !== undefined;
