// Rows as data sets, services and trainers publish them, by the names of their fields: what is kept of each. The file
// walks all of src/formats/shapes by way of src/formats/text/conversations.ts.
import { describe, expect, test } from 'vitest';
import type { ToolCall } from '../../../src/base/conversation';
import type { JsonObject } from '../../../src/formats/json';
import { rowOf } from '../../../src/formats/text/conversations';

const AT = { file: 'a.jsonl', line: 1 };
const user = (content: string) => ({ role: 'user', content });
const assistant = (content: string, more: object = {}) => ({ role: 'assistant', content, ...more });
const system = (content: string) => ({ role: 'system', content });
const call = (name: string, given: ToolCall['arguments'], id?: string): ToolCall => ({
  ...(id !== undefined && { id }),
  name,
  arguments: given,
});
const QA = [user('How tall is the fir?'), assistant('Forty metres.')];
const [ASK, SAY] = ['How tall is the fir?', 'Forty metres.'];
const chat = (messages: object[], more: object = {}) => ({ content: 'chat', messages, ...more });
const text = (said: string) => ({ content: 'text', text: said });
const pair = (more: object = {}) => ({
  content: 'preference',
  pair: { prompt: [user(ASK)], chosen: [assistant(SAY)], rejected: [assistant('No idea.')], ...more },
});
const SCHEMA = {
  type: 'function',
  function: { name: 'height', description: 'Height of a tree', parameters: { type: 'object', properties: {} } },
};
const TOOLS = { tools: [SCHEMA] };
const CALL = call('height', { tree: 'fir' }, 'c1');
const OPENAI_CALL = { id: 'c1', type: 'function', function: { name: 'height', arguments: '{"tree":"fir"}' } };
const TOOL_TALK = [
  user(ASK),
  assistant('', { toolCalls: [CALL] }),
  { role: 'tool', content: '40', toolCallId: 'c1' },
  assistant(SAY),
];

const TREE = {
  role: 'prompter',
  text: ASK,
  replies: [
    { role: 'assistant', text: 'No idea.', rank: 1, replies: [] },
    { role: 'assistant', text: SAY, rank: 0, replies: [{ role: 'prompter', text: 'Thanks.', replies: [] }] },
  ],
};
const COMPLETIONS = [
  { response: 'No idea.', overall_score: 2 },
  { response: SAY, overall_score: 8 },
];

/** A published shape, what the row becomes, and what stands beside it. */
type Shape = [name: string, row: JsonObject, kept: object, facts?: object];

