/** Small stories in English: someone wants something, meets a difficulty, gets help and learns a thing. */

const HEROES = [
  { name: 'Mia', kind: 'girl', they: 'she', them: 'her', their: 'her' },
  { name: 'Tom', kind: 'boy', they: 'he', them: 'him', their: 'his' },
  { name: 'Lily', kind: 'girl', they: 'she', them: 'her', their: 'her' },
  { name: 'Omar', kind: 'boy', they: 'he', them: 'him', their: 'his' },
  { name: 'Anna', kind: 'girl', they: 'she', them: 'her', their: 'her' },
  { name: 'Ben', kind: 'boy', they: 'he', them: 'him', their: 'his' },
  { name: 'Pip', kind: 'mouse', they: 'he', them: 'him', their: 'his' },
  { name: 'Rosa', kind: 'rabbit', they: 'she', them: 'her', their: 'her' },
  { name: 'Hugo', kind: 'hedgehog', they: 'he', them: 'him', their: 'his' },
  { name: 'Wren', kind: 'fox', they: 'she', them: 'her', their: 'her' },
  { name: 'Otto', kind: 'bear', they: 'he', them: 'him', their: 'his' },
  { name: 'Nell', kind: 'owl', they: 'she', them: 'her', their: 'her' },
];
const TRAITS = ['quiet', 'curious', 'cheerful', 'careful', 'brave', 'sleepy', 'kind', 'clever', 'shy'];
const PLACES = [
  { home: 'in a small house by the sea', near: 'on the beach', wild: 'among the rocks' },
  { home: 'at the edge of a deep forest', near: 'under the tall trees', wild: 'deep in the forest' },
  { home: 'in a village on a hill', near: 'in the market square', wild: 'up in the hills' },
  { home: 'beside a slow green river', near: 'on the old bridge', wild: 'on the river bank' },
  { home: 'on a farm with a red barn', near: 'behind the barn', wild: 'in the long field' },
  { home: 'in a busy town', near: 'in the park', wild: 'in the narrow streets' },
];
const WISHES = [
  {
    want: 'to build a kite',
    built: true,
    show: 'let {friend} hold the string',
    parts: ['paper', 'string', 'two thin sticks'],
    end: 'The kite rose above the roofs and danced in the wind.',
  },
  {
    want: 'to bake a loaf of bread',
    show: 'gave {friend} the first slice',
    parts: ['flour', 'water', 'a pinch of salt'],
    end: 'The loaf came out warm and brown, and the whole house smelled of bread.',
  },
  {
    want: 'to plant a garden',
    show: 'named the tallest bean after {friend}',
    parts: ['seeds', 'a spade', 'a can of water'],
    end: 'In spring the garden was full of beans and yellow flowers.',
  },
  {
    want: 'to make a lantern',
    built: true,
    show: 'let {friend} light it',
    parts: ['a glass jar', 'a candle', 'a piece of wire'],
    end: 'The lantern shone all evening like a small moon.',
  },
  {
    want: 'to draw a map',
    show: 'drew {friend} in a corner of it',
    parts: ['a sheet of paper', 'a pencil', 'a compass'],
    end: 'The map showed every path, and nobody got lost again.',
  },
  {
    want: 'to build a boat',
    built: true,
    show: 'let {friend} launch it',
    parts: ['a flat board', 'a nail', 'a scrap of cloth'],
    end: 'The boat floated down the stream, and its white sail filled with air.',
  },
  {
    want: 'to knit a scarf',
    show: 'wound one end of it around {friend}',
    parts: ['red wool', 'two needles', 'a pattern'],
    end: 'The scarf was long enough for two, and winter did not feel cold at all.',
  },
  {
    want: 'to learn a song',
    show: 'played it for {friend} first',
    parts: ['a flute', 'a book of tunes', 'a music stand'],
    end: 'The song went out through the window, and the birds answered.',
  },
];
const DAYS = [
  'One morning',
  'One rainy day',
  'On the first day of spring',
  'One windy afternoon',
  'Early one Sunday',
  'One evening in autumn',
  'One bright winter day',
];
const TROUBLES = [
  { what: 'the wind blew everything away', help: 'ran after it and brought every piece back' },
  { what: 'it began to rain hard', help: 'held a big umbrella over the work' },
  { built: true, what: 'the most important piece broke', help: 'found another one in an old box' },
  { what: 'the work was too much for one', help: 'did half of it' },
  { built: true, what: 'nothing fitted together', help: 'turned two pieces around, and then they fitted' },
  { what: 'the light was nearly gone', help: 'brought a lamp and stayed until the end' },
];
const FRIENDS = [
  'an old gardener',
  'the baker',
  'a friendly dog',
  'a tired traveller',
  'the boy next door',
  'a small grey cat',
  'the teacher',
  'a patient old woman',
  'a young fisherman',
  'the postman',
];
const FEELINGS = ['sad', 'angry', 'ready to give up', 'close to tears', 'very tired', 'a little afraid'];
const LESSONS = [
  'work is lighter when it is shared',
  'a mistake is only a step on the way',
  'it is good to ask for help',
  'patience finishes what haste begins',
  'a friend is someone who stays',
  'small steps lead to far places',
  'the best things are made slowly',
];
const THANKS = [
  '“Thank you,” said {name}. “I could not have done it without you.”',
  '{Name} smiled. “You have been very kind,” {they} said.',
  '“Will you come again tomorrow?” asked {name}. “Of course,” said {friend}.',
  '{Show}.',
];

