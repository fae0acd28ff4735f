/** Sums as lines, as words and as small problems; every result is computed, never typed. */
import { chineseNumber, englishNumber } from './numbers.mjs';

/** @typedef {import('./random.mjs').Random} Random */

/** Two numbers, a sign and the result; no negative results, divisions come out even. @param {Random} r */
function sum(r) {
  const kind = r.pick(['+', '+', '−', '−', '×', '÷']);
  if (kind === '+') {
    const [a, b] = [r.between(0, 99), r.between(0, 99)];
    return { a, b, sign: '+', result: a + b };
  }
  if (kind === '−') {
    const b = r.between(0, 60);
    const result = r.between(0, 60);
    return { a: b + result, b, sign: '-', result };
  }
  const [x, y] = [r.between(1, 12), r.between(1, 12)];
  return kind === '×' ? { a: x, b: y, sign: '×', result: x * y } : { a: x * y, b: y, sign: '÷', result: x };
}

/** @param {Random} r */
const lines = (r) =>
  Array.from({ length: r.between(4, 7) }, () => {
    const { a, b, sign, result } = sum(r);
    return `${a} ${sign} ${b} = ${result}`;
  }).join('\n');

const SAID = { '+': 'plus', '-': 'minus', '×': 'times', '÷': 'divided by' };
const ZH_SAID = { '+': '加', '-': '减', '×': '乘', '÷': '除以' };

/** Small enough to be said in words. @param {Random} r */
function smallSum(r) {
  for (;;) {
    const s = sum(r);
    if (s.a < 100 && s.b < 100 && s.result < 100) return s;
  }
}

/** @param {Random} r */
function englishQuestions(r) {
  return Array.from({ length: r.between(2, 4) }, () => {
    const { a, b, sign, result } = smallSum(r);
    const said = SAID[/** @type {keyof typeof SAID} */ (sign)];
    return `Question: What is ${englishNumber(a)} ${said} ${englishNumber(b)}?\nAnswer: ${a} ${sign} ${b} = ${result}, so it is ${englishNumber(result)}.`;
  }).join('\n');
}

/** @param {Random} r */
function chineseQuestions(r) {
  return Array.from({ length: r.between(2, 4) }, () => {
    const { a, b, sign, result } = smallSum(r);
    const said = ZH_SAID[/** @type {keyof typeof ZH_SAID} */ (sign)];
    return `问：${chineseNumber(a)}${said}${chineseNumber(b)}等于多少？\n答：${a} ${sign} ${b} = ${result}，所以等于${chineseNumber(result)}。`;
  }).join('\n');
}

/** @type {readonly [string, string][]} */
const NAMES = [
  ['Mia', 'she'],
  ['Tom', 'he'],
  ['Lily', 'she'],
  ['Omar', 'he'],
  ['Anna', 'she'],
  ['Ben', 'he'],
];
const THINGS = ['apples', 'marbles', 'stamps', 'shells', 'books', 'stickers', 'cookies', 'coins'];
/** @type {readonly [string, string][]} */
const ZH_NAMES = [
  ['小明', '他'],
  ['小红', '她'],
  ['安安', '她'],
  ['阿宝', '他'],
  ['乐乐', '他'],
];
/** @type {readonly [string, string][]} */
const ZH_THINGS = [
  ['个', '苹果'],
  ['颗', '弹珠'],
  ['张', '邮票'],
  ['个', '贝壳'],
  ['本', '书'],
  ['块', '饼干'],
  ['枚', '硬币'],
];

/** @param {Random} r */
function englishProblem(r) {
  const [[name, they], [friend]] = r.two(NAMES);
  const thing = r.pick(THINGS);
  const [a, b] = [r.between(12, 40), r.between(2, 30)];
  const c = r.between(2, Math.min(11, a + b - 2));
  const each = r.between(2, 12);
  const boxes = r.between(2, 9);
  return r.pick([
    `${name} has ${a} ${thing}. ${friend} gives ${name} ${b} more. Now ${they} has ${a} + ${b} = ${a + b} ${thing}. Then ${they} gives away ${c}. ${a + b} - ${c} = ${a + b - c}, so ${a + b - c} ${thing} are left.`,
    `There are ${boxes} boxes with ${each} ${thing} in each. How many ${thing} are there in all? ${boxes} × ${each} = ${boxes * each}. There are ${boxes * each} ${thing}.`,
    `${name} shares ${boxes * each} ${thing} among ${boxes} friends. Each friend gets ${boxes * each} ÷ ${boxes} = ${each} ${thing}.`,
  ]);
}

/** @param {Random} r */
function chineseProblem(r) {
  const [[name, they], [friend]] = r.two(ZH_NAMES);
  const [measure, thing] = r.pick(ZH_THINGS);
  const [a, b] = [r.between(12, 40), r.between(3, 30)];
  const c = r.between(3, Math.min(11, a + b - 3));
  const each = r.between(3, 12);
  const boxes = r.between(3, 9);
  return r.pick([
    `${name}有${a}${measure}${thing}，${friend}又给了${they}${b}${measure}。现在${they}有 ${a} + ${b} = ${a + b} ${measure}${thing}。后来${they}送出去${c}${measure}，${a + b} - ${c} = ${a + b - c}，还剩${a + b - c}${measure}。`,
    `有${boxes}个盒子，每个盒子里有${each}${measure}${thing}，一共有多少${measure}${thing}？${boxes} × ${each} = ${boxes * each}，一共有${boxes * each}${measure}${thing}。`,
    `${name}把${boxes * each}${measure}${thing}平均分给${boxes}个朋友，每人分到 ${boxes * each} ÷ ${boxes} = ${each} ${measure}${thing}。`,
  ]);
}

/** @param {Random} r */
export const arithmetic = (r) =>
  r.pick([lines, lines, englishQuestions, englishProblem, chineseQuestions, chineseProblem])(r);
