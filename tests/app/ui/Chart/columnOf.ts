// A column of the chart made of these values.
import { Column } from '../../../../src/app/ui/Chart/column';

export function columnOf(values: Iterable<number>): Column {
  const column = new Column();
  for (const value of values) column.push(value);
  return column;
}
