/** Short talks, one line for each speaker: at a shop, about the way, about a plan, about what someone is doing. */
import { chineseNumber, englishNumber } from './numbers.mjs';

const NAMES = ['Mia', 'Tom', 'Lily', 'Omar', 'Anna', 'Ben', 'Rosa', 'Hugo'];
/** One, many, and the price of one. @type {readonly [string, string, number][]} */
const GOODS = [
  ['apple', 'apples', 2],
  ['pear', 'pears', 3],
  ['lemon', 'lemons', 1],
  ['bread roll', 'bread rolls', 2],
  ['notebook', 'notebooks', 4],
  ['pencil', 'pencils', 1],
  ['cup of tea', 'cups of tea', 3],
  ['postcard', 'postcards', 2],
];
const PLACES = [
  'the station',
  'the library',
  'the museum',
  'the market',
  'the post office',
  'the school',
  'the harbour',
];
const TURNS = ['left', 'right'];
const MARKS = ['the bridge', 'the fountain', 'the old church', 'the traffic light', 'the bakery', 'the big tree'];
const PLANS = [
  'go swimming',
  'visit the museum',
  'ride our bikes',
  'cook soup',
  'play chess',
  'read by the window',
  'fly a kite',
  'pick berries',
];
const WEATHER = ['sunny', 'rainy', 'windy', 'cloudy', 'snowy'];
const GOOD_FOR = {
  sunny: ['go swimming', 'ride our bikes', 'pick berries'],
  rainy: ['visit the museum', 'play chess', 'cook soup'],
  windy: ['fly a kite'],
  cloudy: ['ride our bikes', 'visit the museum', 'fly a kite'],
  snowy: ['read by the window', 'cook soup', 'play chess'],
};
const DAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];

/** @typedef {import('./random.mjs').Random} Random */

/** @param {Random} r */
function shop(r) {
  const [one, many, price] = r.pick(GOODS);
  const n = r.between(2, 12);
  const total = n * price;
  const paid = Math.ceil((total + 1) / 10) * 10;
  const euros = (/** @type {number} */ k) => (k === 1 ? '1 coin' : `${k} coins`);
  return [
    `Seller: ${r.pick(['Good morning!', 'Hello!', 'Welcome!'])} What would you like?`,
    `Buyer: ${r.pick([`How much is one ${one}?`, `What does one ${one} cost?`])}`,
    `Seller: One ${one} costs ${euros(price)}.`,
    `Buyer: Then I would like ${englishNumber(n)} ${many}, please.`,
    `Seller: That makes ${n} times ${price}, so ${euros(total)}.`,
    `Buyer: Here are ${euros(paid)}.`,
    `Seller: Thank you. Here ${paid - total === 1 ? 'is' : 'are'} ${euros(paid - total)} back. ${r.pick(['Goodbye!', 'Have a nice day!', 'See you soon!'])}`,
  ];
}

/** @param {Random} r */
function way(r) {
  const [first, second] = r.two(MARKS);
  const place = r.pick(PLACES);
  const turn = r.pick(TURNS);
  const minutes = r.between(3, 20);
  return [
    `Visitor: Excuse me, how do I get to ${place}?`,
    `Guide: Go straight on to ${first} and turn ${turn}. After ${second} you will see it.`,
    `Visitor: So I turn ${turn} at ${first}?`,
    `Guide: ${r.pick(['Yes, exactly.', 'That’s right.', 'Yes.'])} It takes about ${englishNumber(minutes)} minutes on foot.`,
    `Visitor: ${r.pick(['Thank you very much!', 'Thanks for your help!', 'That is kind of you.'])}`,
  ];
}

/** @param {Random} r */
function plan(r) {
  const [a, b] = r.two(NAMES);
  const day = r.below(7);
  const weather = /** @type {keyof typeof GOOD_FOR} */ (r.pick(WEATHER));
  const good = r.pick(GOOD_FOR[weather]);
  const other = r.pick(PLANS.filter((p) => !GOOD_FOR[weather].includes(p)));
  return [
    `${a}: Today is ${DAYS[day]}. Shall we ${other} tomorrow?`,
    `${b}: Tomorrow is ${DAYS[(day + 1) % 7]}, and they say it will be ${weather}.`,
    `${a}: ${r.pick(['Oh.', 'I see.', 'Hm.'])} Then let’s ${good} instead.`,
    `${b}: ${r.pick(['Good idea!', 'I’d like that.', 'Yes, let’s do that.'])} ${r.pick(['I’ll bring something to eat.', 'See you at ten.', 'I’ll ask my sister too.', 'I can hardly wait.'])}`,
  ];
}

