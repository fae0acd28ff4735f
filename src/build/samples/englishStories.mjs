/** Very short stories in English from about two hundred words: a wish, a trouble, a friend, an end. */

const HEROES = [
  { name: 'Pip', kind: 'mouse', he: 'he' },
  { name: 'Nora', kind: 'fox', he: 'she' },
  { name: 'Ben', kind: 'bear', he: 'he' },
  { name: 'Mia', kind: 'cat', he: 'she' },
  { name: 'Tom', kind: 'dog', he: 'he' },
  { name: 'Lena', kind: 'rabbit', he: 'she' },
  { name: 'Max', kind: 'duck', he: 'he' },
  { name: 'Ida', kind: 'hen', he: 'she' },
];
const TRAITS = ['little', 'quiet', 'brave', 'kind', 'happy', 'clever'];
const HOMES = [
  'in a small red house',
  'under a tall tree',
  'by the blue sea',
  'near a deep forest',
  'on a green hill',
  'at the end of the garden',
];
const TIMES = ['One day', 'One morning', 'One evening', 'One summer day', 'One cold day'];
const WISHES = [
  { want: 'fly a kite', trouble: ['there was no wind', 'the string was too short'], end: 'the kite danced in the sky' },
  { want: 'bake a cake', trouble: ['there was no milk', 'the oven was cold'], end: 'the whole house smelled of cake' },
  {
    want: 'build a boat',
    trouble: ['there was no wood', 'the rain was too strong'],
    end: 'the boat sailed on the river',
  },
  {
    want: 'find a star',
    trouble: ['the sky was dark', 'the night was too cold'],
    end: 'a bright star looked down at them',
  },
  {
    want: 'plant a tree',
    trouble: ['the ground was too hard', 'there was no water'],
    end: 'the tree had green leaves',
  },
  { want: 'sing a song', trouble: ['the words were lost', 'the birds were too loud'], end: 'the birds sang with them' },
  {
    want: 'paint a picture',
    trouble: ['there was no paint', 'the light was too weak'],
    end: 'the picture was full of colours',
  },
];
const FRIENDS = ['an old owl', 'a small bird', 'a big horse', 'a young goat', 'a friendly frog'];
const FEELINGS = ['sad', 'tired', 'angry', 'very quiet'];
const HELPS = ['We can do it together', 'I know what to do', 'Let me help you', 'Do not be sad'];
const LAST = [
  'They were friends from that day on.',
  'It was the best day of all.',
  'Then they went home and slept.',
  'And they laughed all the way home.',
];

/** @param {string} text */
const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/** @param {import('../starter/random.mjs').Random} r */
export function shortEnglishStory(r) {
  const { name, kind, he } = r.pick(HEROES);
  const { want, trouble, end } = r.pick(WISHES);
  const friend = r.pick(FRIENDS);
  const theFriend = friend.replace(/^an? /, 'the ');
  const help = r.pick([
    `${capital(friend)} came by. “${r.pick(HELPS)},” said ${theFriend}.`,
    `Then ${name} met ${friend}. “${r.pick(HELPS)},” said ${theFriend}.`,
  ]);
  return [
    `Once upon a time there was a ${r.pick(TRAITS)} ${kind} named ${name}.`,
    `${capital(he)} lived ${r.pick(HOMES)}.`,
    `${r.pick(TIMES)}, ${name} wanted to ${want}.`,
    `But ${r.pick(trouble)}, and ${name} was ${r.pick(FEELINGS)}.`,
    help,
    `${r.pick(['They worked all day', 'They tried again', 'They helped each other'])}, and ${r.pick(['soon', 'in the end'])} ${end}.`,
    `${r.pick([`${name} was happy.`, `“Thank you,” said ${name}.`])} ${r.pick(LAST)}`,
  ].join(' ');
}
