/** 中文小故事与短文：与英文故事同样的骨架，用自然的中文写成。 Small stories and short texts in Chinese. */

const HEROES = [
  { name: '小明', kind: '男孩', they: '他' },
  { name: '小红', kind: '女孩', they: '她' },
  { name: '安安', kind: '女孩', they: '她' },
  { name: '阿宝', kind: '男孩', they: '他' },
  { name: '小雨', kind: '女孩', they: '她' },
  { name: '乐乐', kind: '男孩', they: '他' },
  { name: '灰灰', kind: '小老鼠', they: '它' },
  { name: '白白', kind: '小兔子', they: '它' },
  { name: '团团', kind: '小熊', they: '它' },
  { name: '阿橘', kind: '小狐狸', they: '它' },
];
const TRAITS = ['勇敢', '安静', '好奇', '快乐', '细心', '善良', '聪明', '害羞'];
const PLACES = [
  { home: '海边的小屋里', near: '沙滩上', wild: '礁石旁' },
  { home: '森林边上', near: '大树下', wild: '森林里' },
  { home: '山脚下的村子里', near: '集市上', wild: '山坡上' },
  { home: '一条清清的小河边', near: '石桥上', wild: '河岸边' },
  { home: '一座热闹的小城里', near: '公园里', wild: '小巷里' },
  { home: '一片稻田旁边', near: '田埂上', wild: '竹林里' },
];
const WISHES = [
  {
    want: '做一只风筝',
    built: true,
    parts: ['一张纸', '一卷线', '两根竹条'],
    end: '风筝越飞越高，在蓝天上轻轻摇摆。',
  },
  { want: '包一锅饺子', parts: ['面粉', '白菜', '一点儿盐'], end: '饺子出锅了，满屋子都是香味。' },
  {
    want: '种一片菜园',
    parts: ['种子', '一把锄头', '一桶水'],
    end: '到了春天，菜园里一片翠绿，还开出了黄色的小花。',
  },
  {
    want: '做一盏灯笼',
    built: true,
    parts: ['红纸', '一支蜡烛', '一根铁丝'],
    end: '灯笼亮了一整晚，像一个小小的月亮。',
  },
  {
    want: '画一张地图',
    parts: ['一张白纸', '一支铅笔', '一个指南针'],
    end: '地图上画着每一条小路，从此再也没有人迷路。',
  },
  {
    want: '造一只小船',
    built: true,
    parts: ['一块木板', '一枚钉子', '一块布'],
    end: '小船顺着水流漂去，白色的帆鼓了起来。',
  },
  {
    want: '织一条围巾',
    parts: ['红毛线', '两根针', '一张图样'],
    end: '围巾又长又暖和，冬天一点儿也不冷了。',
  },
  {
    want: '学一首曲子',
    parts: ['一支笛子', '一本曲谱', '一个谱架'],
    end: '笛声飘出窗外，小鸟也跟着唱了起来。',
  },
];
const DAYS = [
  '一天早上',
  '一个下雨天',
  '春天的第一天',
  '一个刮风的下午',
  '星期天一大早',
  '秋天的一个傍晚',
  '一个晴朗的冬日',
];
const TROUBLES = [
  { what: '一阵风把东西全吹跑了', help: '追上去，把东西一件一件捡了回来' },
  { what: '忽然下起了大雨', help: '撑开一把大伞，挡住了雨' },
  { built: true, what: '最要紧的一件东西坏了', help: '从旧箱子里找出了另一件' },
  { what: '一个人怎么也做不完', help: '坐下来，帮着做了一半' },
  { built: true, what: '几样东西怎么也合不到一起', help: '换了一个方向，一下子就合上了' },
  { what: '天快要黑了', help: '拿来一盏灯，一直陪到最后' },
];
const FRIENDS = [
  '老园丁',
  '面包师',
  '邻居家的孩子',
  '一位过路人',
  '老师',
  '一位老奶奶',
  '年轻的渔夫',
  '邮递员',
  '木匠爷爷',
  '卖花的姑娘',
];
const FEELINGS = ['很难过', '有点儿生气', '想要放弃', '快要哭了', '累极了', '有些害怕'];
const LESSONS = [
  '大家一起做，事情就容易了',
  '做错了也没关系，再试一次就好',
  '遇到困难可以请人帮忙',
  '慢慢来，才能做得好',
  '朋友就是愿意留下来陪你的人',
  '一步一步走，就能走得很远',
];

