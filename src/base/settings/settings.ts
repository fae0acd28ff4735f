import type { Words } from '../words';

export type Group = 'model' | 'tuning' | 'length' | 'optimizer' | 'schedule' | 'watch' | 'keep' | 'data' | 'machine';

interface Base {
  group: Group;
  /** Shown in the Simple form; everything is in Advanced. */
  simple?: true;
  label: Words;
  /** What it does, in a sentence. */
  help: Words;
  /** Why the default is what it is. */
  why: Words;
  /** The setting only matters under this condition on the others. */
  when?: (settings: Readonly<Record<string, unknown>>) => boolean;
}
export interface NumberSetting extends Base {
  kind: 'number';
  default: number;
  min: number;
  max: number;
  integer?: true;
  unit?: Words;
}
export interface ChoiceSetting<C extends string = string> extends Base {
  kind: 'choice';
  default: C;
  choices: Record<C, Words>;
}
export interface TextSetting extends Base {
  kind: 'text';
  default: string;
  maxLength: number;
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

export const numberSetting = (s: Omit<NumberSetting, 'kind'>): NumberSetting => ({ kind: 'number', ...s });
export const choiceSetting = <C extends string>(s: Omit<ChoiceSetting<C>, 'kind'>): ChoiceSetting<C> => ({
  kind: 'choice',
  ...s,
});
export const textSetting = (s: Omit<TextSetting, 'kind'>): TextSetting => ({ kind: 'text', ...s });
export const switchSetting = (s: Omit<SwitchSetting, 'kind'>): SwitchSetting => ({ kind: 'switch', ...s });
