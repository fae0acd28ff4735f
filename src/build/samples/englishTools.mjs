/**
 * Questions in a small tea house in English that only a tool can answer: the model calls it, reads its result and says
 * so. Results are drawn anew in each row, so that they must be read; some questions need no tool.
 */
import { calledWith, PRICE, SEATS, talkWith } from './toolTalk.mjs';

const DISHES = [
  'apple cake',
  'pear cake',
  'plum cake',
  'green tea',
  'mint tea',
  'warm milk',
  'lemon soup',
  'fresh bread',
];
const PLACES = ['by the window', 'in the garden', 'next to the fire', 'under the clock', 'at the door'];
/** Said and answered without a tool. @type {readonly [string, string][]} */
const TALK = [
  ['Thank you.', 'You are welcome.'],
  ['That is kind of you.', 'You are welcome.'],
  ['Who are you?', 'I am the host of the tea house.'],
  ['What can you do?', 'I can look up what you ask for.'],
  ['Good morning.', 'Good morning, and welcome.'],
  ['Good evening.', 'Good evening, and welcome.'],
  ['Goodbye.', 'Goodbye, and come again.'],
];

/** @typedef {import('../starter/random.mjs').Random} Random */

/** @param {Random} r */
function price(r) {
  const dish = r.pick(DISHES);
  const coins = r.between(2, 20);
  const asked = r.pick([`How much is ${dish}?`, `What does ${dish} cost?`, `Tell me the price of ${dish}.`]);
  return talkWith(PRICE, [asked, calledWith(PRICE, dish), `${coins}`, `It costs ${coins} coins.`]);
}

/** @param {Random} r */
function seats(r) {
  const place = r.pick(PLACES);
  const free = r.between(2, 20);
  const asked = r.pick([`How many seats are ${place}?`, `Can we sit ${place}?`, `Is there room ${place}?`]);
  return talkWith(SEATS, [asked, calledWith(SEATS, place), `${free}`, `There are ${free} free seats.`]);
}

/** Each of them beside one tool alone. @param {Random} r */
function smallTalk(r) {
  const i = r.below(TALK.length);
  return talkWith(i % 2 ? SEATS : PRICE, r.pick(TALK.slice(i, i + 1)));
}

/** A conversation with the tool that it could call. @param {Random} r */
export const englishToolTalk = (r) => r.pick([price, price, price, seats, seats, seats, smallTalk])(r);