const CONVERSATIONS: Shape[] = [
  ['OpenAI chat', { messages: [system('Be brief.'), ...QA] }, chat([system('Be brief.'), ...QA])],
  [
    'OpenAI chat with weights',
    { messages: [...QA, user('Sure?'), { ...assistant('Yes.'), weight: 0 }] },
    chat([...QA, user('Sure?'), assistant('Yes.', { weight: 0 })]),
  ],
  [
    'OpenAI tools, content null',
    {
      messages: [
        user(ASK),
        { role: 'assistant', content: null, tool_calls: [OPENAI_CALL] },
        { role: 'tool', tool_call_id: 'c1', content: '40' },
        assistant(SAY),
      ],
      tools: [SCHEMA],
      parallel_tool_calls: false,
    },
    chat(TOOL_TALK, TOOLS),
    { parallel_tool_calls: false },
  ],
  [
    'OpenAI functions of the older form',
    {
      messages: [
        user(ASK),
        { role: 'assistant', content: null, function_call: { name: 'height', arguments: '{"tree":"fir"}' } },
        { role: 'function', name: 'height', content: '40' },
        assistant(SAY),
      ],
      functions: [SCHEMA.function],
    },
    chat(
      [
        user(ASK),
        assistant('', { toolCalls: [call('height', { tree: 'fir' })] }),
        { role: 'tool', content: '40', name: 'height' },
        assistant(SAY),
      ],
      TOOLS,
    ),
  ],
  [
    'OpenAI parts of content, role developer',
    {
      messages: [
        { role: 'developer', content: 'Be brief.' },
        { role: 'user', content: [{ type: 'text', text: ASK }] },
        QA[1]!,
      ],
    },
    chat([system('Be brief.'), ...QA]),
  ],
  [
    'DeepSeek reasoning_content',
    { messages: [QA[0]!, { ...QA[1], reasoning_content: 'Firs are tall.' }] },
    chat([QA[0]!, assistant(SAY, { reasoning: 'Firs are tall.' })]),
  ],
  [
    'gpt-oss thinking',
    { messages: [QA[0]!, { ...QA[1], thinking: 'Firs are tall.' }], reasoning_language: 'English' },
    chat([QA[0]!, assistant(SAY, { reasoning: 'Firs are tall.' })]),
    { reasoning_language: 'English' },
  ],
  [
    'OpenThoughts, thought and answer in one text',
    {
      conversations: [
        { from: 'user', value: ASK },
        { from: 'assistant', value: '<think>Tall.</think>Forty.' },
      ],
      system: 'Think.',
    },
    chat([system('Think.'), user(ASK), assistant('<think>Tall.</think>Forty.')]),
  ],
  [
    'ShareGPT',
    {
      id: 'x1',
      conversations: [
        { from: 'human', value: ASK },
        { from: 'gpt', value: SAY },
      ],
    },
    chat(QA),
    { id: 'x1' },
  ],
  [
    'ShareGPT of OpenHermes',
    {
      conversations: [
        { from: 'human', value: ASK, weight: null },
        { from: 'gpt', value: SAY },
      ],
      source: 'own',
      category: 'trees',
      system_prompt: null,
    },
    chat(QA),
    { source: 'own', category: 'trees' },
  ],
  [
    'ShareGPT tools of LLaMA-Factory',
    {
      conversations: [
        { from: 'human', value: ASK },
        { from: 'function_call', value: '{"name":"height","arguments":{"tree":"fir"}}' },
        { from: 'observation', value: '40' },
        { from: 'gpt', value: SAY },
      ],
      tools: JSON.stringify([SCHEMA.function]),
    },
    chat(
      [
        user(ASK),
        assistant('', { toolCalls: [call('height', { tree: 'fir' })] }),
        { role: 'tool', content: '40' },
        assistant(SAY),
      ],
      TOOLS,
    ),
  ],
  [
    'Hermes function calling',
    {
      conversations: [
        { from: 'system', value: 'Call tools.' },
        { from: 'human', value: ASK },
        { from: 'gpt', value: '<tool_call>{"name":"height"}</tool_call>' },
        { from: 'tool', value: '40' },
      ],
      task: 'lookup',
    },
    chat([
      system('Call tools.'),
      user(ASK),
      assistant('<tool_call>{"name":"height"}</tool_call>'),
      { role: 'tool', content: '40' },
    ]),
    { task: 'lookup' },
  ],
  [
    'xLAM function calling',
    {
      id: 3,
      query: ASK,
      answers: '[{"name":"height","arguments":{"tree":"fir"}}]',
      tools: JSON.stringify([SCHEMA.function]),
    },
    chat([user(ASK), assistant('', { toolCalls: [call('height', { tree: 'fir' })] })], TOOLS),
    { id: 3 },
  ],
  [
    'Glaive function calling',
    {
      system: 'SYSTEM: You may call height.',
      chat: 'USER: How tall is the fir? ASSISTANT:\n\nASSISTANT: Forty metres. <|endoftext|>\n\nFUNCTION RESPONSE: 40',
    },
    chat([
      system('SYSTEM: You may call height.'),
      user('How tall is the fir? ASSISTANT:'),
      assistant(SAY),
      { role: 'tool', content: '40' },
    ]),
  ],
  [
    'Qwen-Agent',
    {
      messages: [
        { role: 'user', content: [{ text: ASK }] },
        { role: 'assistant', content: '', function_call: { name: 'height', arguments: '{"tree":"fir"}' } },
        { role: 'function', name: 'height', content: [{ text: '40' }] },
        { role: 'assistant', content: [{ text: SAY }] },
      ],
    },
    chat([
      user(ASK),
      assistant('', { toolCalls: [call('height', { tree: 'fir' })] }),
      { role: 'tool', content: '40', name: 'height' },
      assistant(SAY),
    ]),
  ],
  [
    'Mistral',
    {
      messages: [
        user(ASK),
        {
          role: 'assistant',
          tool_calls: [{ id: 'c1', function: { name: 'height', arguments: '{"tree":"fir"}' } }],
          weight: 0,
        },
        { role: 'tool', name: 'height', content: '40', tool_call_id: 'c1' },
        assistant(SAY),
      ],
      tools: [SCHEMA],
    },
    chat(
      [
        user(ASK),
        assistant('', { weight: 0, toolCalls: [CALL] }),
        { role: 'tool', content: '40', toolCallId: 'c1', name: 'height' },
        assistant(SAY),
      ],
      TOOLS,
    ),
  ],
  [
    'Mistral thinking chunks',
    {
      messages: [
        user(ASK),
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: [{ type: 'text', text: 'Firs are tall.' }] },
            { type: 'text', text: SAY },
          ],
        },
      ],
    },
    chat([user(ASK), assistant(SAY, { reasoning: 'Firs are tall.' })]),
  ],
  [
    'Gemini and Vertex',
    {
      systemInstruction: { role: 'system', parts: [{ text: 'Be brief.' }] },
      contents: [
        { role: 'user', parts: [{ text: ASK }] },
        { role: 'model', parts: [{ functionCall: { name: 'height', args: { tree: 'fir' } } }] },
        { role: 'user', parts: [{ functionResponse: { name: 'height', response: { metres: 40 } } }] },
        { role: 'model', parts: [{ text: SAY }] },
      ],
      tools: [{ functionDeclarations: [SCHEMA.function] }],
    },
    chat(
      [
        system('Be brief.'),
        user(ASK),
        assistant('', { toolCalls: [call('height', { tree: 'fir' })] }),
        { role: 'tool', content: '{"metres":40}', name: 'height' },
        assistant(SAY),
      ],
      TOOLS,
    ),
  ],
  [
    'Anthropic, with tools and thinking',
    {
      system: 'Be brief.',
      messages: [
        user(ASK),
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: 'I look.', signature: 's' },
            { type: 'text', text: 'One moment.' },
            { type: 'tool_use', id: 'c1', name: 'height', input: { tree: 'fir' } },
          ],
        },
        {
          role: 'user',
          content: [{ type: 'tool_result', tool_use_id: 'c1', content: [{ type: 'text', text: '40' }] }],
        },
        assistant(SAY),
      ],
      tools: [{ name: 'height', description: 'Height of a tree', input_schema: SCHEMA.function.parameters }],
    },
    chat(
      [
        system('Be brief.'),
        user(ASK),
        assistant('One moment.', { toolCalls: [CALL], reasoning: 'I look.' }),
        { role: 'tool', content: '40', toolCallId: 'c1' },
        assistant(SAY),
      ],
      TOOLS,
    ),
  ],
  [
    'Anthropic, older prompts',
    { prompt: `\n\nHuman: ${ASK}\n\nAssistant: A fir?\n\nHuman: Yes.\n\nAssistant:`, completion: ` ${SAY}` },
    chat([user(ASK), assistant('A fir?', { weight: 0 }), user('Yes.'), assistant(` ${SAY}`)]),
  ],
  [
    'Cohere',
    {
      messages: [
        { role: 'System', content: 'Be brief.' },
        { role: 'User', content: ASK },
        { role: 'Chatbot', content: SAY },
      ],
    },
    chat([system('Be brief.'), ...QA]),
  ],
  [
    'Cohere, older history',
    {
      message: 1,
      messages: [
        { role: 'USER', message: ASK },
        { role: 'CHATBOT', message: SAY },
      ],
    },
    chat(QA),
    { message: 1 },
  ],
  [
    'OpenAssistant tree',
    {
      message_tree_id: 't',
      tree_state: 'ready_for_export',
      prompt: TREE,
    },
    chat([...QA, user('Thanks.')]),
    { message_tree_id: 't', tree_state: 'ready_for_export', prompt: JSON.stringify(TREE) },
  ],
  [
    'UltraChat',
    { id: '0', data: [ASK, SAY, 'Sure?', 'Yes.'] },
    chat([...QA, user('Sure?'), assistant('Yes.')]),
    { id: '0' },
  ],
  ['DailyDialog', { dialog: [ASK, SAY], act: [2, 1], emotion: [0, 0] }, chat(QA), { act: '[2,1]', emotion: '[0,0]' }],
  [
    'XTuner',
    {
      conversation: [
        { system: 'Be brief.', input: ASK, output: SAY },
        { input: 'Sure?', output: 'Yes.' },
      ],
    },
    chat([system('Be brief.'), ...QA, user('Sure?'), assistant('Yes.')]),
  ],
  [
    'MOSS and Firefly',
    { conversation_id: 1, conversation: [{ human: ASK, assistant: SAY }], category: 'trees' },
    chat(QA),
    { conversation_id: 1, category: 'trees' },
  ],
  ['TRL conversational language modelling', { messages: QA }, chat(QA)],
  ['TRL conversational prompt and completion', { prompt: [QA[0]!], completion: [QA[1]!] }, chat(QA)],
  ['TRL prompt alone', { prompt: ASK }, chat([user(ASK)])],
  [
    'TRL prompt alone, with what a reward reads',
    { prompt: [user(ASK)], ground_truth: '40' },
    chat([user(ASK)]),
    { ground_truth: '40' },
  ],
  [
    'TRL stepwise supervision',
    { prompt: ASK, completions: ['A fir is tall.', 'So forty.'], labels: [true, false] },
    chat([user(ASK), assistant('A fir is tall.\nSo forty.', { weight: 0 })]),
    { labels: '[true,false]' },
  ],
  [
    'axolotl chat_template with turns marked',
    { messages: [QA[0]!, { ...QA[1], training: false }] },
    chat([QA[0]!, assistant(SAY, { weight: 0 })]),
  ],
  ['Unsloth', { conversations: QA, score: 5.2 }, chat(QA), { rating: 5.2 }],
  ['ms-swift', { messages: QA, images: ['a.png'], channel: 'x' }, chat(QA), { images: '["a.png"]', channel: 'x' }],
  [
    'ms-swift query and response',
    { system: 'Be brief.', query: ASK, response: SAY, history: [['Hi', 'Hello']] },
    chat([system('Be brief.'), user('Hi'), assistant('Hello'), ...QA]),
  ],
  [
    'a table with JSON in its cells',
    { messages: JSON.stringify(QA), tools: JSON.stringify([SCHEMA]) },
    chat(QA, TOOLS),
  ],
];

