/**
 * Philox 4x32-10, a generator without state (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2,
 * 3", 2011): ten rounds turn a counter of four words, under a key of two, into four random words. So any invocation
 * computes the numbers of any place again.
 */

export type PhiloxCounter = [number, number, number, number];
export type Key = [number, number];

const MULTIPLIERS = [0xd2511f53, 0xcd9e8d57] as const;
/** Added to the key between rounds: the golden ratio and √3 − 1. */
const WEYL = [0x9e3779b9, 0xbb67ae85] as const;
const ROUNDS = 10;

/** `philox(counter, key)`. WGSL has no 64-bit product: its high half comes from four of 16 bits. */
export const philoxWgsl = `
fn highHalf(a: u32, b: u32) -> u32 {
  let low = (a & 0xffffu) * (b & 0xffffu);
  let cross = (a >> 16u) * (b & 0xffffu) + (low >> 16u);
  let other = (a & 0xffffu) * (b >> 16u) + (cross & 0xffffu);
  return (a >> 16u) * (b >> 16u) + (cross >> 16u) + (other >> 16u);
}
fn philox(counter: vec4u, start: vec2u) -> vec4u {
  var c = counter;
  var key = start;
  for (var round = 0; round < ${ROUNDS}; round++) {
    let a = ${MULTIPLIERS[0]}u;
    let b = ${MULTIPLIERS[1]}u;
    c = vec4u(highHalf(b, c.z) ^ c.y ^ key.x, b * c.z, highHalf(a, c.x) ^ c.w ^ key.y, a * c.x);
    key += vec2u(${WEYL[0]}u, ${WEYL[1]}u);
  }
  return c;
}`;

const highHalf = (a: number, b: number): number => Number((BigInt(a) * BigInt(b)) >> 32n);
const lowHalf = (a: number, b: number): number => Math.imul(a, b) >>> 0;

/** The same in JavaScript; all words are 0 … 2³² − 1. */
export function philox(counter: PhiloxCounter, key: Key): PhiloxCounter {
  let [x, y, z, w] = counter;
  let [k, l] = key;
  const [a, b] = MULTIPLIERS;
  for (let round = 0; round < ROUNDS; round++) {
    const [first, third] = [highHalf(b, z) ^ y ^ k, highHalf(a, x) ^ w ^ l];
    [x, y, z, w] = [first >>> 0, lowHalf(b, z), third >>> 0, lowHalf(a, x)];
    [k, l] = [(k + WEYL[0]) >>> 0, (l + WEYL[1]) >>> 0];
  }
  return [x, y, z, w];
}
