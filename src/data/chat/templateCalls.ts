/** What a template can call: macros, `caller`, recursive loops, `dict`, `namespace` — and how arguments reach names. */
import type { Arguments } from './pythonText';
import type { Value } from './pythonValues';
import {
  callable,
  dictKey,
  dictionary,
  entriesOf,
  isDictionary,
  membersOf,
  MISSING,
  pairOf,
  tuple,
} from './pythonValues';
import type { Node } from './templateNodes';

export type Run = (args: Arguments) => Value;

/** How a value is called; the library's own functions take their arguments otherwise. */
const RUNS = new WeakMap<object, Run>();

export const runOf = (value: Value): Run | undefined => RUNS.get(value);

export function calledBy<T extends Value>(value: T, run: Run): T {
  RUNS.set(value, run);
  return value;
}

export const callableBy = (run: Run): Value =>
  calledBy(
    callable((positional) => run({ positional, named: new Map() })),
    run,
  );

/** `dict(a=1)`, `dict([('a', 1)])` */
export const makeDictionary: Run = ({ positional: [source], named }) => {
  const entries = !source
    ? []
    : isDictionary(source)
      ? entriesOf(source)
      : membersOf(source).map((pair): [string | number, Value] => {
          const [key, value] = pairOf(pair);
          return [dictKey(key), value];
        });
  return dictionary(new Map<string | number, Value>([...entries, ...named]));
};

/** Names in a macro's body that mean what its parameters left over. */
const LEFT_OVER = ['varargs', 'kwargs', 'caller'];

/** Those of `varargs`, `kwargs` and `caller` that stand in a tree; a macro takes more arguments only where they do. */
export function leftOver(tree: unknown): Set<string> {
  const found = new Set<string>();
  const look = (part: unknown): void => {
    if (part instanceof Map || Array.isArray(part)) for (const member of part as Iterable<unknown>) look(member);
    else if (typeof part === 'object' && part !== null) {
      const node = part as Node;
      if (node.type === 'Identifier' && LEFT_OVER.includes(String(node.value))) found.add(String(node.value));
      Object.values(part).forEach(look);
    }
  };
  look(tree);
  return found;
}

/**
 * Gives each parameter its argument; those without one get their default where `byDefault` finds one.
 * @throws TypeError for arguments that nothing takes, as in Python
 */
export function bindParameters(
  parameters: Node[],
  { positional, named }: Arguments,
  takes: Set<string>,
  set: (name: string, value: Value) => void,
  byDefault: (node: Node) => Value,
): void {
  const rest = new Map(named);
  const names = parameters.map(({ type, key, value }) => String(type === 'Identifier' ? value : key!.value));
  if (positional.length > names.length && !takes.has('varargs')) throw new TypeError('the macro takes fewer values');
  for (const [i, name] of names.entries()) {
    const argument = positional[i] ?? rest.get(name);
    if (!positional[i]) rest.delete(name);
    const { type, value } = parameters[i]!;
    set(name, argument ?? (type === 'Identifier' ? MISSING : byDefault(value as Node)));
  }
  if (takes.has('caller') && !names.includes('caller')) set('caller', rest.get('caller') ?? MISSING);
  if (takes.has('caller')) rest.delete('caller');
  if (rest.size && !takes.has('kwargs')) throw new TypeError(`the macro takes no ${[...rest.keys()].join(', ')}`);
  if (takes.has('kwargs')) set('kwargs', dictionary(rest));
  if (takes.has('varargs')) set('varargs', tuple(positional.slice(names.length)));
}
