import type { ReadParameterRows } from '../../src/base/numbers/tensorData';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_SAMPLING } from '../../src/base/chat';
import { sizeOf } from '../../src/base/numbers/dtype';
import type { ModelShape } from '../../src/base/modelShape';
import { modelOf, presetNamed, PRESETS, type PresetName } from '../../src/base/settings/presets';
import { stream } from '../../src/base/numbers/rng';
import { PretrainedTokenizer } from '../../src/data/tokens/pretrainedTokenizer';
import { createGenerator } from '../../src/engine/generation/decoder';
import { openEngine } from '../../src/engine/gpuEngine';
import { modelFor } from '../../src/engine/models/modelFor';
import { disposeWeights, initialWeights, uploadFrozen } from '../../src/engine/models/weights';
import { layoutGguf, writeGguf } from '../../src/formats/gguf/gguf';
import { ggufEntries } from '../../src/formats/gguf/ggufKeys';
import { ggufParts, ggufTensors } from '../../src/formats/gguf/ggufModel';
import { ggufTokenizer } from '../../src/formats/gguf/ggufTokenizer';
import { generate } from '../../src/studio/chat/generate';
import { dawn } from '../dawn';
import { hasLlamaCpp, NO_LLAMA, openLlamaCpp } from '../llamaCpp';
import { SMOLLM2 } from './cases';
import { median } from './side';
import { adapterOf } from './sides/ours';

/** Tokens of the prompt, and those that are written on it. */
const PROMPT = 64;
const WRITTEN = 48;
/** Turns of each side; the median counts. */
const ROUNDS = 3;
const THREADS = availableParallelism();
/** Two right programs differ where two logits nearly tie; below this share of equal choices one is wrong. */
const LEAST_EQUAL = 0.9;

interface Row {
  metric: 'read_tokens_per_s' | 'write_tokens_per_s';
  case: string;
  ours: number;
  oursOn: string;
  peer: 'llama.cpp';
  peerValue: number;
  peerOn: string;
  ratio: number;
  /** Places at which both choose the same token after the same text. */
  equalChoices: string;
}

/** One answer of one side: seconds until its first token, and from there to its last. */
interface Turn {
  read: number;
  write: number;
}

/**
 * Tokens per second of reading a prompt and of writing on it greedily, the studio's own way of writing beside llama.cpp
 * on the GGUF that the studio makes of the same weights, F16 on both sides, in turns on one machine: ours on the WebGPU
 * adapter, llama.cpp on the CPU with all its threads. llama.cpp reads what ours has written, so that each choice is
 * compared after the same text. @throws where the choices differ
 */
