/** The tests of Jinja (`x is even`): https://jinja.palletsprojects.com/en/stable/templates/#builtin-tests */
import type { Arguments } from './pythonText';
import { isMarkup } from './pythonMarkup';
import type { Spend, Value } from './pythonValues';
import {
  isDictionary,
  isInteger,
  isList,
  isMissing,
  isNone,
  isText,
  isTrue,
  numberOf,
  order,
  same,
} from './pythonValues';
import { contains, remainder } from './templateOperators';

type Test = (value: Value, args: Arguments, spend: Spend) => boolean;

/** A test whose one argument is compared with. */
const against =
  (holds: (value: Value, other: Value, spend: Spend) => boolean): Test =>
  (value, { positional }, spend) => {
    if (positional.length !== 1) throw new TypeError('this test wants one value');
    return holds(value, positional[0]!, spend);
  };

const equal = against(same);
const unequal = against((value, other, spend) => !same(value, other, spend));
const above = against((value, other) => order(value, other) > 0);
const below = against((value, other) => order(value, other) < 0);
const atLeast = against((value, other) => order(value, other) >= 0);
const atMost = against((value, other) => order(value, other) <= 0);

/** Texts, numbers and the like are one thing where they are equal and of one kind; others where they are one object. */
function sameAs(value: Value, other: Value): boolean {
  if (isList(value) || isDictionary(value)) return value === other || value.value === other.value;
  return value.type === other.type && value.value === other.value;
}

const whole = (value: Value): number => {
  const number = numberOf(value);
  if (number === undefined) throw new TypeError(`${value.type} is no number`);
  return number;
};
const cased = (change: (text: string) => string, value: Value): boolean => {
  const held = value.toString();
  return isText(value) && held === change(held) && held.toLowerCase() !== held.toUpperCase();
};
const isTruth = (value: Value): boolean => value.type === 'BooleanValue';
const goesThrough = (value: Value): boolean =>
  isList(value) || isText(value) || isDictionary(value) || isMissing(value);

const TESTS: Record<string, Test> = {
  defined: (value) => !isMissing(value),
  undefined: (value) => isMissing(value),
  none: (value) => isNone(value),
  boolean: isTruth,
  true: (value) => isTruth(value) && isTrue(value),
  false: (value) => isTruth(value) && !isTrue(value),
  integer: (value) => isInteger(value),
  float: (value) => value.type === 'FloatValue',
  number: (value) => numberOf(value) !== undefined,
  string: (value) => isText(value),
  mapping: (value) => isDictionary(value),
  iterable: goesThrough,
  sequence: goesThrough,
  callable: (value) => value.type === 'FunctionValue',
  escaped: isMarkup,
  odd: (value) => remainder(whole(value), 2) === 1,
  even: (value) => remainder(whole(value), 2) === 0,
  divisibleby: against((value, by) => remainder(whole(value), whole(by)) === 0),
  lower: (value) => cased((text) => text.toLowerCase(), value),
  upper: (value) => cased((text) => text.toUpperCase(), value),
  sameas: against(sameAs),
  in: against(contains),
  eq: equal,
  equalto: equal,
  '==': equal,
  ne: unequal,
  '!=': unequal,
  gt: above,
  greaterthan: above,
  '>': above,
  lt: below,
  lessthan: below,
  '<': below,
  ge: atLeast,
  '>=': atLeast,
  le: atMost,
  '<=': atMost,
};

export function testNamed(name: string): Test {
  const test = Object.hasOwn(TESTS, name) ? TESTS[name] : undefined;
  if (!test) throw new TypeError(`no test is named ${name}`);
  return test;
}
