import { spawnSync } from 'node:child_process';
import { parseSync } from 'vite';
import { describe, expect, test } from 'vitest';
import { EXPORT_KINDS, type ExportKind } from '../../../src/base/wire/exportKinds';
import { GUIDE_STEPS, PROGRAMS, type GuideFacts, type GuideStep } from '../../../src/base/wire/guides';
import { guidesFor } from '../../../src/formats/guides/guides';

const KINDS = Object.keys(EXPORT_KINDS) as ExportKind[];

/** The facts of a file of that kind. */
function factsOf(kind: ExportKind, chat = true): GuideFacts {
  const zip = EXPORT_KINDS[kind].ending === 'zip';
  const file = zip ? 'Fables-模型-step300-x.zip' : 'Fables-1M-v1.0-Q8_0.gguf';
  return {
    ...{ kind, file, title: 'Fables', name: 'fables', chat, context: 8192 },
    ...{ parameters: 1000, weightBytes: 4000, cacheNumbers: 10, cacheWidth: 4 },
    ...(kind === 'ollama' && { gguf: 'Fables-1M-v1.0-Q8_0.gguf' }),
    ...(!zip && { gguf: file }),
    ...((kind === 'peft' || kind === 'gguf-lora') && { base: 'org/base', rank: 12 }),
  };
}

const stepsOf = (kind: ExportKind, chat?: boolean): GuideStep[] =>
  guidesFor(factsOf(kind, chat)).flatMap(({ steps }) => steps);
const commandsOf = (kind: ExportKind, program: string, chat?: boolean): string =>
  guidesFor(factsOf(kind, chat))
    .find((guide) => guide.program === program)!
    .steps.map(({ commands }) => commands)
    .join('\n');

