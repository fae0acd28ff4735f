/** 很短的中文故事，只用两百来个词：一个愿望，一点麻烦，一位朋友，一个结尾。 Very short stories in Chinese. */

const HEROES = [
  { name: '皮皮', kind: '小老鼠' },
  { name: '花花', kind: '小猫' },
  { name: '豆豆', kind: '小狗' },
  { name: '朵朵', kind: '小兔子' },
  { name: '笨笨', kind: '小熊' },
  { name: '点点', kind: '小鸭子' },
  { name: '红红', kind: '小狐狸' },
];
const TRAITS = ['勇敢', '安静', '快乐', '聪明', '善良'];
const HOMES = ['红色的小房子里', '一棵大树下', '蓝色的大海边', '绿色的山坡上', '花园的尽头', '森林旁边'];
const TIMES = ['有一天', '一天早上', '一天晚上', '夏天的一天', '一个很冷的日子'];
const WISHES = [
  { want: '放风筝', trouble: ['一点儿风也没有', '线太短了'], end: '风筝在天上跳起了舞' },
  { want: '做一个蛋糕', trouble: ['家里没有牛奶', '炉子是冷的'], end: '屋子里都是蛋糕的香味' },
  { want: '造一只小船', trouble: ['家里没有木头', '雨下得太大了'], end: '小船在河上漂了起来' },
  { want: '找一颗星星', trouble: ['天空太黑了', '夜里太冷了'], end: '一颗亮亮的星星看着他们' },
  { want: '种一棵树', trouble: ['地太硬了', '一点儿水也没有'], end: '小树长出了绿色的叶子' },
  { want: '唱一首歌', trouble: ['忘了怎么唱', '小鸟太吵了'], end: '小鸟也跟着唱了起来' },
  { want: '画一张画', trouble: ['家里没有颜料', '光太暗了'], end: '画上有了很多颜色' },
];
const FRIENDS = ['猫头鹰爷爷', '一只小鸟', '一匹大马', '一只小山羊', '青蛙先生'];
const FEELINGS = ['很难过', '很累', '很生气', '不说话了'];
const HELPS = ['我们一起做吧', '我知道怎么办', '让我来帮你', '别难过'];
const LAST = ['从那天起，他们成了好朋友。', '这是最好的一天。', '后来，他们回家睡觉了。', '他们一路笑着回了家。'];

/** @param {import('../starter/random.mjs').Random} r */
export function shortChineseStory(r) {
  const { name, kind } = r.pick(HEROES);
  const { want, trouble, end } = r.pick(WISHES);
  const friend = r.pick(FRIENDS);
  const theFriend = friend.replace(/^一[只匹]/, '');
  const help = r.pick([
    `${friend}走了过来。“${r.pick(HELPS)}。”${theFriend}说。`,
    `这时，${name}遇到了${friend}。“${r.pick(HELPS)}。”${theFriend}说。`,
  ]);
  return [
    `从前有一只${r.pick(TRAITS)}的${kind}，名叫${name}，住在${r.pick(HOMES)}。`,
    `${r.pick(TIMES)}，${name}想${want}。`,
    `可是${r.pick(trouble)}，${name}${r.pick(FEELINGS)}。`,
    help,
    `${r.pick(['他们忙了一整天', '他们又试了一次', '他们互相帮忙'])}，${r.pick(['不久', '最后'])}${end}。`,
    r.pick([`${name}很高兴。`, `“谢谢你。”${name}说。`]) + r.pick(LAST),
  ].join('');
}
