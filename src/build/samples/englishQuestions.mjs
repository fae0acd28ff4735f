/** Questions about animals, days and colours in English, each with a true answer in a whole sentence. */

/** Name, with its article, home, food, young, what it can do, and the number of its legs. */
const ANIMALS = /** @type {const} */ ([
  ['a cat', 'in a house', 'meat and fish', 'a kitten', 'climb a tree', 'four'],
  ['a dog', 'in a house', 'meat and bones', 'a puppy', 'find the way home', 'four'],
  ['a cow', 'on a farm', 'grass and hay', 'a calf', 'give milk', 'four'],
  ['a horse', 'on a farm', 'grass and hay', 'a foal', 'run very fast', 'four'],
  ['a sheep', 'on a farm', 'grass and hay', 'a lamb', 'give warm wool', 'four'],
  ['a goat', 'on a farm', 'grass and leaves', 'a kid', 'climb a hill', 'four'],
  ['a hen', 'on a farm', 'seeds and worms', 'a chick', 'lay an egg', 'two'],
  ['a duck', 'on a pond', 'plants and worms', 'a duckling', 'swim and fly', 'two'],
  ['a frog', 'in a pond', 'flies and worms', 'a tadpole', 'jump very far', 'four'],
  ['a bear', 'in a forest', 'fish and berries', 'a cub', 'sleep all winter', 'four'],
  ['a fox', 'in a forest', 'mice and berries', 'a cub', 'run very fast', 'four'],
  ['an owl', 'in a forest', 'mice and birds', 'an owlet', 'see in the dark', 'two'],
  ['a deer', 'in a forest', 'grass and leaves', 'a fawn', 'jump very far', 'four'],
  ['a lion', 'on the plains', 'meat and bones', 'a cub', 'roar very loudly', 'four'],
]);
const DAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];
/** @type {readonly [string, string][]} */
const COLOURS = [
  ['the sky', 'blue'],
  ['the grass', 'green'],
  ['the snow', 'white'],
  ['a lemon', 'yellow'],
  ['the sun', 'yellow'],
  ['a strawberry', 'red'],
  ['a carrot', 'orange'],
  ['milk', 'white'],
];

/** @param {string} text */
const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/** @param {string} asked @param {string} answer */
const pair = (asked, answer) => `Question: ${asked}\nAnswer: ${capital(answer)}`;

/** Every pair that the grammar has, in its order. */
function everyPair() {
  const pairs = ANIMALS.flatMap(([name, home, food, young, can, legs]) => [
    pair(`Where does ${name} live?`, `${name} lives ${home}.`),
    pair(`Where can I find ${name}?`, `You can find ${name} ${home}.`),
    pair(`What does ${name} eat?`, `${name} eats ${food}.`),
    pair(`What food does ${name} like?`, `${name} likes ${food}.`),
    pair(`What is the young of ${name} called?`, `The young of ${name} is called ${young}.`),
    pair(`What can ${name} do?`, `${name} can ${can}.`),
    pair(`Can ${name} ${can}?`, `Yes, ${name} can ${can}.`),
    pair(`Tell me what ${name} can do.`, `${name} can ${can}.`),
    pair(`How many legs does ${name} have?`, `${name} has ${legs} legs.`),
    pair(`Does ${name} have ${legs} legs?`, `Yes, ${name} has ${legs} legs.`),
    pair(`Does ${name} live ${home}?`, `Yes, ${name} lives ${home}.`),
    pair(`Does ${name} eat ${food}?`, `Yes, ${name} eats ${food}.`),
    pair(`Is ${young} the young of ${name}?`, `Yes, the young of ${name} is called ${young}.`),
    pair(`Tell me where ${name} lives.`, `${name} lives ${home}.`),
    pair(`Tell me what ${name} eats.`, `${name} eats ${food}.`),
  ]);
  const calendar = DAYS.flatMap((day, i) => {
    const next = DAYS[(i + 1) % 7];
    return [
      pair(`What day comes after ${day}?`, `After ${day} comes ${next}.`),
      pair(`What day comes before ${next}?`, `Before ${next} comes ${day}.`),
      pair(`Today is ${day}. What day is tomorrow?`, `Tomorrow is ${next}.`),
      pair(`Today is ${next}. What day was yesterday?`, `Yesterday was ${day}.`),
    ];
  });
  const colours = COLOURS.flatMap(([thing, colour]) => [
    pair(`What colour is ${thing}?`, `${thing} is ${colour}.`),
    pair(`Is ${thing} ${colour}?`, `Yes, ${thing} is ${colour}.`),
    pair(`Tell me the colour of ${thing}.`, `${thing} is ${colour}.`),
  ]);
  return [...pairs, ...calendar, ...colours];
}

const PAIRS = everyPair();

/** Three questions with their answers. @param {import('../starter/random.mjs').Random} r */
export const englishQuestions = (r) => r.three(PAIRS).join('\n');
