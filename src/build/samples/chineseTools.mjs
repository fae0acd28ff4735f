/** 小茶馆里要用工具才能回答的问题：模型先调用，再读结果作答。 The questions of englishTools.mjs, in Chinese. */
import { calledWith, PRICE, SEATS, talkWith } from './toolTalk.mjs';

const DISHES = ['绿茶', '花茶', '热牛奶', '苹果糕', '红豆糕', '面条', '包子', '米粥'];
const PLACES = ['窗边', '花园里', '火炉旁', '老钟下面', '门口'];
/** 不用工具的问答。 @type {readonly [string, string][]} */
const TALK = [
  ['谢谢。', '不客气。'],
  ['您真好。', '您太客气了。'],
  ['您是谁？', '我是茶馆的店主。'],
  ['您能做什么？', '您问的，我都可以查。'],
  ['早上好。', '早上好，欢迎光临。'],
  ['晚上好。', '晚上好，欢迎光临。'],
  ['再见。', '再见，欢迎再来。'],
];

/** @typedef {import('../starter/random.mjs').Random} Random */

/** @param {Random} r */
function price(r) {
  const dish = r.pick(DISHES);
  const yuan = r.between(2, 20);
  const asked = r.pick([`${dish}多少钱？`, `请问${dish}怎么卖？`, `${dish}的价钱是多少？`]);
  return talkWith(PRICE, [asked, calledWith(PRICE, dish), `${yuan}`, `一份${yuan}元。`]);
}

/** @param {Random} r */
function seats(r) {
  const place = r.pick(PLACES);
  const free = r.between(2, 20);
  const asked = r.pick([`${place}有空位吗？`, `我们可以坐${place}吗？`, `${place}还有多少座位？`]);
  return talkWith(SEATS, [asked, calledWith(SEATS, place), `${free}`, `还有${free}个空位。`]);
}

/** Each of them beside one tool alone. @param {Random} r */
function smallTalk(r) {
  const i = r.below(TALK.length);
  return talkWith(i % 2 ? SEATS : PRICE, r.pick(TALK.slice(i, i + 1)));
}

/** 一段对话和可以调用的工具。 @param {Random} r */
export const chineseToolTalk = (r) => r.pick([price, price, price, seats, seats, seats, smallTalk])(r);
