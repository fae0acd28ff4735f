/** How a filter is called: its arguments by place or name, and what it may ask of the interpreter. No filter itself. */
import type { Arguments } from './pythonText';
import type { Spend, Value } from './pythonValues';
import { isTrue } from './pythonValues';

/** What a filter may ask of the interpreter. */
export interface Host {
  spend: Spend;
  filter: (name: string, value: Value, args: Arguments) => Value;
  test: (name: string, value: Value, args: Arguments) => boolean;
}
export type Filter = (value: Value, args: Arguments, host: Host) => Value;

/** An argument by its place or its name. */
export function argument({ positional, named }: Arguments, index: number, name: string): Value | undefined {
  return positional[index] ?? named.get(name);
}

export const flag = (args: Arguments, index: number, name: string): boolean => {
  const value = argument(args, index, name);
  return value !== undefined && isTrue(value);
};
