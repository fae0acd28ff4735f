import { answering, type OpenSide, type Question } from '../answer';
import type { SideName } from '../compare';
import { counting } from '../counting';

const SIDES: Record<SideName, () => Promise<{ open: OpenSide }>> = {
  ours: () => import('../sides/ours'),
  tfjs: () => import('../sides/tfjs'),
  '@jax-js/jax': () => import('../sides/jax'),
  '@genai-fi/nanogpt': () => import('../sides/nanogpt'),
};

/** By their paths, without naming them to the types: the project is checked where they are not installed. */
const NANOGPT = import.meta.glob('../node_modules/@genai-fi/nanogpt/dist/{main,training/BasicTrainer}.js', {
  exhaustive: true,
});

const counts = counting(navigator.gpu);
const open: OpenSide = async (bench, nanogptFile) => (await SIDES[self.name as SideName]()).open(bench, nanogptFile);
const answer = answering(open, (file) => NANOGPT[`../node_modules/@genai-fi/nanogpt/dist/${file}`]!(), counts);

self.onmessage = ({ data }: MessageEvent<Question>) => void answer(data).then((result) => postMessage(result));
