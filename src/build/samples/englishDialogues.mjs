/** Conversations in a small tea house in English: a guest asks, the host answers in two short, friendly sentences. */

/** What is asked for by name, one of it, and its price in coins. @type {readonly [string, string, number][]} */
const GOODS = [
  ['apple cake', 'a piece of apple cake', 3],
  ['pear cake', 'a piece of pear cake', 4],
  ['green tea', 'a cup of green tea', 2],
  ['mint tea', 'a cup of mint tea', 2],
  ['warm milk', 'a cup of warm milk', 1],
  ['lemon soup', 'a bowl of lemon soup', 5],
  ['fresh bread', 'a slice of fresh bread', 1],
];
const NUMBERS = ['no', 'one', 'two', 'three', 'four', 'five'];
const SEATS = ['by the window', 'in the garden', 'next to the fire', 'under the old clock'];
const HELLO = ['Good morning', 'Good evening', 'Hello'];
const THANKS = ['Thank you very much.', 'Thank you.', 'That is kind of you.'];
const WELCOME = 'Welcome to the Little Tea House.';

/** @typedef {import('../starter/random.mjs').Random} Random */

/** @param {number} n */
const coins = (n) => `${NUMBERS[n]} ${n === 1 ? 'coin' : 'coins'}`;
/** @param {string} text */
const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/** @param {Random} r */
function order(r) {
  const [name, one, price] = r.pick(GOODS);
  const hello = r.pick(HELLO);
  return [
    `${hello}. ${r.pick([`Do you have ${name}?`, `Is there any ${name} today?`])}`,
    `${hello}, and welcome. Yes, we have ${name} today.`,
    `How much is ${one}?`,
    `${capital(one)} costs ${coins(price)}. Would you like some?`,
    `Yes, please. Here ${price === 1 ? 'is' : 'are'} ${coins(price)}.`,
    `Thank you. Here is your ${name}, enjoy it.`,
  ];
}

/** @param {Random} r */
function seat(r) {
  const hello = r.pick(HELLO);
  const place = r.pick(SEATS);
  const [name] = r.pick(GOODS);
  return [
    `${hello}. ${r.pick(['Do you have a table for us?', 'May we sit here?', 'Is a table free?'])}`,
    `${hello}, and welcome. There is a free table ${place}.`,
    `A table ${place} is lovely. What is good today?`,
    `The ${name} is very good today. Would you like some?`,
    r.pick(['Yes, please.', 'Oh yes, I would love some.']),
    `With pleasure. I will bring your ${name} in a moment.`,
  ];
}

/** @param {Random} r */
function missing(r) {
  const [[name], [other, one, price]] = r.two(GOODS);
  return [
    r.pick([`Do you have ${name}?`, `May I have some ${name}?`, `I would like some ${name}, please.`]),
    `I am sorry, there is no ${name} left. But the ${other} is fresh.`,
    `Then I will take ${one}.`,
    `With pleasure. That makes ${coins(price)}, please.`,
    `Here you are. ${r.pick(THANKS)}`,
    `Thank you. Have a lovely day, and come again soon.`,
  ];
}

/** @param {Random} r */
function leaving(r) {
  const [name] = r.pick(GOODS);
  return [
    `The ${name} was ${r.pick(['wonderful', 'very good', 'lovely'])}. ${r.pick(THANKS)}`,
    `I am glad that you liked it. The ${name} is made here every morning.`,
    r.pick(['When do you open tomorrow?', 'Are you open tomorrow?']),
    `We open at ${r.pick(['eight', 'nine', 'ten'])} tomorrow. Come again soon.`,
  ];
}

/** @param {Random} r */
function first(r) {
  const [[name], [other]] = r.two(GOODS);
  return [
    `${r.pick(['What is this place?', 'Where am I?', 'Who are you?'])}`,
    `${WELCOME} I am the host, and the kettle is warm.`,
    `${r.pick(['What do you have?', 'What can I have here?'])}`,
    `Today we have ${name} and ${other}. Would you like some?`,
    `${r.pick(['I would love some', 'I will take some'])} ${name}, please.`,
    `With pleasure. I will bring your ${name} in a moment.`,
  ];
}

/** Turns of guest and host by turns, the guest first. @param {Random} r */
export const teaHouseTalk = (r) => r.pick([order, seat, missing, leaving, first])(r);