const ZH_NAMES = ['小明', '小红', '安安', '阿宝', '小雨', '乐乐'];
/** Name, measure word, price. @type {readonly [string, string, number][]} */
const ZH_GOODS = [
  ['苹果', '个', 2],
  ['梨', '个', 3],
  ['包子', '个', 2],
  ['本子', '本', 4],
  ['铅笔', '支', 1],
  ['明信片', '张', 2],
  ['鸡蛋', '个', 1],
  ['西瓜', '个', 8],
];
const ZH_PLACES = ['火车站', '图书馆', '博物馆', '菜市场', '邮局', '学校', '码头'];
const ZH_MARKS = ['桥头', '喷泉', '红绿灯', '面包店', '大榕树', '钟楼'];
const ZH_GOOD_FOR = {
  晴天: ['去游泳', '去骑车', '去爬山'],
  雨天: ['去看展览', '下棋', '在家煮汤'],
  刮风: ['放风筝'],
  阴天: ['去骑车', '去看展览'],
  下雪: ['在窗边看书', '在家煮汤', '下棋'],
};
const ZH_DAYS = ['一', '二', '三', '四', '五', '六', '日'];

/** 两 stands before a measure word where a bare number would be 二. @param {number} n */
const count = (n) => (n === 2 ? '两' : chineseNumber(n));

/** @param {Random} r */
function zhShop(r) {
  const [name, measure, price] = r.pick(ZH_GOODS);
  const n = r.between(2, 12);
  const total = n * price;
  const paid = Math.ceil((total + 1) / 10) * 10;
  return [
    `店主：${r.pick(['您好！', '早上好！', '欢迎光临！'])}您要买什么？`,
    `顾客：请问${name}多少钱一${measure}？`,
    `店主：${count(price)}元一${measure}。`,
    `顾客：我要${count(n)}${measure}。`,
    `店主：${n}乘${price}等于${total}，一共${total}元。`,
    `顾客：给您${paid}元。`,
    `店主：找您${paid - total}元。${r.pick(['慢走！', '欢迎再来！', '谢谢您！'])}`,
  ];
}

/** @param {Random} r */
function zhWay(r) {
  const [first, second] = r.two(ZH_MARKS);
  const turn = r.pick(['左', '右']);
  return [
    `游客：请问去${r.pick(ZH_PLACES)}怎么走？`,
    `路人：一直往前走，到了${first}向${turn}拐，过了${second}就能看见。`,
    `游客：是在${first}向${turn}拐吗？`,
    `路人：${r.pick(['对。', '是的。', '没错。'])}走路大约${count(r.between(3, 20))}分钟。`,
    `游客：${r.pick(['谢谢您！', '太感谢了！', '多谢！'])}`,
  ];
}

/** @param {Random} r */
function zhPlan(r) {
  const [a, b] = r.two(ZH_NAMES);
  const day = r.below(7);
  const weather = /** @type {keyof typeof ZH_GOOD_FOR} */ (r.pick(Object.keys(ZH_GOOD_FOR)));
  const good = r.pick(ZH_GOOD_FOR[weather]);
  const other = r.pick(
    Object.values(ZH_GOOD_FOR)
      .flat()
      .filter((p) => !ZH_GOOD_FOR[weather].includes(p)),
  );
  const will = weather === '刮风' || weather === '下雪' ? `会${weather}` : `是${weather}`;
  return [
    `${a}：今天是星期${ZH_DAYS[day]}，明天我们${other}，好吗？`,
    `${b}：明天是星期${ZH_DAYS[(day + 1) % 7]}，天气预报说${will}。`,
    `${a}：${r.pick(['这样啊，', '原来如此，', '哦，'])}那我们${good}吧。`,
    `${b}：${r.pick(['好主意！', '好啊！', '就这么办。'])}${r.pick(['我带点儿吃的。', '明天十点见。', '我也叫上妹妹。', '我都等不及了。'])}`,
  ];
}

/** @param {Random} r */
export const englishDialogue = (r) => r.pick([shop, way, plan])(r).join('\n');
/** @param {Random} r */
export const chineseDialogue = (r) => r.pick([zhShop, zhWay, zhPlan])(r).join('\n');