export async function compareChat(name = '10M'): Promise<Row[]> {
  if (!hasLlamaCpp) throw new Error(NO_LLAMA);
  const model = shapeNamed(name);
  const read = rowsOf(model);
  const folder = mkdtempSync(join(tmpdir(), 'atelier-gguf-'));
  try {
    const file = join(folder, `${name}.gguf`);
    await writeFile(file, model, read);
    const engine = await openEngine({ gpu: dawn() });
    const ours = await oursOf(model, read);
    const theirs = await theirsOf(file, promptOf(model));
    const turns: { ours: Turn; theirs: Turn }[] = [];
    let equal = 0;
    for (let round = -1; round < ROUNDS; round++) {
      const mine = await ours.turn();
      const other = await theirs.turn(mine.ids);
      equal = other.choices.filter((id, i) => id === mine.ids[i]).length;
      if (round >= 0) turns.push({ ours: mine, theirs: other }); // the first compiles, and maps the file
    }
    await theirs.close();
    ours.close();
    if (equal < LEAST_EQUAL * (WRITTEN - 1))
      throw new Error(`${name}: only ${equal} of ${WRITTEN - 1} choices are equal`);
    return rowsFor(name, turns, `${equal} of ${WRITTEN - 1}`, adapterOf(engine));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function shapeNamed(name: string): ModelShape {
  if (name === '135M') return SMOLLM2;
  if (!PRESETS.some((preset) => preset.name === name)) throw new Error(`"${name}" is no size of ours, nor 135M`);
  const preset = presetNamed(name as PresetName);
  return modelOf(preset, preset.vocabSize, preset.settings.contextLength);
}

/** Fresh weights: what they say does not matter, as long as both say it. */
function rowsOf(model: ModelShape): ReadParameterRows {
  const all = new Map([...initialWeights(model, 1)].map((tensor) => [tensor.name, tensor]));
  return (name, row, rows) => {
    const { bytes, shape } = all.get(name)!;
    const width = 4 * sizeOf(shape.slice(1));
    return Promise.resolve(new Float32Array(bytes.slice(row * width, (row + rows) * width).buffer));
  };
}

/** A tokenizer for the file and for ours, of fewer tokens than the model has rows: ids alone are compared. */
const tokenizerJson = (): string => readFileSync('tests/fixtures/tokenizers/gpt2.json', 'utf8');

async function writeFile(path: string, model: ModelShape, read: ReadParameterRows): Promise<void> {
  const entries = [
    ...ggufEntries(model, 'F16', { name: 'bench' }),
    ...ggufTokenizer(tokenizerJson(), model.vocabSize, { eosId: 0, addBos: false }, 'tokenizer.json'),
  ];
  const file = openSync(path, 'w');
  for await (const part of writeGguf(layoutGguf(entries, ggufTensors(model, 'F16')), (t) => ggufParts(t, read)))
    writeSync(file, part);
  closeSync(file);
}

function promptOf({ vocabSize }: ModelShape): number[] {
  const random = stream(2, 'bench', 'prompt');
  return Array.from({ length: PROMPT }, () => random.below(vocabSize));
}

/** As the Chat screen asks: through `generate`, a fresh conversation each time. */
async function oursOf(model: ModelShape, read: ReadParameterRows) {
  const weights = await uploadFrozen(model, 'f16', read);
  const tokenizer = new PretrainedTokenizer(tokenizerJson(), 0, 'tokenizer.json');
  const prompt = { ids: promptOf(model), ends: new Set<number>(), droppedMessages: 0 };
  const sampling = { ...DEFAULT_SAMPLING, temperature: 0, maxTokens: WRITTEN };
  return {
    turn: async (): Promise<Turn & { ids: number[] }> => {
      const generator = createGenerator(modelFor(model, weights));
      const parts = { generator, tokenizer, inTurn: <T>(work: () => Promise<T>) => work() };
      const said = await generate(parts, prompt, [], sampling, () => undefined);
      const ids = generator.held.slice(PROMPT);
      generator.dispose();
      return { read: said.promptMilliseconds / 1000, write: said.milliseconds / 1000, ids };
    },
    close: () => disposeWeights(weights),
  };
}

async function theirsOf(file: string, prompt: readonly number[]) {
  const llama = await openLlamaCpp(file, undefined, THREADS);
  return {
    turn: async (ids: readonly number[]): Promise<Turn & { choices: number[] }> => {
      const begun = performance.now();
      const choices = [await llama.read(prompt)];
      const first = performance.now();
      for (const id of ids) choices.push(await llama.next(id));
      return { read: (first - begun) / 1000, write: (performance.now() - first) / 1000, choices };
    },
    close: () => llama.dispose(),
  };
}

function rowsFor(
  name: string,
  turns: readonly Record<'ours' | 'theirs', Turn>[],
  equalChoices: string,
  oursOn: string,
): Row[] {
  const rate = (side: 'ours' | 'theirs', part: keyof Turn): number =>
    (part === 'read' ? PROMPT : WRITTEN) / median(turns.map((turn) => turn[side][part]));
  return (['read', 'write'] as const).map((part): Row => {
    const [ours, peerValue] = [rate('ours', part), rate('theirs', part)];
    return {
      metric: `${part}_tokens_per_s`,
      case: name,
      ours: Math.round(10 * ours) / 10,
      oursOn,
      peer: 'llama.cpp',
      peerValue: Math.round(10 * peerValue) / 10,
      peerOn: `CPU, ${THREADS} threads`,
      ratio: Math.round((100 * ours) / peerValue) / 100,
      equalChoices,
    };
  });
}
