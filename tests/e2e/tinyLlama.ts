// A published model of a few thousand weights in a folder, as a person has one, for visits that open it.
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const FIXTURES = join(import.meta.dirname, '../fixtures/published');
const TEMPLATE = `{% for message in messages %}<|im_start|>{{ message.role }}
{{ message.content }}<|im_end|>
{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant
{% endif %}`;

/**
 * A Llama of 38,000 weights in three shards.
 * @param context in tokens, in place of its 64
 */
export function tinyLlama(parent: string, name = 'TinyFox', template = TEMPLATE, context?: number): string {
  const folder = join(parent, name);
  mkdirSync(folder);
  cpSync(join(FIXTURES, 'llama'), folder, { recursive: true, filter: (path) => !path.endsWith('adapter') });
  cpSync(join(FIXTURES, 'tokenizer.json'), join(folder, 'tokenizer.json'));
  writeFileSync(join(folder, 'chat_template.jinja'), template);
  if (context !== undefined) {
    const config = join(folder, 'config.json');
    const said = JSON.parse(readFileSync(config, 'utf8')) as object;
    writeFileSync(config, JSON.stringify({ ...said, max_position_embeddings: context }));
  }
  return folder;
}
