import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { DEFAULT_SAMPLING, type Generated } from '../../../src/base/chat';
import type { Message } from '../../../src/base/conversation';
import type { ModelRecord } from '../../../src/base/records/model';
import type { GenerateRequest } from '../../../src/base/wire/requests';
import { listCheckpoints } from '../../../src/storage/checkpoints';
import type { AtelierDb } from '../../../src/storage/db';
import { ComputeStudio } from '../../../src/studio/computeStudio';
import { LoadedModels } from '../../../src/studio/chat/loadedModels';
import { promptRoom, chatModelFacts } from '../../../src/studio/chat/speakerFacts';
import { joinAdapters } from '../../../src/studio/models/joinAdapters';
import { dawn } from '../../dawn';
import { freshStorage } from '../../storage/storage';
import { publishedModel, tunedModel } from '../models/publishedModels';

/** Bytes of weights that were written to the GPU: prompts are smaller, and what dispatches need is in uniforms. */
let uploaded = 0;
const SMALLEST = 256;

beforeAll(() => {
  const gpu = dawn();
  const requestAdapter = gpu.requestAdapter.bind(gpu);
  gpu.requestAdapter = async (options) => {
    const adapter = (await requestAdapter(options))!;
    const requestDevice = adapter.requestDevice.bind(adapter);
    adapter.requestDevice = async (descriptor) => {
      const device = await requestDevice(descriptor);
      const write = device.queue.writeBuffer.bind(device.queue);
      device.queue.writeBuffer = (buffer, at, data, from, size) => {
        const bytes = size ?? data.byteLength;
        if (buffer.usage & GPUBufferUsage.STORAGE && bytes >= SMALLEST) uploaded += bytes;
        write(buffer, at, data, from, size);
      };
      return device;
    };
    return adapter;
  };
});

let db: AtelierDb;
let base: ModelRecord;
let studio: ComputeStudio;
beforeEach(async () => {
  db = await freshStorage();
  base = await publishedModel(db);
  studio = new ComputeStudio(db);
});

const QUESTION: Message = { role: 'user', content: 'The fox' };
const ask = (
  weightsId: string,
  messages: Message[] = [QUESTION],
  patch: Partial<GenerateRequest> = {},
): Promise<Generated> => {
  const sampling = { ...DEFAULT_SAMPLING, temperature: 0, maxTokens: 6 };
  const request = { weightsId, prompt: '', messages, stop: [], sampling, ...patch };
  return studio.generate(request, () => undefined, new AbortController().signal);
};

describe('talking to a base and its adapters', () => {
  test('the base stays on the GPU: an adapter brings its own weights alone, and coming back brings nothing', async () => {
    const [first, second] = [await tunedModel(db, base), await tunedModel(db, base, 's')];
    uploaded = 0;
    const plain = await ask(first, [QUESTION], { bare: true });
    const ofBase = uploaded;
    expect(ofBase).toBeGreaterThan(100_000);
    const tuned = await ask(first);
    const ofAdapter = uploaded - ofBase;
    expect(ofAdapter).toBeLessThan(ofBase / 4);
    expect(tuned.text).not.toBe(plain.text);
    const other = await ask(second);
    expect(uploaded).toBe(ofBase + 2 * ofAdapter);
    expect(other.text).not.toBe(tuned.text);
    expect((await ask(first)).text).toBe(tuned.text);
    expect((await ask(first, [QUESTION], { bare: true })).text).toBe(plain.text);
    expect((await ask(second)).text).toBe(other.text);
    expect(uploaded).toBe(ofBase + 2 * ofAdapter);
  });

  test('adapters answer together, as much of each as is asked, while the base stays on the GPU', async () => {
    const [first, second] = [await tunedModel(db, base), await tunedModel(db, base, 's')];
    const at = (weight: number, other: number) => ({
      together: [
        { weightsId: first, weight },
        { weightsId: second, weight: other },
      ],
    });
    const plain = await ask(first, [QUESTION], { bare: true });
    const ofBase = uploaded;
    const alone = await ask(first);
    const ofAdapter = uploaded - ofBase;
    expect((await ask(first, [QUESTION], at(1, 0))).text).toBe(alone.text);
    expect((await ask(first, [QUESTION], at(0, 0))).text).toBe(plain.text);
    const before = uploaded;
    const both = await ask(first, [QUESTION], at(0.7, 0.8));
    expect(uploaded - before).toBe(2 * ofAdapter);
    expect([alone.text, plain.text, (await ask(second)).text]).not.toContain(both.text);
    expect((await ask(first, [QUESTION], at(0.2, 1.5))).text).not.toBe(both.text);
    const { together } = at(0.7, 0.8);
    const [kept] = await listCheckpoints(db, (await joinAdapters(db, 'both', together)).id);
    expect((await ask(kept!.id)).text).toBe(both.text);
    expect((await ask(base.id, [QUESTION], { together })).text).toBe(both.text); // from the base's own side
  });

  test('the second turn reads what is new, each speaker its own; an edited turn is read from there on', async () => {
    const tuned = await tunedModel(db, base);
    const first = await ask(tuned);
    expect(first.context.read).toBe(first.context.prompt);
    const bare = await ask(tuned, [QUESTION], { bare: true });
    expect(bare.context.read).toBe(bare.context.prompt); // keys and values of other weights
    const next: Message[] = [QUESTION, { role: 'assistant', content: first.text }, { role: 'user', content: 'ran' }];
    const second = await ask(tuned, next);
    expect(second.context.prompt).toBeGreaterThan(first.context.prompt);
    expect(second.context.read).toBeLessThanOrEqual(second.context.prompt - first.context.prompt);
    const edited = await ask(tuned, [{ role: 'user', content: 'The lamp' }]);
    expect(edited.context.read).toBeGreaterThan(1);
    expect(edited.context.read).toBeLessThan(edited.context.prompt); // the template begins as before
    const again = await new ComputeStudio(db).generate(
      {
        weightsId: tuned,
        prompt: '',
        messages: next,
        stop: [],
        sampling: { ...DEFAULT_SAMPLING, temperature: 0, maxTokens: 6 },
      },
      () => undefined,
      new AbortController().signal,
    );
    expect(again.context.read).toBe(second.context.prompt);
    expect(again.text).toBe(second.text);
  });
});

