import { pageOn, settle, untilAborted } from '../../../fakes';
import { expect, test, vi } from 'vitest';
import { Judging } from '../../../../../src/app/panels/Evaluate/Judge/judging.svelte';
import { judgingOf, typedPrompts } from '../../../../../src/app/panels/Evaluate/Judge/newJudging';
import { DEFAULT_SAMPLING, type Generated } from '../../../../../src/base/chat';
import { AtelierError } from '../../../../../src/base/errors/errors';
import type { BlindAnswer } from '../../../../../src/base/records/judging';
import type { JudgingView } from '../../../../../src/base/wire/judging';
import type { DataApi } from '../../../../../workers/data.api';
import type { GpuApi } from '../../../../../workers/gpu.api';

const REPORT = { couples: [], judges: [], disagreements: [], failed: 0, same: 0 };
const generated = (text: string): Generated => ({
  ...{ text, pieces: [text], tokens: 1, promptMilliseconds: 1, milliseconds: 1, stoppedBy: 'end' },
  context: { capacity: 64, prompt: 1, read: 1, droppedMessages: 0, droppedTokens: 0 },
});

/** An open comparison of two candidates on two prompts, of which nothing is written. */
async function comparisonOn(generate: GpuApi['generate'], more: Partial<DataApi> = {}) {
  const candidates = ['a', 'b'].map((id) => ({ from: { name: id }, weightsId: id }));
  const sampling = { ...DEFAULT_SAMPLING, seed: 5 };
  const record = judgingOf('A / B', candidates, typedPrompts('Who?\n\n Why? ', 'messages'), sampling);
  const kept: BlindAnswer[] = [];
  const view = (): JudgingView => {
    const left = [0, 1].flatMap((prompt) => [0, 1].map((candidate) => ({ prompt, candidate })))[kept.length];
    const pair = { prompt: 0, left: 1, right: 0, number: 1, asked: record.prompts[0]! };
    return {
      ...{ judging: record, judged: 0, total: 2, written: kept.length, answers: 4, canUndo: false, report: REPORT },
      ...(left && { toWrite: left }),
      ...(kept.length > 1 && { pair: { ...pair, leftAnswer: kept[1]!, rightAnswer: kept[0]! } }),
    };
  };
  const page = pageOn(
    {
      judgingView: () => Promise.resolve(view()),
      keepBlindAnswer: (_id, _place, answer) => Promise.resolve(void kept.push(answer)),
      ...more,
    },
    { generate },
  );
  const judging = new Judging(page);
  await judging.open(record.id);
  return { judging, kept, view };
}

test('every candidate answers every prompt with the same seed, and each answer is stored as it comes', async () => {
  const generate = vi.fn<GpuApi['generate']>(({ weightsId }) => Promise.resolve(generated(`by ${weightsId}`)));
  const { judging, kept } = await comparisonOn(generate);
  await judging.write();
  expect(kept.map(({ text }) => text)).toEqual(['by a', 'by b', 'by a', 'by b']);
  const asked = generate.mock.calls.map(([{ sampling, messages }]) => [sampling.seed, messages![0]!.content]);
  expect(asked).toEqual([[5, 'Who?'], [5, 'Who?'], [5, 'Why?'], [5, 'Why?']]); // prettier-ignore
  expect(judging.writing.running).toBe(false);
});

test('a cancel stores no part of an answer; an answer that fails by its prompt is kept as failed, a lost GPU is not', async () => {
  const stopped = await comparisonOn((_request, _onText, signal) => untilAborted(signal));
  const writing = stopped.judging.write();
  await settle();
  stopped.judging.writing.cancel();
  await writing;
  expect([stopped.kept, stopped.judging.writing.error]).toEqual([[], undefined]);

  const failing = ({ weightsId }: { weightsId: string }): Promise<Generated> =>
    weightsId === 'a'
      ? Promise.reject(new AtelierError('chat-too-long'))
      : Promise.reject(new AtelierError('gpu-gone'));
  const { judging, kept } = await comparisonOn(failing);
  await judging.write();
  expect(kept).toEqual([{ text: '', tokens: 0, error: { code: 'chat-too-long', facts: {} } }]);
  expect(judging.writing.error?.code).toBe('gpu-gone');
});

test('a key that is pressed twice judges a pair once', async () => {
  const judgeBlind = vi.fn<DataApi['judgeBlind']>(() => new Promise(() => undefined));
  const { judging } = await comparisonOn(() => Promise.resolve(generated('x')), { judgeBlind });
  await judging.write();
  void judging.decide('left');
  void judging.decide('right');
  expect(judgeBlind.mock.calls.map(([, decision]) => decision)).toEqual([
    { prompt: 0, left: 1, right: 0, choice: 'left' },
  ]);
});
