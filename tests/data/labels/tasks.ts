// Label tasks and decisions for tests: only what a test says differs from these.
import type { LabelAnswer, LabelDecision, LabelTask } from '../../../src/base/records/labels';

export const labelTask = (patch: Partial<LabelTask> = {}): LabelTask => ({
  ...{ id: 't', name: 'task', createdAt: 1, rootId: 'd', kind: 'classes', classes: ['calm', 'rough'] },
  ...{ guidelines: '', order: 'rows', seed: 1, repeatEvery: 0 },
  ...patch,
});

export const classAnswer = (...classes: string[]): LabelAnswer => ({ kind: 'classes', classes });

export const decisionOn = (
  rowId: number,
  answer: LabelAnswer = classAnswer('calm'),
  patch: Partial<LabelDecision> = {},
): LabelDecision => ({ rowId, answer, at: 1000 + rowId, ...patch });
