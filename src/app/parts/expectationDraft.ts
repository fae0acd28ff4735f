// An expectation as it is typed: lists one to a line, bounds as numbers. It stores nothing.
import { DEFAULT_THRESHOLDS, takesList, type Expectation, type ExpectationType } from '../../base/records/checks';

export interface ExpectationDraft {
  type: ExpectationType;
  not: boolean;
  /** Of one that names several texts: one to a line. */
  text: string;
  threshold: number;
}

export const draftOf = ({ type, not, value, values, threshold }: Expectation): ExpectationDraft => ({
  ...{ type, not: not === true, text: takesList(type) ? (values ?? []).join('\n') : value },
  threshold: threshold ?? DEFAULT_THRESHOLDS[type] ?? 0,
});

export function expectationOf({ type, not, text, threshold }: ExpectationDraft): Expectation {
  const values = text.split('\n').filter((line) => line !== '');
  const standard = DEFAULT_THRESHOLDS[type];
  return {
    ...{ type, value: takesList(type) ? '' : text },
    ...(not && { not: true as const }),
    ...(takesList(type) && { values }),
    ...(standard !== undefined && threshold !== standard && { threshold }),
  };
}
