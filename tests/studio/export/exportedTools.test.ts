// A GGUF keeps a chat template that writes tools: llama.cpp's server writes a talk with tools as the studio does, and
// answers it alike. On request: GUIDE_LLAMA names a folder with llama-server. The code: src/studio/export/kinds.
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { publishedMessage, type Message, type ToolSchema } from '../../../src/base/conversation';
import { CHATML } from '../../../src/base/ownTemplates';
import { templateFor } from '../../../src/data/chat/defaultTemplates';
import { argmax } from '../../../src/engine/generation/sample';
import { chatPrompt } from '../../../src/studio/chat/prompts';
import { exportModel } from '../../../src/studio/export/exportModel';
import { folderOf } from '../../../src/studio/models/modelFolder';
import { keepModel } from '../../../src/studio/models/openModel';
import { loadTokenizer } from '../../../src/studio/models/tokenizers';
import { openWeights, tensorsOf } from '../../../src/studio/models/weights';
import { withModel } from '../../../src/studio/verify/greedyRuns';
import { testCpu } from '../../cpu';
import { freshStorage } from '../../storage/storage';

const LLAMA = process.env['GUIDE_LLAMA'];
const HERE = import.meta.dirname;
const STARTER = join(HERE, '../../../public/models/atelier-starter');
const GOLDENS = join(HERE, '../../fixtures/trl/tools.json.gz');
const PATIENCE = 600_000;
const PORT = 18_431;
const TOKENS = 12;

const { manners } = JSON.parse(gunzipSync(readFileSync(GOLDENS)).toString('utf8')) as {
  manners: Record<string, string>;
};
/** Without the tags of training, which a saved template does not have. */
const TEMPLATE = manners['hermes']!.replaceAll('{% generation %}', '').replaceAll('{% endgeneration %}', '');
const TOOLS: ToolSchema[] = [
  {
    type: 'function',
    function: {
      name: 'tides',
      description: 'High water',
      parameters: { type: 'object', properties: { port: { type: 'string' } }, required: ['port'] },
    },
  },
];
const TALK: Message[] = [
  { role: 'user', content: 'Emden?' },
  {
    role: 'assistant',
    content: '',
    toolCalls: [{ id: 'call00000', name: 'tides', arguments: { port: 'Emden „海“', days: [1, 2] } }],
  },
  { role: 'tool', content: '14:20', name: 'tides', toolCallId: 'call00000' },
];

/** Short enough for the context of the studio's own model. */
const SHORT: { talk: Message[]; tools: ToolSchema[] } = {
  talk: [{ role: 'user', content: 'Hello!' }],
  tools: [{ type: 'function', function: { name: 'a' } }],
};

describe.skipIf(LLAMA === undefined)('on request, llama.cpp', { timeout: PATIENCE }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'atelier-tools-'));
  const children: ChildProcess[] = [];
  afterAll(() => {
    for (const child of children) child.kill();
    rmSync(folder, { recursive: true, force: true });
  });

  const asked = async (port: number, path: string, body: object): Promise<Record<string, unknown>> => {
    const headers = { 'Content-Type': 'application/json' };
    const response = await fetch(`http://localhost:${port}${path}`, {
      method: 'POST',
      body: JSON.stringify(body),
      headers,
    });
    return (await response.json()) as Record<string, unknown>;
  };

  test.each([
    ['a template in the manner of Hermes', TEMPLATE, PORT],
    ['the studio’s own template', CHATML, PORT + 1],
  ])('writes a talk with tools as the studio does, and answers it alike: %s', async (_name, source, port) => {
    await testCpu();
    const db = await freshStorage();
    const files = readdirSync(STARTER)
      .filter((name) => name !== 'chat_template.jinja')
      .map((name) => new File([readFileSync(join(STARTER, name))], name));
    const template = new File([source], 'chat_template.jinja');
    const model = await keepModel(db, { ...(await folderOf([...files, template])), source: 'tools' });
    const { blob } = await exportModel(db, model.id, 'gguf-f16');
    writeFileSync(join(folder, 'model.gguf'), new Uint8Array(await blob!.arrayBuffer()));
    const args = ['-m', 'model.gguf', '--jinja', '--port', String(port), '-c', '512', '-t', '1'];
    children.push(spawn(join(LLAMA!, 'llama-server'), args, { cwd: folder, stdio: 'ignore' }));
    while (!(await fetch(`http://localhost:${port}/health`).catch(() => undefined))?.ok) await sleep(500);

    const tokenizer = await loadTokenizer(db, model.tokenizerId);
    const ours = templateFor(model.chatTemplate, tokenizer, model.templateTokens);
    const prompt = ours.render(TALK, { tools: TOOLS, addGenerationPrompt: true });
    const messages = TALK.map((message) => {
      const { tool_calls: calls, ...rest } = publishedMessage(message) as { tool_calls?: { function: object }[] };
      const inText = ({ function: of, ...call }: { function: { arguments?: unknown } }) => ({
        ...call,
        function: { ...of, arguments: JSON.stringify(of.arguments) },
      });
      return { ...rest, ...(calls && { tool_calls: calls.map(inText) }) };
    });
    expect(await asked(port, '/apply-template', { messages, tools: TOOLS })).toMatchObject({ prompt });

    const { ids, ends } = chatPrompt(SHORT.talk, tokenizer, model, undefined, SHORT.tools);
    const weights = await openWeights(db, model.id);
    const written = await withModel(weights.model, tensorsOf(weights), async (generator) => {
      const said: number[] = [];
      for (let next = argmax(await generator.prefill(Array.from(ids))); said.length < TOKENS && !ends.has(next);) {
        said.push(next);
        next = argmax(await generator.next(next));
      }
      return tokenizer.decode(said);
    });
    const short = ours.render(SHORT.talk, { tools: SHORT.tools, addGenerationPrompt: true });
    const answer = await asked(port, '/completion', {
      prompt: short,
      n_predict: TOKENS,
      temperature: 0,
      cache_prompt: false,
    });
    expect(String(answer['content']).trim()).toBe(written.trim());
  });
});
