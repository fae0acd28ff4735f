// Templates as Jinja renders them in Python: goldens of tests/fixtures.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Message } from '../../../src/base/conversation';
import { ChatTemplate } from '../../../src/data/chat/chatTemplate';

// What Jinja in transformers' environment makes of these: tests/fixtures/python_templates.py.

const golden = JSON.parse(
  readFileSync(new URL('../../fixtures/tokenizers/python_templates.json', import.meta.url), 'utf8'),
) as { messages: Message[]; printed: { template: string; text: string }[]; refused: string[] };
const TOKENS = { bos_token: '<s>', eos_token: '</s>' };
const render = (template: string): string =>
  new ChatTemplate(template, TOKENS, new Date(2026, 6, 4, 9, 5, 7)).render(golden.messages);

test.each(golden.printed)('prints as Python does: $template', ({ template, text }) => {
  expect(render(template)).toBe(text);
});

test.each(golden.refused)('is refused as Python refuses it: %s', (template) => {
  expect(() => render(template)).toThrow(expect.objectContaining({ code: 'template-broken' }));
});

test.each(['\n', '\r\n', '\r'])('a template whose lines end with %j marks the same answer', (end) => {
  const source = ['{% for m in messages %}', '{{ m.role }}', "{{ '", "' }}", '{{ m.content }}', '{% endfor %}'];
  const opening = ['{% if add_generation_prompt %}', 'assistant', "{{ '", "' }}", '{% endif %}', ''];
  const template = new ChatTemplate([...source, ...opening].join(end), TOKENS);
  const { text, spans } = template.spans(golden.messages.slice(1));
  expect(text.slice(spans[0]!.start, spans[0]!.end)).toBe('Yo\n');
});