describe('the guides', () => {
  test('each program is for some kind of file, and each file but that of a run has one', () => {
    const programs = KINDS.flatMap((kind) => guidesFor(factsOf(kind)).map(({ program }) => program));
    expect(new Set(programs)).toEqual(new Set(PROGRAMS));
    expect(KINDS.filter((kind) => guidesFor(factsOf(kind)).length === 0)).toEqual(['job']);
  });

  test.each(KINDS)('%s: steps follow in their order, once each, and none is empty', (kind) => {
    for (const { program, steps } of guidesFor(factsOf(kind))) {
      const places = steps.map(({ step }) => GUIDE_STEPS.indexOf(step));
      expect([program, places]).toEqual([program, [...new Set(places)].sort((a, b) => a - b)]);
      const empty = steps.filter(({ commands }) => commands.trim() === '').map(({ step }) => step);
      expect(empty).toEqual(program === 'webpage' ? ['measure', 'log'] : []);
    }
  });

  test.each(KINDS)('%s: a shell takes every command, with the name of the very file', (kind) => {
    for (const chat of [true, false]) {
      const shell = stepsOf(kind, chat).filter(({ language }) => language === 'sh');
      for (const { commands } of shell) {
        const { status, stderr } = spawnSync('sh', ['-n'], { input: commands, encoding: 'utf8' });
        expect([commands, status, stderr]).toEqual([commands, 0, '']);
      }
      const { file } = factsOf(kind);
      const named = stepsOf(kind, chat).map(({ commands }) => commands);
      if (named.length > 0) expect(named.join('\n')).toContain(file.replace(/\.zip$/, ''));
      for (const commands of named) expect(commands).not.toMatch(/undefined|\[object|NaN/);
    }
  });

  test('what a server is asked is JSON, by its protocol for conversations or for texts', () => {
    for (const chat of [true, false])
      for (const kind of KINDS)
        for (const { commands } of stepsOf(kind, chat).filter(({ step }) => step === 'ask')) {
          const body = JSON.parse(/-d '(.*)'$/.exec(commands)![1]!) as Record<string, unknown>;
          expect(Object.keys(body)).toEqual(chat ? ['model', 'messages'] : ['model', 'prompt', 'max_tokens']);
          expect(commands).toContain(chat ? '/v1/chat/completions' : '/v1/completions');
        }
  });

  test('an adapter is loaded on its base, with room for its rank', () => {
    expect(commandsOf('peft', 'vllm')).toContain(
      'vllm serve org/base --enable-lora --max-lora-rank 16 --lora-modules fables=',
    );
    expect(commandsOf('peft', 'sglang')).toContain('--model-path org/base --enable-lora --lora-paths fables=');
    const llama = commandsOf('gguf-lora', 'llamacpp');
    expect(llama).toContain('hf download org/base');
    expect(llama).toContain('-m base.gguf --lora Fables-1M-v1.0-Q8_0.gguf');
  });

  test('a base that no hub has is saved from here, under the name that the adapter knows', () => {
    const here = (kind: ExportKind) => guidesFor({ ...factsOf(kind), base: "Ann's/base", baseIsHere: true });
    for (const { steps } of here('peft'))
      expect(steps.find(({ step }) => step === 'folder')!.commands).toContain(` -d 'Ann'\\''s/base'`);
    for (const kind of ['peft', 'gguf-lora'] as const) {
      const commands = here(kind).flatMap(({ steps }) => steps.map((step) => step.commands));
      expect(commands.join('\n')).not.toContain('hf download');
    }
    expect(here('gguf-lora')[0]!.steps[0]!.commands).toContain('cp "$BASE" base.gguf');
  });

  test('the base is one word of a shell, whatever its folder is called', () => {
    const facts = { ...factsOf('peft'), base: "Ann's base; rm -rf x" };
    for (const program of ['vllm', 'sglang'])
      expect(guidesFor(facts).find((guide) => guide.program === program)!.steps[2]!.commands).toContain(
        " 'Ann'\\''s base; rm -rf x' --enable-lora",
      );
  });

  test.each(KINDS)(
    '%s: each program tells how fast it is, how the next version takes its place, what is logged',
    (kind) => {
      for (const { program, steps, memory } of guidesFor(factsOf(kind))) {
        const names = steps.map(({ step }) => step);
        for (const step of ['measure', 'update', 'log'])
          expect([program, names]).toEqual([program, expect.arrayContaining([step])]);
        expect(memory.weightBytes, program).toBeGreaterThan(0);
        expect(memory.cacheBytes, program).toBeGreaterThan(0);
      }
    },
  );

  test('the next version is another file beside this one, and what is asked is switched to it', () => {
    for (const kind of KINDS)
      for (const { program, steps } of guidesFor(factsOf(kind))) {
        const commands = (name: string): string => steps.find(({ step }) => step === name)?.commands ?? '';
        const update = commands('update');
        expect([program, update]).toEqual([program, expect.stringMatching(/NEXT|next-onnx/)]);
        const [served, next] = [commands('serve') || commands('run'), update].map(
          (text) => /(?:--api-port|--port) (\d+)/.exec(text)?.[1],
        );
        if (commands('proxy') === '') continue;
        expect(next).not.toBe(served);
        expect(update).toContain(`http://localhost:${next!}/`);
        expect(update).toMatch(/"\$NEXT".* &$/m);
        expect(commands('proxy')).toContain(`reverse_proxy localhost:${served!}`);
        expect(commands('switch')).toContain(`s/localhost:${served!}/localhost:${next!}/`);
      }
    expect(commandsOf('ollama', 'ollama')).toContain('ollama cp fables fables:previous\nollama cp fables:next fables');
  });

  test('a line of the log names the model and the saved file, by each program', () => {
    for (const chat of [true, false])
      for (const kind of KINDS)
        for (const { program, steps } of guidesFor(factsOf(kind, chat))) {
          const { commands, language } = steps.find(({ step }) => step === 'log')!;
          if (program === 'webpage') continue; // its button does
          expect(commands).toMatch(language === 'js' ? /model: 'fables',\s+version: 'Fables-/ : /VERSION = "Fables-/);
          expect(commands).toContain(chat ? 'messages' : 'prompt');
        }
  });

  test('memory is that of the numbers as the program keeps them', () => {
    const memoryOf = (kind: ExportKind, program: string) =>
      guidesFor(factsOf(kind)).find((guide) => guide.program === program)!.memory;
    const context = 8192;
    expect(memoryOf('safetensors', 'transformers')).toEqual({ weightBytes: 4000, cacheBytes: 40 * context, context });
    expect(memoryOf('safetensors', 'vllm')).toEqual({ weightBytes: 2000, cacheBytes: 20 * context, context });
    // both take a shorter context, whose cache they allocate at once
    for (const [kind, program] of [
      ['ollama', 'ollama'],
      ['web-page', 'webpage'],
    ] as const)
      expect(memoryOf(kind, program)).toMatchObject({ context: 4096, cacheBytes: 40 * 4096 });
    const halves = { ...factsOf('safetensors'), weightBytes: 2000, cacheWidth: 2 };
    expect(guidesFor(halves).map(({ memory }) => memory.weightBytes)).toEqual([2000, 2000, 2000, 4000]);
  });

  test('Python and pages are taken by their parsers; one Python is named', () => {
    for (const chat of [true, false])
      for (const kind of KINDS)
        for (const { commands, language } of stepsOf(kind, chat)) {
          if (language === 'js') expect(parseSync('guide.js', commands).errors).toEqual([]);
          expect(commands).not.toMatch(/\bpython (?!-c)[^l]/);
        }
  });

  const noPython = spawnSync('python3', ['--version']).error;
  test.skipIf(noPython)('where there is a Python, its own parser takes the programs for it', () => {
    const programs = [true, false].flatMap((chat) =>
      KINDS.flatMap((kind) => stepsOf(kind, chat).filter(({ language }) => language === 'python')),
    );
    const parse = 'import ast, json, sys\nfor program in json.load(sys.stdin): ast.parse(program)';
    const input = JSON.stringify(programs.map(({ commands }) => commands));
    expect(spawnSync('python3', ['-c', parse], { input, encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' });
    expect(programs.length).toBeGreaterThan(20);
  });

  test('transformers.js is given the template of conversations where it looks for it', () => {
    const convert = guidesFor(factsOf('safetensors')).find(({ program }) => program === 'transformersjs')!.steps;
    expect(convert.find(({ step }) => step === 'convert')!.commands).toContain('chat_template.jinja');
    expect(commandsOf('safetensors', 'transformersjs', false)).not.toContain('chat_template');
  });

  test('a server’s own name of the model is told where it is another', () => {
    const served = ({ title, name }: { title: string; name: string }) =>
      guidesFor({ ...factsOf('ollama'), title, name }).map((guide) => guide.served);
    expect(served({ title: '模型', name: 'model-x' })).toEqual(['model-x', 'model-x', 'model-x', undefined, undefined]);
    expect(served({ title: 'x', name: 'x' })).toEqual([undefined, undefined, undefined, undefined, undefined]);
  });
});
