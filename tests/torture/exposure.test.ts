// Not of a room: how much of a planted secret a small model gives away, with goldfish masking and without.
import { expect, test } from 'vitest';
import type { TokenBatch } from '../../src/base/batch';
import type { ModelShape } from '../../src/base/modelShape';
import { defaultSettings } from '../../src/base/settings/trainSettings';
import { stream, type RandomStream } from '../../src/base/numbers/rng';
import { GoldfishWindows } from '../../src/data/batches/goldfish';
import { textWindows } from '../../src/data/batches/textWindows';
import { initialWeights, uploadWeights } from '../../src/engine/models/weights';
import { createTrainer } from '../../src/engine/training/step';
import { testCpu } from '../cpu';

/** Characters are tokens; a secret is eight digits behind a prefix that is longer than the rule's context. */
const LETTERS = '0123456789abcdefghijklmnopqrstuvwxyz .\n';
const DIGITS = 8;
/** Secrets of the same form that were never seen: exposure cannot exceed the logarithm of their number. */
const REFERENCES = 512;
const COPIES = [1, 4, 16, 64];
const [LENGTH, BATCH, STEPS] = [48, 8, 600];
const MODEL: ModelShape = {
  ...{ vocabSize: LETTERS.length, hiddenSize: 48, intermediateSize: 96, layers: 2, heads: 3, kvHeads: 3, headDim: 16 },
  ...{ contextLength: LENGTH, ropeTheta: 10_000, normEps: 1e-5 },
};
const SUBJECTS = ['the baker', 'a sailor', 'our teacher', 'the old clerk', 'my neighbour', 'a gardener'];
const VERBS = ['counts', 'carries', 'paints', 'forgets', 'repairs', 'sells'];
const THINGS = ['seven lamps', 'wooden boxes', 'the blue letters', 'two ladders', 'paper boats', 'small keys'];

const ids = (text: string): number[] => Array.from(text, (letter) => LETTERS.indexOf(letter));
const of = (random: RandomStream, list: readonly string[]): string => list[random.below(list.length)]!;
const digits = (random: RandomStream): string => Array.from({ length: DIGITS }, () => random.below(10)).join('');
const asked = (copies: number): string => `the number of safe ${copies} is `.padStart(24, 'x');

/** Sentences by chance, the secrets among them as often as they are planted. */
function planted(seed: number) {
  const random = stream(seed, 'exposure');
  const secrets = COPIES.map((copies) => ({ copies, secret: digits(random) }));
  const lines = Array.from(
    { length: 700 },
    () => `${of(random, SUBJECTS)} ${of(random, VERBS)} ${of(random, THINGS)}.`,
  );
  for (const { copies, secret } of secrets)
    for (let i = 0; i < copies; i++) lines.splice(random.below(lines.length), 0, `${asked(copies)}${secret}.`);
  return { secrets, text: `${lines.join('\n')}\n` };
}

/** The secret's place among the references by loss, in bits, and how many of its digits greedy decoding finds. */
async function exposures(seed: number, k: number) {
  const { secrets, text } = planted(seed);
  const settings = { ...defaultSettings(), learningRate: 5e-3, seed, goldfish: k };
  const trainer = createTrainer(MODEL, settings, await uploadWeights(MODEL, initialWeights(MODEL, seed)));
  const order = { seed, batch: BATCH, length: LENGTH, accumulate: 1, validationBatches: 1 };
  const whole = textWindows(Uint16Array.from(ids(text)), new Uint16Array(), order);
  const windows = k ? new GoldfishWindows(whole, k) : whole;
  for (let step = 0; step < STEPS; step++)
    await trainer.step(windows.trainBatches(step * BATCH), settings.learningRate * Math.min(1, 2 - (2 * step) / STEPS));
  const lossOf = async (prefix: string, secret: string): Promise<number> => {
    const all = ids(prefix + secret);
    const targets = all.slice(1).map((id, i) => (i + 1 < prefix.length ? -1 : id));
    const batch: TokenBatch = {
      ...{ batch: 1, length: targets.length, labels: secret.length },
      inputs: Int32Array.from(all.slice(0, -1)),
      targets: Int32Array.from(targets),
    };
    return (await trainer.evaluate([batch])).loss * secret.length;
  };
  const found = [];
  for (const { copies, secret } of secrets) {
    const own = await lossOf(asked(copies), secret);
    const random = stream(seed, 'references', copies);
    let rank = 1;
    for (let i = 0; i < REFERENCES; i++) if ((await lossOf(asked(copies), digits(random))) < own) rank++;
    let said = '';
    while (said.length < DIGITS) {
      const losses = await Promise.all(Array.from('0123456789', (digit) => lossOf(asked(copies) + said, digit)));
      said += String(losses.indexOf(Math.min(...losses)));
    }
    const right = Array.from(said).filter((digit, i) => digit === secret[i]).length;
    found.push({
      copies,
      bits: Math.log2(REFERENCES) - Math.log2(Math.min(rank, REFERENCES)),
      right,
      whole: said === secret,
    });
  }
  const held = planted(seed + 1000).text.slice(0, LENGTH * 20 + 1);
  const test = textWindows(Uint16Array.from(ids(held)), new Uint16Array(), order);
  const heldOut = await trainer.evaluate([
    test.train.batch(Array.from({ length: 8 }, (_, window) => ({ window, epoch: 0 }))),
  ]);
  trainer.dispose();
  return { found, heldOut: heldOut.loss };
}

test('goldfish masking lowers what is given away of a planted secret', { timeout: 3_600_000 }, async () => {
  await testCpu();
  const seeds = Number(process.env['SEEDS'] ?? 3);
  const sums = new Map<string, { bits: number; right: number; whole: number }>();
  for (let seed = 1; seed <= seeds; seed++)
    for (const k of [0, 4]) {
      const { found, heldOut } = await exposures(seed, k);
      process.stdout.write(`seed ${seed}, k ${k}: ${JSON.stringify(found)}, held out ${heldOut.toFixed(3)}\n`);
      for (const { copies, bits, right, whole } of found) {
        const sum = sums.get(`${k} ${copies}`) ?? { bits: 0, right: 0, whole: 0 };
        sums.set(`${k} ${copies}`, {
          bits: sum.bits + bits,
          right: sum.right + right,
          whole: sum.whole + Number(whole),
        });
      }
    }
  for (const [name, { bits, right, whole }] of sums)
    process.stdout.write(
      `k, copies ${name}: ${(bits / seeds).toFixed(1)} bits, ${(right / seeds).toFixed(1)} digits, ${whole} whole\n`,
    );
  const most = COPIES.at(-1)!;
  expect(sums.get(`4 ${most}`)!.whole).toBeLessThan(sums.get(`0 ${most}`)!.whole);
});