test('a cache does not outlive the adapter that it read, though its answer ended later', async () => {
  const ids: string[] = [];
  for (const name of ['r', 's', 't', 'u', 'v']) ids.push(await tunedModel(db, base, name));
  const { text } = await ask(ids[0]!); // opens the device
  const loaded = new LoadedModels(db);
  const writing = await loaded.speaker(ids[0]!);
  for (const id of ids.slice(1)) (await loaded.speaker(id)).done(); // the fourth of them takes the place of the first
  writing.done();
  const again = await loaded.speaker(ids[0]!);
  expect(again.generator).not.toBe(writing.generator);
  expect([...(await again.generator.prefill([1, 2]))].every(Number.isFinite)).toBe(true);
  again.done();
  loaded.release();
  expect((await ask(ids[0]!)).text).toBe(text);
});

test('any token of an answer opens what could have stood there, by the weights that wrote it', async () => {
  const tuned = await tunedModel(db, base);
  const said = await ask(tuned);
  const trace = said.trace!;
  expect(trace.ids).toHaveLength(said.pieces.length);
  const { signal } = new AbortController();
  const request = { weightsId: tuned, prompt: '', messages: [QUESTION], trace };
  for (const at of trace.ids.keys()) {
    const { drawn, likeliest } = await studio.alternatives({ ...request, at }, signal);
    expect(likeliest[0]).toEqual(drawn); // it was asked at temperature 0
    expect(likeliest).toHaveLength(5);
  }
  const { likeliest } = await studio.alternatives({ ...request, bare: true, at: 0 }, signal);
  expect(likeliest[0]!.probability).not.toBe(
    (await studio.alternatives({ ...request, at: 0 }, signal)).drawn.probability,
  );
  const others = studio.alternatives({ ...request, messages: [{ role: 'user', content: 'The owl' }], at: 0 }, signal);
  await expect(others).rejects.toMatchObject({ code: 'answer-context-changed' });
});

test('a model says how it is talked to, and a conversation how much room it takes', async () => {
  const tuned = await tunedModel(db, base);
  expect(await chatModelFacts(db, base.id)).toMatchObject({
    template: 'own',
    conversational: true,
    contextLength: base.model.contextLength,
    sampling: { temperature: 0.6, topP: 0.9 },
  });
  expect(await chatModelFacts(db, 'r')).toEqual(await chatModelFacts(db, base.id));
  const said = await ask(tuned);
  const { prompt, capacity, droppedMessages } = said.context;
  expect(await promptRoom(db, base.id, [QUESTION], 6)).toEqual({ prompt, capacity, droppedMessages });
  await expect(chatModelFacts(db, 'nobody')).rejects.toMatchObject({ code: 'run-missing' });
});