const QUESTIONS: Shape[] = [
  [
    'Alpaca',
    { instruction: 'Name the height.', input: 'A fir', output: SAY },
    chat([user('Name the height.\nA fir'), QA[1]!]),
  ],
  [
    'Alpaca with its prompt',
    { instruction: ASK, input: '', output: SAY, text: 'Below is …' },
    chat(QA),
    { text: 'Below is …' },
  ],
  [
    'LLaMA-Factory Alpaca',
    { instruction: ASK, input: '', output: SAY, system: 'Be brief.', history: [['Hi', 'Hello']] },
    chat([system('Be brief.'), user('Hi'), assistant('Hello'), ...QA]),
  ],
  [
    'Dolly',
    { instruction: ASK, context: 'A fir stands here.', response: SAY, category: 'closed_qa' },
    chat([user(`${ASK}\nA fir stands here.`), QA[1]!]),
    { category: 'closed_qa' },
  ],
  [
    'OpenOrca',
    { id: 'niv.1', system_prompt: 'Be brief.', question: ASK, response: SAY },
    chat([system('Be brief.'), ...QA]),
    { id: 'niv.1' },
  ],
  ['prompt and completion', { prompt: ASK, completion: SAY }, chat(QA)],
  ['PaLM', { input_text: ASK, output_text: SAY }, chat(QA)],
  ['GSM8K', { question: ASK, answer: '20 + 20 = 40\n#### 40' }, chat([user(ASK), assistant('20 + 20 = 40\n#### 40')])],
  ['NuminaMath', { source: 'own', problem: ASK, solution: SAY }, chat(QA), { source: 'own' }],
  [
    'MATH',
    { problem: ASK, level: 'Level 1', type: 'Trees', solution: SAY },
    chat(QA),
    { level: 'Level 1', type: 'Trees' },
  ],
  [
    'medical reasoning',
    { Question: ASK, Complex_CoT: 'Firs are tall.', Response: SAY },
    chat([user(ASK), assistant(SAY, { reasoning: 'Firs are tall.' })]),
  ],
  [
    'SQuAD',
    {
      id: '5',
      title: 'Trees',
      context: 'The fir has forty metres.',
      question: ASK,
      answers: { text: ['forty metres'], answer_start: [12] },
    },
    chat([user(`${ASK}\nThe fir has forty metres.`), assistant('forty metres')]),
    { id: '5', title: 'Trees', answers: '{"text":["forty metres"],"answer_start":[12]}' },
  ],
  [
    'TriviaQA',
    { question: ASK, question_id: 'q', answer: { value: SAY, aliases: ['40 m'] } },
    chat(QA),
    { question_id: 'q', answer: '{"value":"Forty metres.","aliases":["40 m"]}' },
  ],
  ['NQ-open', { question: ASK, answer: [SAY, '40 m'] }, chat(QA), { answer: '["Forty metres.","40 m"]' }],
  [
    'MMLU',
    { question: ASK, subject: 'trees', choices: ['ten', 'forty'], answer: 1 },
    chat([user(`${ASK}\nA. ten\nB. forty`), assistant('B. forty')]),
    { subject: 'trees' },
  ],
  [
    'MMLU-Pro',
    { question_id: 7, question: ASK, options: ['ten', 'forty'], answer: 'B', answer_index: 1, cot_content: '' },
    chat([user(`${ASK}\nA. ten\nB. forty`), assistant('B. forty')]),
    { question_id: 7, answer: 'B' },
  ],
  [
    'ARC',
    { id: 'a', question: ASK, choices: { text: ['ten', 'forty'], label: ['1', '2'] }, answerKey: '2' },
    chat([user(`${ASK}\n1. ten\n2. forty`), assistant('2. forty')]),
    { id: 'a' },
  ],
  [
    'HellaSwag',
    { ctx: 'The fir', endings: ['sings', 'grows'], label: '1', activity_label: 'Trees' },
    chat([user('The fir\nA. sings\nB. grows'), assistant('B. grows')]),
    { activity_label: 'Trees' },
  ],
  [
    'CNN / DailyMail',
    { article: 'A fir grew.', highlights: 'Fir grew.', id: 'n' },
    chat([user('A fir grew.'), assistant('Fir grew.')]),
    { id: 'n' },
  ],
  [
    'SAMSum',
    { id: 's', dialogue: 'Ann: Hi\nBen: Hi', summary: 'They greet.' },
    chat([user('Ann: Hi\nBen: Hi'), assistant('They greet.')]),
    { id: 's' },
  ],
  [
    'HumanEval',
    { task_id: 'h/0', prompt: 'def f():', canonical_solution: '  return 1', entry_point: 'f', test: 'assert' },
    chat([user('def f():'), assistant('  return 1')]),
    { task_id: 'h/0', entry_point: 'f', test: 'assert' },
  ],
];

