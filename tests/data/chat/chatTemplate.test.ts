import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Message } from '../../../src/base/conversation';
import { ChatTemplate } from '../../../src/data/chat/chatTemplate';

// What transformers makes of these templates: tests/fixtures/templates.py.

interface Golden {
  templates: Record<string, string>;
  tokens: { bos_token: string; eos_token: string };
  cases: {
    template: string;
    messages: Message[];
    text?: string;
    prompt?: string;
    spans?: string[];
    refused?: string;
  }[];
}
const golden = JSON.parse(
  readFileSync(new URL('../../fixtures/tokenizers/templates.json', import.meta.url), 'utf8'),
) as Golden;
const templateOf = (name: string): ChatTemplate => new ChatTemplate(golden.templates[name]!, golden.tokens);
afterEach(() => vi.restoreAllMocks());

/** A look at the clock, after some steps of a template, is 20 ms later: a machine of any speed gives the same outcome. */
function tickingClock(): void {
  let now = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => (now += 20));
}

const isAnswer = ({ role }: Message): boolean => role === 'assistant';

describe.each(Object.keys(golden.templates))('the template %s', (name) => {
  const template = templateOf(name);
  const cases = golden.cases.filter((c) => c.template === name);

  test.each(cases)('renders as transformers does: %j', ({ messages, text, prompt, refused }) => {
    if (refused !== undefined)
      expect(() => template.render(messages)).toThrow(
        expect.objectContaining({ code: 'template-refused', facts: { reason: refused } }),
      );
    else {
      expect(template.render(messages)).toBe(text);
      expect(template.render(messages, { addGenerationPrompt: true })).toBe(prompt);
    }
  });

  test.each(cases.filter((c) => c.spans))('finds the assistant’s parts where transformers does: %j', (c) => {
    const { text, spans } = template.spans(c.messages);
    expect(spans.map(({ start, end }) => text.slice(start, end))).toEqual(c.spans);
    expect(spans.map(({ message }) => message)).toEqual(c.messages.flatMap((m, i) => (isAnswer(m) ? [i] : [])));
  });
});

test('without tags, a part is what the answer adds, the end of its turn included', () => {
  const { text, spans } = templateOf('chatml').spans([
    { role: 'user', content: 'a' },
    { role: 'assistant', content: 'b' },
    { role: 'user', content: 'c' },
    { role: 'assistant', content: 'd' },
  ]);
  expect(spans.map(({ start, end }) => text.slice(start, end))).toEqual(['b<|im_end|>\n', 'd<|im_end|>\n']);
});

test('a template that rewrites earlier turns is refused for several turns, and serves for one', () => {
  const talk: Message[] = [
    { role: 'user', content: 'a' },
    { role: 'assistant', content: 'b' },
    { role: 'user', content: 'c' },
    { role: 'assistant', content: 'd' },
  ];
  const template = templateOf('thinking');
  expect(() => template.spans(talk)).toThrow(
    expect.objectContaining({ code: 'template-not-prefix', facts: { message: 2 } }),
  );
  const { text, spans } = template.spans(talk.slice(0, 2));
  expect(text.slice(spans[0]!.start, spans[0]!.end)).toBe('<think>\n\n</think>\n\nb<|im_end|>\n');
});

test('blanks and characters are taken off as Python does', () => {
  const source =
    "{{ a.strip() }}|{{ a | trim }}|{{ b.lstrip('x-') }}|{{ b.rstrip('-x') }}|{{ b.strip('x-') }}|{{ b.strip('') }}";
  const set = "{% set a = messages[0].content %}{% set b = 'x-😀x-y-x' %}";
  const template = new ChatTemplate(set + source, {});
  const content = '\u001c\u0085\u00a0\ufeffa \u2003\n';
  expect(template.render([{ role: 'user', content }])).toBe('\ufeffa|\ufeffa|😀x-y-x|x-😀x-y|😀x-y|x-😀x-y-x');
});

test('the date is the one given, on every day', () => {
  const source = "{{ strftime_now('%d %b %Y, %A %H:%M %%') }}";
  expect(new ChatTemplate(source, {}, new Date(2026, 6, 4, 9, 5)).render([])).toBe('04 Jul 2026, Saturday 09:05 %');
});

