import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { EXPORT_KINDS, type ExportKind } from '../../../src/base/wire/exportKinds';
import { GUIDE_STEPS, PROGRAMS, type GuideFacts, type GuideStep } from '../../../src/base/wire/guides';
import { guidesFor, serverName } from '../../../src/formats/guides/guides';

const KINDS = Object.keys(EXPORT_KINDS) as ExportKind[];

/** The facts of a file of that kind. */
function factsOf(kind: ExportKind, chat = true): GuideFacts {
  const zip = EXPORT_KINDS[kind].ending === 'zip';
  const file = zip ? 'Fables-模型-step300-x.zip' : 'Fables-1M-v1.0-Q8_0.gguf';
  return {
    ...{ kind, file, name: 'fables', chat, context: 512 },
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
      for (const { commands } of steps) expect(commands.trim()).not.toBe('');
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

  test('the base is one word of a shell, whatever its folder is called', () => {
    const facts = { ...factsOf('peft'), base: "Ann's base; rm -rf x" };
    for (const program of ['vllm', 'sglang'])
      expect(guidesFor(facts).find((guide) => guide.program === program)!.steps[2]!.commands).toContain(
        " 'Ann'\\''s base; rm -rf x' --enable-lora",
      );
  });

  test('the next version runs beside this one on a port of its own', () => {
    for (const [kind, program] of [
      ['gguf-q8', 'llamacpp'],
      ['safetensors', 'vllm'],
      ['safetensors', 'sglang'],
    ] as const) {
      const steps = guidesFor(factsOf(kind)).find((guide) => guide.program === program)!.steps;
      const [serve, update] = ['serve', 'update'].map((name) => steps.find(({ step }) => step === name)!.commands);
      const ports = [serve, update].map((text) => /--port (\d+)/.exec(text!)![1]);
      expect(new Set(ports).size).toBe(2);
      expect(update).toContain(`http://localhost:${ports[1]!}/health`);
    }
    expect(commandsOf('ollama', 'ollama')).toContain('ollama cp fables:next fables');
  });
});

test.each([
  ['Fables', 'fables'],
  ['My Model v1.2!', 'my-model-v1.2'],
  ['  -..x..-', 'x'],
  ['模型', 'model'],
  ['Überblick', 'u-berblick'],
])('%s is %s to a server', (name, served) => {
  expect(serverName(name)).toBe(served);
});
