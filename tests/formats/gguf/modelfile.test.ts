import { expect, test } from 'vitest';
import { writeModelfile } from '../../../src/formats/gguf/modelfile';

test('the format is seen in the chat template, and its end of a turn stops', () => {
  const text = writeModelfile({
    from: './m.gguf',
    end: '</s>',
    chatTemplate: "{{ '<|im_start|>' }}",
    parameters: { top_k: 40 },
  });
  expect(text).toContain('FROM ./m.gguf\nTEMPLATE """{{- range');
  expect(text).toContain('PARAMETER stop "<|im_end|>"');
  expect(text).toContain('PARAMETER top_k 40');
});

test('an unknown format is left to the GGUF; no template means the prompt as it is', () => {
  expect(writeModelfile({ from: 'm', end: '</s>', chatTemplate: '[INST]' })).toBe('FROM m\n');
  expect(writeModelfile({ from: 'm', end: '</s>', adapter: 'a' })).toBe(
    'FROM m\nADAPTER a\nTEMPLATE """{{ .Prompt }}"""\n',
  );
});

test('quotes in a text can’t end it', () => {
  const text = writeModelfile({ from: 'm', end: '</s>', chatTemplate: '-', system: 'a """ b"', license: 'MIT' });
  expect(text.match(/"""/g)).toHaveLength(4);
});
