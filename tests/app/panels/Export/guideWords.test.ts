import { expect, test } from 'vitest';
import type { ExportChoice } from '../../../../src/base/wire/guides';
import { commandsFor, guideMarkdown } from '../../../../src/app/panels/Export/guideWords';

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
          { step: 'unpack', language: 'sh', commands: 'unzip fables.zip -d fables' },
          { step: 'run', language: 'python', commands: 'load("fables")' },
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

test('a name that needs no quotes gets none, in any script, and $ stays what it is', () => {
  const step = { step: 'run', language: 'sh', commands: 'run fables.zip' } as const;
  expect(commandsFor(step, 'fables.zip', 'fables.zip')).toBe('run fables.zip');
  expect(commandsFor(step, 'fables.zip', '寓言-2.zip')).toBe('run 寓言-2.zip');
  expect(commandsFor(step, 'fables.zip', 'a$&b.zip')).toBe("run 'a$&b.zip'");
});