/** @param {import('./random.mjs').Random} r */
export function chineseStory(r) {
  const hero = r.pick(HEROES);
  const wish = r.pick(WISHES);
  const place = r.pick(PLACES);
  const trouble = r.pick(TROUBLES.filter((t) => !t.built || wish.built));
  const friend = r.pick(FRIENDS);
  const trait = r.pick(TRAITS);
  const one = hero.they === '它' ? `一只${trait}的${hero.kind}` : `一个${trait}的${hero.kind}`;
  const opening = r.pick([
    `从前有${one}，名叫${hero.name}，住在${place.home}。`,
    `${hero.name}是${one}，住在${place.home}。`,
    `${place.home}住着${one}，大家都叫${hero.they}${hero.name}。`,
  ]);
  const [first, second, third] = r.three(wish.parts);
  const wanted = r.pick([
    `${r.pick(DAYS)}，${hero.name}想${wish.want}。`,
    `${r.pick(DAYS)}，${hero.name}有了一个主意：${wish.want}。`,
  ]);
  const search = r.pick([
    `${hero.they}需要${first}、${second}和${third}。${hero.they}先在家里找到了${first}，又在${place.near}找齐了别的。`,
    `为了这个，${hero.they}要准备${first}、${second}和${third}，连${place.wild}都找过了。`,
  ]);
  const problem = r.pick([
    `可是，${trouble.what}，${hero.name}${r.pick(FEELINGS)}。`,
    `没想到${trouble.what}。${hero.name}${r.pick(FEELINGS)}。`,
  ]);
  const help = r.pick([
    `这时，${friend}走了过来，${trouble.help}。`,
    `“我来帮你吧。”${friend}说着，${trouble.help}。`,
    `${friend}看见了，连忙过来，${trouble.help}。`,
  ]);
  const thanks = r.pick([
    `“谢谢你！”${hero.name}说，“没有你，我一个人做不成。”`,
    `${hero.name}笑了：“你真好。”`,
    `“明天你还来吗？”${hero.name}问。“当然来。”${friend}回答。`,
  ]);
  const lesson = r.pick([
    `从那天起，${hero.name}明白了：${r.pick(LESSONS)}。`,
    `${hero.name}一直记得：${r.pick(LESSONS)}。`,
    '',
  ]);
  return [opening, wanted, search, problem, help, thanks, wish.end, lesson].join('');
}

const SEASONS = [
  { name: '春天', sky: '天气暖和起来', facts: ['花儿开了', '小鸟在树上搭窝', '人们在田里播种'] },
  { name: '夏天', sky: '天气很热', facts: ['荷花开满池塘', '知了在树上叫个不停', '孩子们在河里游泳'] },
  { name: '秋天', sky: '天气凉爽', facts: ['树叶变黄了', '松鼠忙着收藏果子', '人们在果园里摘苹果'] },
  { name: '冬天', sky: '天气寒冷', facts: ['湖面结了冰', '小熊在洞里睡觉', '人们围着火炉说话'] },
];
/** 物品、用处、所在。 @type {readonly [string, string, string][]} */
const OBJECTS = [
  ['钟', '用来看时间', '墙上'],
  ['灯', '用来照亮房间', '桌上'],
  ['雨伞', '用来挡雨', '门边'],
  ['桥', '让人走过河', '河上'],
  ['水壶', '用来烧水', '厨房里'],
  ['地图', '告诉人怎么走', '背包里'],
  ['梯子', '帮人够到高处', '墙边'],
  ['温度计', '告诉人冷热', '窗外'],
  ['图书馆', '让人借书、看书', '城市中心'],
  ['灯塔', '给船只指路', '海边的山崖上'],
];

/** @param {import('./random.mjs').Random} r */
export function chineseFact(r) {
  if (r.chance(0.4)) {
    const s = r.pick(SEASONS);
    const facts = r.some(s.facts, r.between(2, 3));
    return `${s.name}来了，${s.sky}。${facts.join('，')}。${r.pick(HEROES).name}${r.pick(['最喜欢', '很喜欢', '也喜欢'])}${s.name}。`;
  }
  const [a, b] = r.two(OBJECTS);
  return `${a[0]}${a[1]}，常常在${a[2]}见到。${b[0]}就不一样了，${b[0]}${b[1]}，常常在${b[2]}见到。`;
}