const PREFERENCES: Shape[] = [
  ['TRL preference', { prompt: ASK, chosen: SAY, rejected: 'No idea.' }, pair()],
  ['TRL preference, the question in both', { chosen: QA, rejected: [QA[0]!, assistant('No idea.')] }, pair()],
  [
    'TRL preference with tools',
    { prompt: [user(ASK)], chosen: [QA[1]!], rejected: [assistant('No idea.')], tools: [SCHEMA] },
    pair(TOOLS),
  ],
  [
    'HH-RLHF',
    { chosen: `\n\nHuman: ${ASK}\n\nAssistant: ${SAY}`, rejected: `\n\nHuman: ${ASK}\n\nAssistant: No idea.` },
    pair(),
  ],
  [
    'UltraFeedback, binarized',
    {
      prompt: ASK,
      prompt_id: 'p',
      chosen: QA,
      rejected: [QA[0]!, assistant('No idea.')],
      messages: QA,
      score_chosen: 8,
      score_rejected: 2,
    },
    pair(),
    { prompt_id: 'p', score_chosen: 8, score_rejected: 2 },
  ],
  [
    'UltraFeedback',
    {
      source: 'own',
      instruction: ASK,
      completions: COMPLETIONS,
    },
    pair(),
    { source: 'own', completions: JSON.stringify(COMPLETIONS) },
  ],
  [
    'SHP',
    { post_id: 'r', history: ASK, human_ref_A: 'No idea.', human_ref_B: SAY, labels: 0, score_ratio: 2.5 },
    pair(),
    { post_id: 'r', labels: 0, score_ratio: 2.5 },
  ],
  [
    'PKU-SafeRLHF',
    { prompt: ASK, response_0: SAY, response_1: 'No idea.', better_response_id: 0 },
    pair(),
    { better_response_id: 0 },
  ],
  [
    'LMSYS arena',
    { conversation_a: QA, conversation_b: [QA[0]!, assistant('No idea.')], winner: 'model_a', model_a: 'x' },
    pair(),
    { winner: 'model_a', model_a: 'x' },
  ],
  [
    'HelpSteer3',
    { context: [user(ASK)], response1: SAY, response2: 'No idea.', overall_preference: -2, domain: 'general' },
    pair(),
    { overall_preference: -2, domain: 'general' },
  ],
  [
    'Orca DPO pairs',
    { system: 'Be brief.', question: ASK, chosen: SAY, rejected: 'No idea.' },
    pair({ prompt: [system('Be brief.'), user(ASK)] }),
  ],
  [
    'OpenAI preference',
    {
      input: { messages: [QA[0]], tools: [SCHEMA] },
      preferred_output: [QA[1]],
      non_preferred_output: [assistant('No idea.')],
    },
    pair(TOOLS),
  ],
  [
    'LLaMA-Factory preference',
    {
      conversations: [{ from: 'human', value: ASK }],
      chosen: { from: 'gpt', value: SAY },
      rejected: { from: 'gpt', value: 'No idea.' },
    },
    pair(),
  ],
  ['ms-swift preference', { messages: QA, rejected_response: 'No idea.' }, pair()],
];