const ENDLESS: [source: string, code: string][] = [
  [
    '{% set ns = namespace(x={}) %}{% for i in range(40) %}{% set ns.x = {"a": ns.x, "b": ns.x} %}{% endfor %}{{ ns.x | tojson }}',
    'template-slow',
  ],
  [
    '{% set ns = namespace(x=[]) %}{% for i in range(40) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x }}',
    'template-slow',
  ],
  [
    '{% set ns = namespace(x=[], y=[]) %}{% for i in range(40) %}{% set ns.x = [ns.x, ns.x] %}{% set ns.y = [ns.y, ns.y] %}{% endfor %}{{ ns.x == ns.y }}',
    'template-slow',
  ],
  [
    '{% for a in range(90000) %}{% for b in range(90000) %}{% for c in range(90000) %}{% endfor %}{% endfor %}{% endfor %}',
    'template-slow',
  ],
  [
    '{% set ns = namespace(l=[1]) %}{% for i in range(19) %}{% set ns.l = ns.l + ns.l %}{% endfor %}{% for a in range(90000) %}{% for b in ns.l %}{% endfor %}{% endfor %}',
    'template-slow',
  ],
  [
    '{% set ns = namespace(l=[1]) %}{% for i in range(19) %}{% set ns.l = ns.l + ns.l %}{% endfor %}{% for a in range(90000) %}{% set x = ns.l | sort %}{% endfor %}',
    'template-slow',
  ],
  ["{{ 'x' * 1000000000 }}", 'template-broken'],
  ['{% for i in range(30000) %}{% for j in range(30000) %}x{% endfor %}{% endfor %}', 'template-slow'],
  ['{% for i in range(1000000000) %}x{% endfor %}', 'template-slow'],
  ['{{ range(1, 10, 0) }}', 'template-slow'],
  ['{% macro f(n) %}{{ f(n) }}{% endmacro %}{{ f(1) }}', 'template-broken'],
  ['{% if %}', 'template-broken'],
  ['{{ messages[0].content.nothing() }}', 'template-broken'],
  [
    "{% set ns = namespace(s='x') %}{% for i in range(60) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}{{ ns.s }}",
    'template-broken',
  ],
  [
    "{% set ns = namespace(s='x') %}{% for i in range(60) %}{% set ns.s = ns.s + ns.s %}{% endfor %}{{ ns.s | length }}",
    'template-broken',
  ],
  [
    '{% set ns = namespace(l=[1]) %}{% for i in range(60) %}{% set ns.l = ns.l + ns.l %}{% endfor %}{{ ns.l | length }}',
    'template-broken',
  ],
  [
    "{% for i in range(99999) %}{% for c in ['a', 'b', 'c', 'd'] %}{% for m in messages %}{{ c | upper | lower }}{% endfor %}{% endfor %}{% endfor %}",
    'template-slow',
  ],
  ['{% macro f(n) %}{% for i in range(2) %}{{ f(n + 1) }}{% endfor %}{% endmacro %}{{ f(1) }}', 'template-broken'],
  ['{{ ' + '('.repeat(20_000) + '1' + ')'.repeat(20_000) + ' }}', 'template-broken'],
  ['{% if true %}'.repeat(8_000) + 'x' + '{% endif %}'.repeat(8_000), 'template-broken'],
  ['{{ not '.padEnd(9000, 'not ') + 'true }}{{ x.y.z }}', 'template-broken'],
  ['x'.repeat(200_001), 'template-long'],
  ["{{ ('x' * 1000 * 1000 * 10) | list | length }}", 'template-broken'],
  ['{% for m in messages %}', 'template-broken'],
  ['{{ messages[99].content | trim }}{{ messages.x.y }}', 'template-broken'],
  ["{{ 'a' | nosuchfilter }}", 'template-broken'],
  ['{{ 1 // 0 }}{{ [].pop() }}', 'template-broken'],
  ['{% include "x" %}', 'template-broken'],
];
test.each(ENDLESS.map(([source, code]) => ({ begins: source.slice(0, 60), code, source })))(
  '$begins… ends in words: $code',
  ({ source, code }) => {
    tickingClock();
    const work = () => new ChatTemplate(source, {}).render([{ role: 'user', content: 'x' }]);
    expect(work).toThrow(expect.objectContaining({ code }));
  },
);

test('a long conversation ends in time', () => {
  tickingClock();
  const turns = Array.from({ length: 1000 }, (_, i): Message => {
    return { role: i % 2 ? 'assistant' : 'user', content: 'some words '.repeat(50) };
  });
  expect(templateOf('thinking').render(turns)).toContain('some words');
});

test.each([
  ['Hi\n{% include "x" %}', 2, '{% include "x" %}'],
  ["{{ 'a' }}\n\n{{ 'a' | nosuchfilter }}", 3, "'a' | nosuchfilter"],
  ["{% if 'a' + 1 %}x{% endif %}", 1, "'a' + 1"],
  ['{% for m in messages %}\n{{ m.content.nothing() }}\n{% endfor %}', 2, 'm.content.nothing()'],
  ['x\n{% for m in messages %}\nx', 2, '{% for m in messages %}'],
  ['{{ 1 + }}', 1, '{{ 1 + }}'],
])('%j is refused with its line and what stands there', (source, line, construct) => {
  const work = () => new ChatTemplate(source, {}).render([{ role: 'user', content: 'x' }]);
  expect(work).toThrow(expect.objectContaining({ code: 'template-broken', facts: { line, construct } }));
});

test('long runs of blanks are read once, not from each of them', () => {
  const blanks = ' '.repeat(190_000);
  expect(new ChatTemplate(`{% generation %}${blanks}{% endgeneration %}`, {}).render([])).toBe(blanks);
  expect(new ChatTemplate(`${'\n \t'.repeat(60_000)}{%- generation %}x{% endgeneration %}`, {}).render([])).toBe('x');
});
