import { expect, test } from 'vitest';
import { EXPORT_KINDS, type ExportKind } from '../../../../src/base/wire/exportKinds';
import { markedName, type ExportChoice, type GuideFacts, type GuideStep } from '../../../../src/base/wire/guides';
import {
  commandsFor,
  guideMarkdown,
  guidesOfAll,
  programTitle,
  stepSentence,
} from '../../../../src/app/panels/Export/guideWords';
import { formatFor } from '../../../../src/app/words/format';
import { guidesFor } from '../../../../src/formats/guides/guides';

const NAME = markedName('fables.zip');
const FOLDER = NAME.slice(0, -'.zip'.length);

const CHOICE: ExportChoice = {
  kind: 'safetensors',
  fileName: 'fables.zip',
  use: {
    name: 'Fables',
    guides: [
      {
        program: 'transformers',
        memory: { weightBytes: 3000, cacheBytes: 1024, context: 64 },
        steps: [
          { step: 'unpack', language: 'sh', commands: `unzip ${NAME} -d ${FOLDER}` },
          { step: 'run', language: 'python', commands: `load("${FOLDER}")` },
        ],
      },
    ],
  },
};

test('a guide names the file as the person named it, in both languages, with commands to copy', () => {
  const text = guideMarkdown(CHOICE, "my 'file.zip")!;
  expect(text).toContain("```sh\nunzip 'my '\\''file.zip' -d 'my '\\''file'\n```");
  expect(text.match(/```python\nload\("my 'file"\)\n```/g)).toHaveLength(2);
  expect(text).toContain("# my 'file.zip: Put it to work");
  expect(text).toContain("# my 'file.zip: 投入使用");
});

test('names are text in the guide, whatever Markdown or HTML would make of them', () => {
  const [guide] = CHOICE.use.guides;
  const use = { name: '<img src=x>\n# `x`', guides: [{ ...guide!, served: 'x' }] };
  const text = guideMarkdown({ ...CHOICE, use }, '<b>_x_.zip')!;
  const sentences = text.replace(/```[^]*?```/g, '');
  expect(sentences).not.toMatch(/(?<!\\)[<`]|^# `|[^\\]_x/m);
  expect(sentences).toContain('\\<img src=x\\> \\# \\`x\\`');
});

test('a file that goes on elsewhere has no guide', () => {
  expect(guideMarkdown({ ...CHOICE, use: { name: 'x', guides: [] } }, 'x.zip')).toBeUndefined();
});

const said = (language: GuideStep['language'], commands: string, saved: string): string =>
  commandsFor({ step: 'run', language, commands }, saved);

test('a name that needs no quotes gets none, in any script, and $ stays what it is', () => {
  expect(said('sh', `run ${NAME}`, 'fables.zip')).toBe('run fables.zip');
  expect(said('sh', `run ${NAME}`, '寓言-2.zip')).toBe('run 寓言-2.zip');
  expect(said('sh', `run ${NAME}`, 'a$&b.zip')).toBe("run 'a$&b.zip'");
  expect(said('sh', `run ${NAME}`, '-x.zip')).toBe('run ./-x.zip');
});

test('a name that goes on where the offered one ends, or is called like a command, changes nothing else', () => {
  expect(said('sh', `unzip ${NAME} -d ${FOLDER}`, 'fables (1).zip')).toBe("unzip 'fables (1).zip' -d 'fables (1)'");
  const zip = markedName('model.zip');
  expect(said('sh', `serve --model ${zip.slice(0, -4)} # model`, 'm.zip')).toBe('serve --model m # model');
  expect(said('sh', `serve -m ${markedName('a-Q8_0.gguf')}`, 'b.GGUF')).toBe('serve -m b.GGUF');
});

test('an apostrophe ends no string of a page', () => {
  expect(said('js', `load('${FOLDER}-onnx')`, "Ann's.zip")).toBe("load('Ann\\'s-onnx')");
});

const KINDS = Object.keys(EXPORT_KINDS) as ExportKind[];
const choiceOf = (kind: ExportKind): ExportChoice => {
  const zip = EXPORT_KINDS[kind].ending === 'zip';
  const fileName = zip ? '寓言.zip' : '寓言.gguf';
  const file = markedName(fileName);
  const facts: GuideFacts = {
    ...{ kind, file, title: '寓言', name: 'model-x', chat: true, context: 64, gguf: zip ? 'm.gguf' : file },
    ...{ base: 'org/base', rank: 8, parameters: 1_000_000, weightBytes: 4_000_000, cacheNumbers: 10, cacheWidth: 2 },
  };
  return { kind, fileName, use: { name: '寓言', guides: guidesFor(facts) } };
};

test('the page of all programs has each once for a whole model and once for an adapter', () => {
  const all = guidesOfAll(KINDS.map(choiceOf)).map(({ guide, choice }) => `${guide.program} ${choice.kind}`);
  expect(new Set(all).size).toBe(all.length);
  for (const one of ['llamacpp gguf-f16', 'llamacpp gguf-lora', 'vllm safetensors', 'vllm peft', 'peft peft'])
    expect(all).toContain(one);
  expect(all.filter((one) => one.startsWith('ollama'))).toHaveLength(1);
});

test.each(KINDS)('%s: the file’s guide tells memory, speed, the next version and the log of each program', (kind) => {
  const choice = choiceOf(kind);
  const [en, zh] = (guideMarkdown(choice, choice.fileName) ?? '').split('\n---\n');
  for (const { program, steps, memory } of choice.use.guides)
    for (const [locale, text, about] of [
      ['en', en, /Needs about [\d.]+\sMB of memory beside/],
      ['zh', zh, /约需 [\d.]+\sMB 内存/],
    ] as const) {
      const own = `\n${text!}\n`.split(`\n## ${programTitle(program, locale)}\n`)[1]!.split('\n## ')[0]!;
      expect(own).toMatch(about);
      expect(own).toContain(formatFor(locale).bytes(memory.weightBytes + memory.cacheBytes));
      for (const step of ['measure', 'update', 'log'] as const) {
        expect(steps.map((one) => one.step)).toContain(step);
        expect(own).toContain(stepSentence(program, step, locale));
      }
    }
});

test('each step of each program has a sentence in both languages, and the languages differ', () => {
  for (const kind of KINDS)
    for (const { program, steps } of choiceOf(kind).use.guides)
      for (const { step } of steps)
        expect(stepSentence(program, step, 'en')).not.toBe(stepSentence(program, step, 'zh'));
});

test('a guide says what a server calls a model whose name it cannot take', () => {
  const text = guideMarkdown(choiceOf('ollama'), 'x.zip')!;
  expect(text).toContain('“寓言” is called model-x');
  expect(text).toContain('“寓言”在那里叫 model-x');
});
