/** 小茶馆里的对话：客人问，店主用两句简短、友好的话回答。 Conversations in a small tea house in Chinese. */

/** 名称，一份的说法，价钱（元）。 @type {readonly [string, string, number][]} */
const GOODS = [
  ['绿茶', '一杯绿茶', 2],
  ['花茶', '一杯花茶', 3],
  ['热牛奶', '一杯热牛奶', 1],
  ['苹果糕', '一块苹果糕', 3],
  ['红豆糕', '一块红豆糕', 4],
  ['面条', '一碗面条', 5],
  ['包子', '一个包子', 1],
];
const NUMBERS = ['零', '一', '两', '三', '四', '五'];
const SEATS = ['窗边', '花园里', '火炉旁', '老钟下面'];
const HELLO = ['早上好', '晚上好', '您好'];
const THANKS = ['非常感谢。', '谢谢。', '您真好。'];
const WELCOME = '欢迎来到小茶馆。';

/** @typedef {import('../starter/random.mjs').Random} Random */

/** @param {number} n */
const yuan = (n) => `${NUMBERS[n]}元`;

/** @param {Random} r */
function order(r) {
  const [name, one, price] = r.pick(GOODS);
  const hello = r.pick(HELLO);
  return [
    `${hello}，${r.pick([`请问有${name}吗？`, `今天有${name}吗？`])}`,
    `${hello}，欢迎光临。有的，今天有${name}。`,
    `${one}多少钱？`,
    `${one}${yuan(price)}。您要来一份吗？`,
    `好的，给您${yuan(price)}。`,
    `谢谢您。这是您的${name}，请慢用。`,
  ];
}

/** @param {Random} r */
function seat(r) {
  const hello = r.pick(HELLO);
  const place = r.pick(SEATS);
  const [name] = r.pick(GOODS);
  return [
    `${hello}，${r.pick(['请问有空位吗？', '我们可以坐这里吗？', '还有座位吗？'])}`,
    `${hello}，欢迎光临。${place}有一张空桌子。`,
    `坐在${place}真好。今天什么好吃？`,
    `今天的${name}很好。您要来一份吗？`,
    r.pick(['好的，谢谢。', '好啊，来一份吧。']),
    `没问题。我马上把${name}端来。`,
  ];
}

/** @param {Random} r */
function missing(r) {
  const [[name], [other, one, price]] = r.two(GOODS);
  return [
    r.pick([`有${name}吗？`, `我想要${name}。`, `请给我来一份${name}。`]),
    `对不起，${name}卖完了。不过${other}很新鲜。`,
    `那我要${one}。`,
    `没问题。一共${yuan(price)}。`,
    `给您。${r.pick(THANKS)}`,
    `谢谢您。祝您愉快，欢迎再来。`,
  ];
}

/** @param {Random} r */
function leaving(r) {
  const [name] = r.pick(GOODS);
  return [
    `${name}${r.pick(['太好吃了', '真不错', '很好'])}。${r.pick(THANKS)}`,
    `您喜欢就好。我们的${name}每天早上现做。`,
    r.pick(['你们明天几点开门？', '明天开门吗？']),
    `明天${r.pick(['八', '九', '十'])}点开门。欢迎再来。`,
  ];
}

/** @param {Random} r */
function first(r) {
  const [[name], [other]] = r.two(GOODS);
  return [
    r.pick(['这是什么地方？', '我在哪里？', '您是谁？']),
    `${WELCOME}我是店主，水已经烧好了。`,
    r.pick(['你们有什么？', '这里有什么好吃的？']),
    `今天有${name}和${other}。您要来一份吗？`,
    `${r.pick(['我要', '来一份'])}${name}吧。`,
    `没问题。我马上把${name}端来。`,
  ];
}

/** 客人和店主轮流说话，客人先说。 Turns of guest and host, the guest first. @param {Random} r */
export const chineseTeaHouseTalk = (r) => r.pick([order, seat, missing, leaving, first])(r);
