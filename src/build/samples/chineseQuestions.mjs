/** 关于动物、日子和颜色的中文问答，每个回答都是一句真话。 Questions in Chinese, each with a true answer. */

/** 名称，住处，食物，本领，几条腿。 Name, home, food, what it can do, the number of its legs. */
const ANIMALS = /** @type {const} */ ([
  ['猫', '家里', '鱼和肉', '爬树', '四'],
  ['狗', '家里', '肉和骨头', '看家', '四'],
  ['牛', '农场里', '青草', '拉车', '四'],
  ['马', '农场里', '青草', '跑得很快', '四'],
  ['羊', '农场里', '青草', '爬山坡', '四'],
  ['鸡', '农场里', '种子和虫子', '下蛋', '两'],
  ['鸭子', '池塘边', '水草和虫子', '游泳', '两'],
  ['青蛙', '池塘里', '飞虫', '跳得很远', '四'],
  ['熊', '森林里', '鱼和果子', '睡一个冬天', '四'],
  ['狐狸', '森林里', '老鼠和果子', '跑得很快', '四'],
  ['猫头鹰', '森林里', '老鼠', '在夜里看东西', '两'],
  ['鹿', '森林里', '青草和树叶', '跳得很远', '四'],
  ['狮子', '草原上', '肉', '大声吼叫', '四'],
]);
const DAYS = ['一', '二', '三', '四', '五', '六', '日'];
/** @type {readonly [string, string][]} */
const COLOURS = [
  ['天空', '蓝色'],
  ['草地', '绿色'],
  ['雪', '白色'],
  ['柠檬', '黄色'],
  ['草莓', '红色'],
  ['胡萝卜', '橙色'],
  ['牛奶', '白色'],
];

/** @param {string} asked @param {string} answer */
const pair = (asked, answer) => `问：${asked}\n答：${answer}`;

/** 所有问答，按顺序。 Every pair that the grammar has, in its order. */
function everyPair() {
  const pairs = ANIMALS.flatMap(([name, home, food, can, legs]) => [
    pair(`${name}住在哪里？`, `${name}住在${home}。`),
    pair(`在哪里能找到${name}？`, `在${home}能找到${name}。`),
    pair(`${name}吃什么？`, `${name}吃${food}。`),
    pair(`${name}喜欢吃什么？`, `${name}喜欢吃${food}。`),
    pair(`${name}会做什么？`, `${name}会${can}。`),
    pair(`${name}会${can}吗？`, `是的，${name}会${can}。`),
    pair(`${name}有几条腿？`, `${name}有${legs}条腿。`),
    pair(`${name}有${legs}条腿吗？`, `是的，${name}有${legs}条腿。`),
    pair(`${name}住在${home}吗？`, `是的，${name}住在${home}。`),
    pair(`${name}吃${food}吗？`, `是的，${name}吃${food}。`),
    pair(`请告诉我${name}住在哪里。`, `${name}住在${home}。`),
    pair(`请告诉我${name}吃什么。`, `${name}吃${food}。`),
  ]);
  const calendar = DAYS.flatMap((day, i) => {
    const next = DAYS[(i + 1) % 7];
    return [
      pair(`星期${day}的后一天是星期几？`, `星期${day}的后一天是星期${next}。`),
      pair(`星期${next}的前一天是星期几？`, `星期${next}的前一天是星期${day}。`),
      pair(`今天是星期${day}，明天星期几？`, `明天是星期${next}。`),
      pair(`今天是星期${next}，昨天星期几？`, `昨天是星期${day}。`),
    ];
  });
  const colours = COLOURS.flatMap(([thing, colour]) => [
    pair(`${thing}是什么颜色？`, `${thing}是${colour}的。`),
    pair(`${thing}是${colour}的吗？`, `是的，${thing}是${colour}的。`),
    pair(`请告诉我${thing}的颜色。`, `${thing}是${colour}的。`),
  ]);
  return [...pairs, ...calendar, ...colours];
}

const PAIRS = everyPair();

/** 三个问题和回答。 Three questions with their answers. @param {import('../starter/random.mjs').Random} r */
export const chineseQuestions = (r) => r.three(PAIRS).join('\n');
