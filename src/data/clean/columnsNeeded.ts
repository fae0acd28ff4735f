// The columns beside the rows that a recipe cannot do without: those of its filters and of its steps.
import type { RecipeStep } from '../../base/records/recipe';
import { besideName } from './conditions';
import { stepOf } from './steps';

export function columnsNeeded(steps: readonly RecipeStep[]): string[] {
  const named = steps
    .filter(({ on }) => on)
    .flatMap(({ kind, settings, filter = [] }) => [
      ...(stepOf(kind)?.columns?.(settings) ?? []),
      ...filter.map(({ column }) => column),
    ]);
  return [...new Set(named.flatMap((column) => besideName(column) ?? []))];
}
