// The files of the model that comes with the studio: what they say of special tokens.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { CHATML } from '../../src/base/ownTemplates';

const read = (file: string): Record<string, unknown> =>
  JSON.parse(readFileSync(`public/models/atelier-starter/${file}`, 'utf8')) as Record<string, unknown>;

test('it names no pad token, as no export does: the end token in its place would be masked by other trainers', () => {
  expect(read('config.json')).toMatchObject({ eos_token_id: [0, 2047], pad_token_id: null });
  expect(read('generation_config.json')).toMatchObject({ eos_token_id: [0, 2047], pad_token_id: null });
  expect(read('tokenizer_config.json')).not.toHaveProperty('pad_token');
});

test('its chat template is the studio’s, which writes tools', () => {
  expect(readFileSync('public/models/atelier-starter/chat_template.jinja', 'utf8')).toBe(CHATML);
});
