import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { harnessFiles } from '../../../src/formats/harness/harnessTask';

const ROWS = {
  texts: ['One line.', '[1, 2]\nwith "quotes" and 好'],
  choices: [{ context: 'user: Hi\nassistant:', choices: [' Hello.', ' [no]'], gold: 0 }],
};

const filesOf = (name: string, rows = ROWS): Map<string, string> =>
  new Map(harnessFiles(name, rows).map(({ path, text }) => [path, text]));

test('a task for texts and one for choices, each beside its rows, read verbatim by the names of their fields', () => {
  const files = filesOf('Better? 第2次');
  expect([...files.keys()]).toEqual(['texts.yaml', 'texts.jsonl', 'choices.yaml', 'choices.jsonl', 'README.md']);
  expect(parse(files.get('texts.yaml')!)).toMatchObject({
    ...{ task: 'atelier_better_2_texts', dataset_path: 'json', test_split: 'test' },
    ...{ dataset_kwargs: { data_files: { test: 'texts.jsonl' } }, output_type: 'loglikelihood_rolling' },
    ...{ doc_to_text: '', doc_to_target: 'text' },
    metric_list: [{ metric: 'word_perplexity' }, { metric: 'byte_perplexity' }, { metric: 'bits_per_byte' }],
  });
  expect(parse(files.get('choices.yaml')!)).toMatchObject({
    ...{ output_type: 'multiple_choice', doc_to_text: 'context', doc_to_choice: 'choices', doc_to_target: 'gold' },
    ...{ target_delimiter: '', metric_list: [{ metric: 'acc' }, { metric: 'acc_norm' }, { metric: 'acc_bytes' }] },
  });
  const lines = (path: string): unknown[] =>
    files
      .get(path)!
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);
  expect(lines('texts.jsonl')).toEqual(ROWS.texts.map((text) => ({ text })));
  expect(lines('choices.jsonl')).toEqual(ROWS.choices);
  expect(files.get('README.md')).toContain('--tasks atelier_better_2_texts,atelier_better_2_choices');
});

test('only what there is', () => {
  expect([...filesOf('好', { ...ROWS, choices: [] }).keys()]).toEqual(['texts.yaml', 'texts.jsonl', 'README.md']);
  expect(filesOf('好').get('texts.yaml')).toContain('task: "atelier_rows_texts"');
  expect(harnessFiles('none', { texts: [], choices: [] })).toEqual([]);
});
