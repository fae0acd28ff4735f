// The step that gives every character its one Unicode spelling; NFKC also folds wide, small and joined forms.
import { rewriting } from './rowText';
import type { CleanStep } from './step';

export const unicodeStep: CleanStep<{ form: string }> = {
  kind: 'unicode',
  defaults: { form: 'NFC' },
  reasons: ['unicode'],
  choices: { form: ['NFC', 'NFKC'] },
  start: ({ form }) => rewriting('unicode', (text) => text.normalize(form)),
};
