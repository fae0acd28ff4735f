import { describe, expect, test } from 'vitest';
import { formAdvice } from '../../../../src/app/panels/Export/formAdvice';
import { FormsState } from '../../../../src/app/panels/Export/forms.svelte';
import type { FormFacts, FormKind, FormsOfWeights } from '../../../../src/base/wire/forms';

const form = (kind: FormKind, bytes: number, loss?: number): FormFacts => ({
  ...{ kind, bytes, weightBytes: bytes, cacheBytes: 1, precision: 'F32' },
  ...(loss !== undefined && { measured: { loss, labels: 9 } }),
});

describe('the advice', () => {
  test('is the smallest form that hardly loses, with what it saves and loses beside the largest one', () => {
    const found = formAdvice([form('safetensors', 400, 2), form('gguf-f16', 200, 2.0001), form('gguf-q8', 100, 2.004)]);
    expect(found).toEqual({
      kind: 'gguf-q8',
      than: 'safetensors',
      share: 0.25,
      rise: expect.closeTo(0.004, 9) as number,
      same: false,
    });
    expect(formAdvice([form('safetensors', 400, 2), form('gguf-q8', 100, 2.02)])?.kind).toBe('safetensors');
    expect(formAdvice([form('safetensors', 400, 2.25), form('gguf-q8', 100, 2)])).toMatchObject({
      rise: -0.25,
    });
  });

  test('calls a difference below the last decimal none', () => {
    const at = (loss: number) => formAdvice([form('safetensors', 400, 2), form('gguf-f16', 200, loss)])?.same;
    expect([at(1.9999955), at(2.0004), at(2.0006), at(1.999)]).toEqual([true, true, false, false]);
  });

  test('rests on measured losses alone, and on whole models', () => {
    expect(formAdvice([form('safetensors', 400, 2), form('gguf-q8', 100)])).toBeUndefined();
    expect(formAdvice([form('safetensors', 400, 2), form('peft', 10, 2)])).toBeUndefined();
    expect(formAdvice([])).toBeUndefined();
  });
});

function stateOf(measure: (keep: (kind: FormKind) => void, signal: AbortSignal) => Promise<void>) {
  const kept = new Set<FormKind>();
  const asked: (readonly FormKind[])[] = [];
  const facts = (): FormsOfWeights => ({
    forms: (['safetensors', 'gguf-q8'] as const).map((kind) => form(kind, 9, kept.has(kind) ? 2 : undefined)),
    context: 8,
  });
  const state = new FormsState({
    data: { exportForms: () => Promise.resolve(facts()) },
    gpu: {
      measureForms: (_, kinds, _onProgress, signal) => {
        asked.push(kinds);
        return measure((kind) => kept.add(kind), signal);
      },
    },
  });
  return { state, asked };
}

test('what was measured before a failure is shown, and the next try asks for the rest', async () => {
  const { state, asked } = stateOf((keep) => {
    keep('safetensors');
    return Promise.reject(new Error('lost'));
  });
  await state.look('w', {});
  await state.measure();
  expect(state.task.error?.code).toBe('unexpected');
  expect(state.unmeasured).toEqual(['gguf-q8']);
  await state.measure();
  expect(asked).toEqual([['safetensors', 'gguf-q8'], ['gguf-q8']]);
});

test('other weights end the measuring and take its place', async () => {
  let signal: AbortSignal | undefined;
  const { state } = stateOf((_, given) => {
    signal = given;
    return new Promise((_done, failed) => given.addEventListener('abort', () => failed(new Error('aborted'))));
  });
  await state.look('w', {});
  const measuring = state.measure();
  await state.look('other', {});
  expect(signal?.aborted).toBe(true);
  await measuring;
  expect(state.found?.forms).toHaveLength(2);
});
