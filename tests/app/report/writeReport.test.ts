import { runRecord, checkpointSummary } from '../fakes';
import { DomUtils, parseDocument } from 'htmlparser2';
import { expect, test } from 'vitest';
import type { EvaluationReport, MetricLine } from '../../../src/base/wire/evaluation';
import type { StepPoint } from '../../../src/base/wire/events';
import { defaultSettings } from '../../../src/base/settings/trainSettings';
import { DEFAULT_SAMPLING } from '../../../src/base/chat';
import type { Judgement } from '../../../src/base/records/judging';
import { judgingReport } from '../../../src/studio/judge/judgingReport';
import { judgingOf } from '../../../src/app/panels/Evaluate/Judge/newJudging';
import { reportSources, runOfWeights, type ReportData } from '../../../src/app/report/sources';
import { reportFileName, writeReport } from '../../../src/app/report/writeReport';
import { language } from '../../../src/app/words/language.svelte';

const { findAll, getElementsByTagName, textContent } = DomUtils;

const HOSTILE = '<script>alert("https://example.org/x")</script> & \'tea\'';
const NOW = Date.UTC(2026, 0, 5, 9);

const step = (at: number): StepPoint => ({
  ...{ step: at, loss: 5 / at, accuracy: 0.5, gradNorm: 1, rate: 1e-3, tokens: 10, milliseconds: 100, gpuBytes: 4e7 },
});
const run = runRecord('r', {
  ...{ name: HOSTILE, note: HOSTILE, tags: [HOSTILE], datasetNames: [HOSTILE], settings: defaultSettings() },
  ...{ status: 'finished', step: 4, totalSteps: 4, tokens: 40, bestValidationLoss: 1.25, createdAt: NOW },
});

const line: MetricLine = {
  ...{ key: 'loss', part: 'language', unit: 'nats', direction: 'down', values: [2.5, 1.5], intervals: [null, null] },
  comparisons: [
    {
      ...{ model: 1, to: 0, base: 2.5, tuned: 1.5, difference: -1, interval: { low: -1.2, high: -0.8 } },
      ...{ verdict: 'better', rows: 20, clusters: 20, notScored: 1 },
    },
  ],
};
const evaluation: EvaluationReport = {
  record: {
    ...{ id: 'e', name: HOSTILE, createdAt: NOW, updatedAt: NOW, parts: ['language'], mostRows: 20, longestAnswer: 9 },
    ...{ seed: 1, total: 20, done: 10, from: { kind: 'held-out', weightsId: 'c', runName: 'r' } },
    models: [
      { weightsId: 'base', name: 'base', writing: 'plain' },
      { weightsId: 'c', name: HOSTILE, step: 4, writing: 'plain' },
    ],
  },
  ...{ rows: 20, generalRows: 0, main: [line], metrics: [line], best: [], worst: [], harness: false },
  slices: [{ slice: 'length', value: 'short', rows: 7, values: [2, 1], gap: 0.25, interval: { low: 0.1, high: 0.4 } }],
  findings: [{ code: 'cut-off', model: 1, rows: 3, of: 20 }],
};
const judging = judgingOf(
  'owl / fox',
  [
    { from: { kind: 'base', name: 'owl' } as never, weightsId: 'base' },
    { from: { kind: 'run', name: HOSTILE } as never, weightsId: 'c' },
  ],
  Array.from({ length: 12 }, () => ({ asked: [] })),
  DEFAULT_SAMPLING,
);
const judgements = Array.from({ length: 12 }, (_, prompt): Judgement => {
  const asked = { judgingId: judging.id, n: prompt, at: 0, judge: '', prompt };
  return { ...asked, left: 0, right: 1, choice: 'right' };
});

/** What storage answers about the run; `measured`: it was evaluated, judged and sampled. */
function dataOf(measured: boolean): ReportData {
  const give = <T>(value: T) => Promise.resolve(value);
  const other = { ...evaluation.record, id: 'o', models: [evaluation.record.models[0]!] };
  return {
    runFacts: () =>
      give({
        ...{
          texts: [{ name: HOSTILE, rows: 100, sha256: 'ab12', listed: true }],
          gpuNames: ['Card X'],
          milliseconds: 400,
        },
        prepared: {
          ...{ trainRows: 90, validationRows: measured ? 10 : 0, trainTokens: 1234, validationTokens: 99 },
          ...{ validationShare: 0.1, sha256: 'cd34', picks: [] },
        } as never,
      }),
    history: () =>
      give(
        measured
          ? [
              {
                ...{ runId: 'r', fromStep: 0, toStep: 4, steps: [1, 2, 3, 4].map(step) },
                validations: [{ step: 4, loss: 1.25, accuracy: 0.5, tokens: 9, best: true }],
                samples: [{ step: 4, prompt: 'Tea ', text: HOSTILE }],
              },
            ]
          : [],
      ),
    listCheckpoints: (id) => give(id === 'r' ? [checkpointSummary('c')] : []),
    listEvaluations: () => give(measured ? [other, evaluation.record] : [other]),
    evaluationReport: (id) => (id === 'e' ? give(evaluation) : Promise.reject(new Error('not of this run'))),
    listJudgings: () => give(measured ? [judging] : []),
    judgingView: () =>
      give({
        ...{ judging, judged: 12, total: 12, written: 24, answers: 24, canUndo: true },
        report: judgingReport(judging, judgements),
      }),
  };
}
const reportOf = async (measured: boolean): Promise<string> =>
  writeReport(await reportSources(run, dataOf(measured)), NOW);

