// Conversations as data sets, services and trainers publish them; publishedShapes.test.ts walks them.
import {
  user,
  assistant,
  system,
  call,
  QA,
  ASK,
  SAY,
  chat,
  SCHEMA,
  TOOLS,
  CALL,
  OPENAI_CALL,
  TOOL_TALK,
  TREE,
  type Shape,
} from './shapeParts';

export const CONVERSATIONS: Shape[] = [
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
