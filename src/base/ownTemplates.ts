// The chat templates (Jinja) of the studio: of models that bring none, and of the one that comes with it. Tools, calls
// and results stand in the tags of Hermes and Qwen 2.5, which llama.cpp and most servers read back as calls; without
// their sentences about it, which would take the better part of a small model's context. Rendered in data/chat.

/** The tools of a conversation, in front of what its system message says. */
const TOOLS = `'<tools>\\n' }}
{%- for tool in tools %}
{{- (tool | tojson) + '\\n' }}
{%- endfor %}
{{- '</tools>'`;

/** Behind the words of an answer; a call that is all of an answer begins it. */
const CALLS = `{%- for call in message.tool_calls or [] %}
{{- '\\n' if message.content or not loop.first else '' }}
{{- '<tool_call>\\n{"name": "' + call.function.name + '", "arguments": ' }}
{{- (call.function.arguments | tojson) + '}\\n</tool_call>' }}
{%- endfor %}`;

const RESULT = `'<tool_response>\\n' + message.content + '\\n</tool_response>'`;

/**
 * OpenAI's markup, which most published models know: for those whose tokenizer has its tokens and which come without a
 * template. Results are a user's turn, those of one answer together, as Qwen has them.
 */
export const CHATML = `{% if tools and (not messages or messages[0].role != 'system') %}
{{ '<|im_start|>system\\n' + ${TOOLS} + '<|im_end|>\\n' }}
{%- endif %}
{% for message in messages %}
{% if message.role == 'tool' %}
{{ '\\n' if not loop.first and messages[loop.index0 - 1].role == 'tool' else '<|im_start|>user\\n' }}
{{- ${RESULT} }}
{{- '' if not loop.last and messages[loop.index0 + 1].role == 'tool' else '<|im_end|>\\n' }}
{%- else %}
{{ '<|im_start|>' + message.role + '\\n' }}
{%- if tools and loop.first and message.role == 'system' %}
{{ ${TOOLS} + '\\n' }}
{%- endif %}
{%- if message.role == 'assistant' %}
{% generation %}{{ message.content or '' }}${CALLS}{{ '<|im_end|>' }}{% endgeneration %}
{% else %}
{{ message.content + '<|im_end|>' }}
{%- endif %}
{{ '\\n' }}
{%- endif %}
{%- endfor %}
{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}`;

/**
 * Turns as lines, for models that know no markup. The blank before an answer belongs to it: tokenizers join it to the
 * first word, so a prompt that ended with it would have other tokens than training.
 */
export const PLAIN = `{% if tools and (not messages or messages[0].role != 'system') %}
{{ 'system: ' + ${TOOLS} + '\\n' }}
{%- endif %}
{% for message in messages %}
{{ message.role + ':' }}
{%- if message.role == 'assistant' %}
{% generation %}{{ ' ' + (message.content or '') }}${CALLS}{{ eos_token }}{% endgeneration %}
{% elif message.role == 'tool' %}
{{ ' ' + ${RESULT} + '\\n' }}
{%- elif tools and loop.first and message.role == 'system' %}
{{ ' ' + ${TOOLS} + '\\n' + message.content + '\\n' }}
{%- else %}
{{ ' ' + message.content + '\\n' }}
{%- endif %}
{%- endfor %}
{% if add_generation_prompt %}{{ 'assistant:' }}{% endif %}`;
