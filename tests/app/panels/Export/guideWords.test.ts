import { expect, test } from 'vitest';
import { markedName, type ExportChoice, type GuideStep } from '../../../../src/base/wire/guides';
import { commandsFor, guideMarkdown } from '../../../../src/app/panels/Export/guideWords';

const NAME = markedName('fables.zip');
const FOLDER = NAME.slice(0, -'.zip'.length);

const CHOICE: ExportChoice = {
  kind: 'safetensors',
  fileName: 'fables.zip',
  use: {
    context: 64,
    cacheBytes: 1024,
    guides: [
      {
        program: 'transformers',
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

test('a file that goes on elsewhere has no guide', () => {
  expect(guideMarkdown({ ...CHOICE, use: { ...CHOICE.use, guides: [] } }, 'x.zip')).toBeUndefined();
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