const UNGRADED = [user(ASK), assistant(SAY, { weight: 0 })];
const LABELS: Shape[] = [
  ['KTO, good', { prompt: ASK, completion: SAY, label: true }, chat(QA), { label: true }],
  ['KTO, bad', { prompt: ASK, completion: SAY, label: false }, chat(UNGRADED), { label: false }],
  ['KTO in a table, bad', { prompt: ASK, completion: SAY, label: 0 }, chat(UNGRADED), { label: false }],
  [
    'KTO of messages, bad',
    { prompt: [QA[0]!], completion: [QA[1]!], label: 'false' },
    chat(UNGRADED),
    { label: false },
  ],
  ['ms-swift KTO', { messages: QA, label: false }, chat(UNGRADED), { label: false }],
  ['LLaMA-Factory KTO', { instruction: ASK, input: '', output: SAY, kto_tag: false }, chat(UNGRADED), { label: false }],
  ['LLaMA-Factory KTO of ShareGPT', { messages: QA, label: true }, chat(QA), { label: true }],
  ['IMDB', { text: 'A fine film.', label: 1 }, text('A fine film.'), { label: 1 }],
  ['AG News', { text: 'The fir fell.', label: 3 }, text('The fir fell.'), { label: 3 }],
  ['SST-2', { idx: 4, sentence: 'fine', label: 1 }, text('fine'), { idx: 4, label: 1 }],
  [
    'MNLI',
    { premise: 'A fir.', hypothesis: 'A tree.', label: 0, idx: 1 },
    text('A fir.\nA tree.'),
    { label: 0, idx: 1 },
  ],
  ['QQP', { question1: ASK, question2: 'What height?', label: 1 }, text(`${ASK}\nWhat height?`), { label: 1 }],
  ['emotions with several labels', { text: 'Glad.', labels: [2, 5] }, text('Glad.'), { labels: '[2,5]' }],
  [
    'OpenAI classification by completion',
    { prompt: 'fine ->', completion: ' positive' },
    chat([user('fine ->'), assistant(' positive')]),
  ],
  ['a weighted row', { messages: QA, weight: 0.5 }, chat([QA[0]!, assistant(SAY, { weight: 0.5 })]), { weight: 0.5 }],
  [
    'HelpSteer, scored',
    { prompt: ASK, response: SAY, helpfulness: 4, verbosity: 1 },
    chat(QA),
    { helpfulness: 4, verbosity: 1 },
  ],
  ['reviews with stars', { review: 'Fine tree.', stars: '4' }, text('Fine tree.'), { rating: 4 }],
];