function sectionsIn(text: string): Map<string, string> {
  const sections = getElementsByTagName('section', parseDocument(text).children);
  return new Map(sections.map((section) => [section.attribs['id']!, textContent(section).replace(/\s+/g, ' ')]));
}
const PARTS = ['verdict', 'data', 'settings', 'curves', 'metrics', 'samples', 'judgements', 'machine', 'limits'];

test('each part stands in it with what is stored', async () => {
  const parts = sectionsIn(await reportOf(true));
  expect([...parts.keys()]).toEqual(PARTS);
  expect(parts.get('verdict')).toContain('better');
  for (const value of ['ab12', 'cd34', '1,234', '90 trained on, 10 held out'])
    expect(parts.get('data')).toContain(value);
  expect(parts.get('settings')).toContain('Learning rate');
  expect(parts.get('curves')).toContain('1.250');
  for (const value of ['2.500', '−1.000', '[−1.200, −0.800]', '20', '+0.250'])
    expect(parts.get('metrics')).toContain(value);
  expect(parts.get('samples')).toContain(`Tea ${HOSTILE}`);
  expect(parts.get('judgements')).toContain('12 of 12 decided pairs');
  for (const value of ['Card X', '400 ms', '100 tokens/s', '40 MB'])
    expect(parts.get('machine')?.replace(/\u00a0/g, ' ')).toContain(value);
  expect(parts.get('limits')).toContain('10 of 20 results');
});

test('what was not measured says so', async () => {
  const parts = sectionsIn(await reportOf(false));
  expect(parts.get('verdict')).toContain('Not measured');
  for (const name of ['curves', 'metrics', 'samples', 'judgements'])
    expect(parts.get(name), name).toContain('not measured');
  expect(parts.get('limits')).toContain('No rows were held out');
  expect(parts.get('limits')).toContain('No evaluation is stored');
});

test('it holds no script, names nothing outside itself, and every text is text', async () => {
  const text = await reportOf(true);
  const elements = findAll(() => true, parseDocument(text).children);
  const names = new Set(elements.map(({ name }) => name));
  for (const name of ['script', 'link', 'img', 'iframe', 'object', 'form', 'base'])
    expect(names, name).not.toContain(name);
  for (const { name, attribs } of elements)
    for (const [key, value] of Object.entries(attribs)) {
      expect(key, name).not.toMatch(/^(?:on|style$|src)/);
      if (key === 'href') expect(value).toMatch(/^#[a-z]+$/);
    }
  expect(text).not.toMatch(/url\(|@import/);
  expect(getElementsByTagName('h1', parseDocument(text).children).map((h) => textContent(h))).toEqual([
    `Report of ${HOSTILE}`,
  ]);
});

test('its policy allows the one style that it holds, and nothing else', async () => {
  const document = parseDocument(await reportOf(true)).children;
  const policy = getElementsByTagName('meta', document).find(({ attribs }) => attribs['http-equiv'])!.attribs[
    'content'
  ];
  const style = textContent(getElementsByTagName('style', document));
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(style)));
  const hash = Buffer.from(digest).toString('base64');
  expect(policy).toBe(`default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`);
});

test('it is written in the language of the page', async () => {
  language.current = 'zh';
  try {
    const text = await reportOf(true);
    expect(text).toContain('<html lang="zh-Hans">');
    expect(sectionsIn(text).get('limits')).toContain('局限');
  } finally {
    language.current = 'en';
  }
});

test('the run of a checkpoint is found; a name becomes that of a file', async () => {
  const runs = [runRecord('q'), run];
  expect((await runOfWeights(runs, 'c', dataOf(true)))?.id).toBe('r');
  expect(await runOfWeights(runs, 'gone', dataOf(true))).toBeUndefined();
  expect(reportFileName('../tea: 第一 次?')).toBe('tea-第一-次-report.html');
  expect(reportFileName('???')).toBe('run-report.html');
});
