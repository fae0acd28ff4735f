// The kinds of settings: what a value may be, and where the form shows it. Words: src/app/words/{en,zh}/settings.json.
export type Group = 'model' | 'tuning' | 'length' | 'optimizer' | 'schedule' | 'watch' | 'keep' | 'data' | 'machine';
/** What a number counts. */
export type Unit = 'tokens' | 'windows' | 'microBatches' | 'steps' | 'batches' | 'checks' | 'minutes';

interface Base {
  group: Group;
  /** Shown in the Simple form; everything is in Advanced. */
  simple?: true;
}
/** A finite number in [min, max]. */
export interface NumberSetting extends Base {
  kind: 'number';
  default: number;
  min: number;
  max: number;
  integer?: true;
  unit?: Unit;
}
/** One of a few named values. */
export interface ChoiceSetting<C extends string = string> extends Base {
  kind: 'choice';
  default: C;
  choices: readonly C[];
}
export interface TextSetting extends Base {
  kind: 'text';
  default: string;
  /** In UTF-16 units, as `String.length` counts. */
  maxLength: number;
  /** It has several lines: so many are in view. */
  lines?: number;
}
export interface SwitchSetting extends Base {
  kind: 'switch';
  default: boolean;
}
export type Setting = NumberSetting | ChoiceSetting | TextSetting | SwitchSetting;

/** The type of the value that a setting holds. */
export type ValueOf<S> = S extends NumberSetting
  ? number
  : S extends SwitchSetting
    ? boolean
    : S extends ChoiceSetting<infer C>
      ? C
      : string;
export type Values<T> = { [K in keyof T]: ValueOf<T[K]> };

// They name the kind, so that `Values` knows the type of each value.
export const numberSetting = (s: Omit<NumberSetting, 'kind'>): NumberSetting => ({ kind: 'number', ...s });
export const choiceSetting = <const C extends readonly string[]>(
  s: Omit<ChoiceSetting<C[number]>, 'kind' | 'choices'> & { choices: C },
): ChoiceSetting<C[number]> => ({ kind: 'choice', ...s });
export const textSetting = (s: Omit<TextSetting, 'kind'>): TextSetting => ({ kind: 'text', ...s });
export const switchSetting = (s: Omit<SwitchSetting, 'kind'>): SwitchSetting => ({ kind: 'switch', ...s });