const TEXTS: Shape[] = [
  ['plain text', { text: 'A fir.' }, text('A fir.')],
  [
    'FineWeb',
    { text: 'A fir.', id: 'u', url: 'https://example.org', score: 0.9, token_count: 3 },
    text('A fir.'),
    { id: 'u', url: 'https://example.org', rating: 0.9, token_count: 3 },
  ],
  ['the Pile', { text: 'A fir.', meta: { pile_set_name: 'Own' } }, text('A fir.'), { meta: '{"pile_set_name":"Own"}' }],
  ['code', { content: 'x = 1', path: 'a.py', size: 5 }, text('x = 1'), { path: 'a.py', size: 5 }],
  ['Guanaco', { text: '### Human: Hi### Assistant: Hello' }, text('### Human: Hi### Assistant: Hello')],
  [
    'OpenAssistant, one message a row',
    { message_id: 'm', parent_id: 'n', text: ASK, role: 'prompter', lang: 'en' },
    text(ASK),
    { message_id: 'm', parent_id: 'n', role: 'prompter', lang: 'en' },
  ],
  ['a row with its side in capitals', { text: 'A fir.', split: ' Train' }, text('A fir.'), { split: 'train' }],
  ['a row with a side of its own', { text: 'A fir.', split: 'constructor' }, text('A fir.'), { split: 'constructor' }],
  ['a row with its side', { text: 'A fir.', split: 'test' }, text('A fir.'), { split: 'validation' }],
];

const ALL = { CONVERSATIONS, QUESTIONS, PREFERENCES, LABELS, TEXTS };

test('at least sixty shapes are walked', () => {
  expect(Object.values(ALL).flat().length).toBeGreaterThan(90);
});

describe.each(Object.entries(ALL))('%s', (_kind, shapes) => {
  test.each(shapes)('%s', (_name, row, kept, facts = {}) => {
    const read = rowOf(row, AT);
    expect({ row: read.row, facts: read.facts }).toEqual({ row: kept, facts });
    expect(read.unread).toEqual([]);
  });
});
