import { expect, test } from 'vitest';
import { trialApi, trialIn, trialParts, type TrialApi, type TrialPart } from '../../../src/studio/models/trial';

// The worker itself and its address: every model that tests/e2e opens goes through it.

const TOKENIZER = JSON.stringify({
  normalizer: {
    type: 'Sequence',
    normalizers: [{ type: 'NFC' }, { type: 'Replace', pattern: { Regex: ' +' }, content: ' ' }],
  },
  pre_tokenizer: { type: 'Split', pattern: { Regex: '\\p{N}{1,3}' }, behavior: 'Isolated', invert: false },
});
const parts = trialParts(TOKENIZER, '{{ messages }}', {});
const never = new Promise<never>(() => undefined);

/** A trial whose worker does not answer for one part; what happened in order. */
function trialWithout(silent: (part: TrialPart) => boolean, api: Partial<TrialApi> = {}) {
  const events: string[] = [];
  const trial = trialIn(
    () => ({
      api: {
        begin: async () => void events.push('begin'),
        ends: async (part) => {
          events.push(part.kind);
          return silent(part) ? never : true;
        },
        ...api,
      },
      failed: never,
      terminate: () => void events.push('terminate'),
    }),
    // a real deadline lies far behind every answer
    async () => {
      for (let turn = 0; turn < 20; turn++) await Promise.resolve();
    },
  );
  return { trial, events };
}

test('every part is tried in one worker, which is ended', async () => {
  const { trial, events } = trialWithout(() => false);
  await trial(parts);
  expect(events).toEqual(['begin', 'template', 'normalizer', 'normalizer', 'pre_tokenizer', 'terminate']);
});

test('a template without an answer is named, and its worker ended', async () => {
  const { trial, events } = trialWithout(({ kind }) => kind === 'template');
  await expect(trial(parts)).rejects.toMatchObject({ code: 'template-slow' });
  expect(events.at(-1)).toBe('terminate');
});

test('a step without an answer is named by its pattern', async () => {
  const { trial, events } = trialWithout((part) => part.kind === 'normalizer' && part.step.type === 'Replace');
  await expect(trial(parts)).rejects.toMatchObject({
    code: 'tokenizer-slow',
    facts: { field: 'normalizer', found: ' +' },
  });
  expect(events.at(-1)).toBe('terminate');
});

test('a worker that cannot start fails the trial', async () => {
  const trial = trialIn(() => ({
    api: { begin: () => never, ends: () => never },
    failed: Promise.reject(new Error('no script')),
    terminate: () => undefined,
  }));
  await expect(trial(parts)).rejects.toThrow('no script');
});

test('a template that its own clock stops did not end', async () => {
  const { trial } = trialWithout(() => false, { ends: async () => false });
  await expect(trial(parts)).rejects.toMatchObject({ code: 'template-slow' });
});

const template = (source: string): TrialPart => ({ kind: 'template', source, tokens: {} });

test.each(['{{ messages[0].content }}', "{{ raise_exception('no system message') }}", '{{ messages | nonesuch }}'])(
  'a template that renders, refuses or breaks ends: %s',
  async (source) => {
    expect(await trialApi.ends(template(source))).toBe(true);
  },
);

test('published steps end over texts that are hard for them', async () => {
  for (const part of parts) expect(await trialApi.ends(part)).toBe(true);
});
