/** What the buttons of a finding do: each kind of cure as a change of a setting or a choice of rows, with its words. */
import type { ModelShape } from '../../../../base/modelShape';
import type { TrainSettings } from '../../../../base/settings/trainSettings';
import type { RowPicks } from '../../../../base/records/prepared';
import type { CureKind, Finding, FindingCode } from '../../../../base/wire/findings';
import { contextFor } from '../../../../base/settings/contextFor';
import { m } from '../../../words/generated/messages.js';

type SettingChange = { [K in keyof TrainSettings]: { name: K; value: TrainSettings[K] } }[keyof TrainSettings];

export interface FindingCure {
  /** The setting that changes, or which choice of rows is made; `rows`: those that the finding names. */
  change: SettingChange | keyof RowPicks;
  /** The words of the button. */
  label: () => string;
  /** What is said once that is done. */
  done: () => string;
}

/** The steps of a recipe that cure a finding for good, in a version of the text; several with commas. */
export const CLEANED_BY: Partial<Record<FindingCode, string>> = {
  'rows-duplicate': 'duplicates',
  'rows-near-duplicate': 'near-duplicates',
  'personal-data': 'personal-data',
  'secrets-in-rows': 'secrets',
  'rows-in-both': 'split,leaks',
};

/** What a cure depends on besides its finding. */
export interface CureContext {
  settings: Pick<TrainSettings, 'contextLength' | 'rowPerAnswer' | 'method'>;
  model: Pick<ModelShape, 'contextLength'> | undefined;
  integer: (value: number) => string;
}

/** A context that holds the longest row, where the model has one and it is not the one at hand. */
function longerContext({ facts }: Finding, { settings, model }: CureContext): number | undefined {
  const length = model && contextFor(Number(facts['longest']), model.contextLength);
  return length !== undefined && length > settings.contextLength ? length : undefined;
}

/** By kind: the cure, or undefined where it would change nothing. */
const CURES: Record<CureKind, (finding: Finding, context: CureContext) => FindingCure | undefined> = {
  'longer-context': (finding, context) => {
    const value = longerContext(finding, context);
    if (value === undefined) return undefined;
    const length = context.integer(value);
    return {
      change: { name: 'contextLength', value },
      label: () => m.preflight_context({ length }),
      done: () => m.preflight_context_set({ length }),
    };
  },
  // Where no window can hold an answer, what people wrote can still be learned as text.
  'as-text': (finding, context) =>
    longerContext(finding, context) === undefined
      ? { change: { name: 'task', value: 'text' }, label: m.preflight_text, done: m.preflight_text_set }
      : undefined,
  'row-per-answer': (_, { settings }) =>
    settings.rowPerAnswer
      ? undefined
      : {
          change: { name: 'rowPerAnswer', value: true },
          label: m.preflight_answers,
          done: m.preflight_answers_set,
        },
  'thoughts-read': () => ({
    change: { name: 'thoughts', value: 'read' },
    label: m.preflight_thoughts_read,
    done: m.preflight_thoughts_read_set,
  }),
  'thoughts-drop': () => ({
    change: { name: 'thoughts', value: 'drop' },
    label: m.preflight_thoughts_drop,
    done: m.preflight_thoughts_drop_set,
  }),
  // KTO compares the model with its base, which only an adapter leaves unchanged.
  'as-thumbs': (_, { settings }) =>
    settings.method === 'lora'
      ? { change: { name: 'task', value: 'kto' }, label: m.preflight_thumbs, done: m.preflight_thumbs_set }
      : undefined,
  'leave-out-repeats': () => ({
    change: 'repeats',
    label: m.preflight_leave_repeats,
    done: m.preflight_repeats_left,
  }),
  'leave-out-near-repeats': ({ count }, { integer }) => ({
    change: 'near',
    label: () => m.preflight_leave_near({ count: integer(count) }),
    done: m.preflight_near_left,
  }),
  'move-to-training': ({ count }, { integer }) => ({
    change: 'leaks',
    label: () => m.preflight_move({ count: integer(count) }),
    done: () => m.preflight_leaks_moved({ count: integer(count) }),
  }),
  // Where not all of them are named, nobody knows what a click would leave.
  'leave-out-rows': ({ count, rows = [] }, { integer }) => {
    if (rows.length < count) return undefined;
    const [number, all] = [integer(rows[0] ?? 0), integer(count)];
    return {
      change: 'rows',
      label: () => (count === 1 ? m.preflight_leave_row({ number }) : m.preflight_leave_rows({ count: all })),
      done: () => m.preflight_rows_left({ count: all }),
    };
  },
};

/** The cures of a finding that can be carried out now. */
export const curesOf = (finding: Finding, context: CureContext): FindingCure[] =>
  (finding.cures ?? []).flatMap((kind) => CURES[kind](finding, context) ?? []);