const capital = (/** @type {string} */ text) => text.charAt(0).toUpperCase() + text.slice(1);
const withThe = (/** @type {string} */ friend) => friend.replace(/^(an?|the) /, 'the ');

/** @param {import('./random.mjs').Random} r */
export function englishStory(r) {
  const hero = r.pick(HEROES);
  const wish = r.pick(WISHES);
  const place = r.pick(PLACES);
  const trouble = r.pick(TROUBLES.filter((t) => !t.built || wish.built));
  const friend = r.pick(FRIENDS);
  const the = withThe(friend);
  const child = hero.kind === 'girl' || hero.kind === 'boy' ? hero.kind : `${r.pick(['young', 'little'])} ${hero.kind}`;
  const opening = r.pick([
    `Once there was a ${r.pick(TRAITS)} ${child} named ${hero.name}, who lived ${place.home}.`,
    `${hero.name} was a ${r.pick(TRAITS)} ${child}. ${capital(hero.they)} lived ${place.home}.`,
    `A ${r.pick(TRAITS)} ${child} named ${hero.name} lived ${place.home}.`,
  ]);
  const day = r.pick(DAYS);
  const [first, second, third] = r.three(wish.parts);
  const wanted = r.pick([
    `${day}, ${hero.name} wanted ${wish.want}.`,
    `${day}, ${hero.they} had an idea: ${hero.they} wanted ${wish.want}.`,
  ]);
  const search = r.pick([
    `${capital(hero.they)} needed ${first}, ${second} and ${third}. ${capital(hero.they)} found ${first} at home, and the rest ${place.near}.`,
    `For that ${hero.they} needed ${first}, ${second} and ${third}, and ${hero.they} looked everywhere, even ${place.wild}.`,
  ]);
  const problem = r.pick([
    `But ${trouble.what}, and ${hero.name} was ${r.pick(FEELINGS)}.`,
    `Then ${trouble.what}. ${hero.name} felt ${r.pick(FEELINGS)}.`,
  ]);
  const help = r.pick([
    `Just then ${friend} came by and ${trouble.help}.`,
    `${capital(friend)} saw it, came over and ${trouble.help}.`,
    `“Let me help,” said ${friend}, and ${r.pick(['soon', 'at once', 'without another word'])} ${the} ${trouble.help}.`,
  ]);
  const thanks = r
    .pick(THANKS)
    .replaceAll('{name}', hero.name)
    .replaceAll('{Name}', hero.name)
    .replaceAll('{Show}', `${hero.name} ${wish.show}`)
    .replaceAll('{they}', hero.they)
    .replaceAll('{friend}', the);
  const lesson = r.pick([
    `That day ${hero.name} learned that ${r.pick(LESSONS)}.`,
    `And ${hero.name} never forgot that ${r.pick(LESSONS)}.`,
    '',
  ]);
  return [opening, wanted, search, problem, help, thanks, wish.end, lesson].filter(Boolean).join(' ');
}

const SEASONS = [
  {
    name: 'spring',
    sky: 'mild',
    sign: 'the first flowers open',
    animal: 'the birds build their nests',
    people: 'people dig in their gardens',
  },
  {
    name: 'summer',
    sky: 'warm',
    sign: 'the wheat turns yellow',
    animal: 'the bees are busy until evening',
    people: 'children swim in the lake',
  },
  {
    name: 'autumn',
    sky: 'cool',
    sign: 'the leaves turn red and brown',
    animal: 'the squirrels hide their nuts',
    people: 'people pick apples and pears',
  },
  {
    name: 'winter',
    sky: 'cold',
    sign: 'the ponds freeze over',
    animal: 'the bear sleeps in its cave',
    people: 'people sit close to the fire',
  },
];
/** A thing, what it does, where it is. @type {readonly [string, string, string][]} */
const OBJECTS = [
  ['a clock', 'tells the time', 'on a wall'],
  ['a lamp', 'gives light', 'on a table'],
  ['an umbrella', 'keeps off the rain', 'by the door'],
  ['a bridge', 'carries people over water', 'across a river'],
  ['a kettle', 'boils water', 'in a kitchen'],
  ['a map', 'shows the way', 'in a pocket'],
  ['a ladder', 'helps you reach high places', 'against a wall'],
  ['a thermometer', 'tells how warm it is', 'outside a window'],
  ['a library', 'lends books', 'in the middle of a town'],
  ['a lighthouse', 'warns the ships', 'on a cliff'],
];

/** A few sentences about the world: a season, or a thing and its use. @param {import('./random.mjs').Random} r */
export function englishFact(r) {
  if (r.chance(0.4)) {
    const s = r.pick(SEASONS);
    const facts = r.some([s.sign, s.animal, s.people], r.between(2, 3));
    const who = r.pick(HEROES).name;
    return `In ${s.name} the days are ${s.sky}. ${capital(facts.join(', and '))}. ${who} likes ${s.name} ${r.pick(['best', 'very much', 'more than any other season'])}.`;
  }
  const [a, b] = r.two(OBJECTS);
  return `${capital(a[0])} ${a[1]}. You may find it ${a[2]}. ${capital(b[0])} is something else: it ${b[1]}, and you may find it ${b[2]}.`;
}
