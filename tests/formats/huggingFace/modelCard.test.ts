import { expect, test } from 'vitest';
import { defaultSettings } from '../../../src/base/settings/trainSettings';
import { cardSentences } from '../../../src/formats/huggingFace/cardSentences';
import { writeModelCard } from '../../../src/formats/huggingFace/modelCard';
import { MODEL } from '../helpers';

const card = writeModelCard({
  name: 'a: "name" | <script>',
  holds: 'model',
  model: MODEL,
  tokenizer: { kind: 'bpe' },
  dtype: 'F32',
  chat: false,
  origin: { tunedFrom: 'first\nrun' },
  datasetNames: ['one.txt', '二.md'],
  shares: [
    { name: 'one.txt', share: 0.875 },
    { name: '二.md', share: 0.125 },
  ],
  sheets: [{ name: 'log <2>', sheet: '- Rows: 4\n\n### Version 2: 5 → 4 rows' }],
  step: 1234,
  tokens: 56_789,
  validationLoss: 2.34567,
  settings: { ...defaultSettings(), learningRate: 0.00123 },
  exportedAt: new Date('2026-03-04T05:06:07Z'),
});

test('says what is known and leaves out what is not', () => {
  for (const fact of [
    '1234',
    '56,789',
    '2.3457',
    '0.00123',
    'one.txt, 二.md',
    'one.txt 87.5 %, 二.md 12.5 %',
    '2026-03-04',
    'first run',
  ]) {
    expect(card).toContain(fact);
  }
  expect(card).not.toMatch(/undefined|NaN|Training loss|SHA-256|base_model|license/);
});

test('an adapter names its base, the base’s licence, and what was trained', () => {
  const text = writeModelCard({
    name: 'fables',
    holds: 'adapter',
    model: { ...MODEL, family: 'qwen2' },
    tokenizer: { kind: 'pretrained' },
    dtype: 'BF16',
    chat: true,
    origin: { tunedFrom: 'owner/base' },
    base: { name: 'base', repository: 'owner/base', revision: '0a1b', licence: 'apache-2.0' },
    adapter: {
      ...{ rank: 4, alpha: 8, dropout: 0, rankStabilized: false, targets: ['q', 'down'] },
      tokens: { texts: ['<|ctx|>', '<tool>'], first: 9, count: 4, baseRows: 11 },
    },
    datasetNames: ['one.jsonl'],
    exportedAt: new Date('2026-03-04T05:06:07Z'),
  });
  const head = ['library_name: "peft"', 'license: "apache-2.0"', 'base_model: "owner/base"', '- "qwen2"', '- "lora"'];
  for (const fact of [...head, 'Qwen 2 architecture', 'rank 4, alpha 8, counted 2 times', 'q, down', 'PeftModel'])
    expect(text).toContain(fact);
  expect(text).toContain('| Base | owner/base, commit 0a1b |');
  expect(text).toContain('AutoModelForCausalLM.from_pretrained("owner/base", revision="0a1b")');
  expect(text).toMatch(/\| New tokens \| .*ctx.*tool.*, ids from 11 \|/);
  expect(text).not.toMatch(/undefined|NaN|Llama/);
});

test('a model that was only imported has no base, and nothing was tuned', () => {
  const facts = {
    ...{ name: 'copy', model: MODEL, tokenizer: { kind: 'pretrained' as const }, dtype: 'BF16', chat: true },
    origin: { importedFrom: 'owner/made' },
    base: { name: 'made', repository: 'owner/made', revision: '0a1b', licence: 'mit' },
    ...{ datasetNames: [], exportedAt: new Date('2026-03-04T05:06:07Z') },
  };
  const text = writeModelCard({ ...facts, holds: 'model' });
  expect(text).not.toMatch(/base|tuned|finetune/i);
  for (const fact of ['| Published as | owner/made, commit 0a1b |', 'As its files say: mit.', 'license: "mit"'])
    expect(text).toContain(fact);
  // in fewer bits it is made of what was published, as hubs tell it
  expect(writeModelCard({ ...facts, holds: 'page' })).toContain('base_model_relation: "quantized"');
  const unnamed = { ...facts, holds: 'page' as const, base: { name: 'made' } };
  for (const language of ['en', 'zh'] as const)
    expect(cardSentences(unnamed, language).join('\n')).not.toMatch(/its base|of the base|tuned|基础模型|微调/);
});

test('a name can’t break the head or the page', () => {
  expect(card.split('---')[1]).toContain('model_name: "a: \\"name\\" | <script>"');
  expect(card.split('---').slice(2).join()).not.toContain('<script>');
});

test('the data sheets of versions stand below their names', () => {
  expect(card).toContain('### log \\<2\\>\n\n- Rows: 4\n\n#### Version 2: 5 → 4 rows');
});
