// What a run was made of, in pairs of a name and a value: weights, tokens, machine. The screen and the report show
// them.
import type { RunRecord } from '../../base/records/run';
import type { RunFacts } from '../../base/wire/requests';
import type { TermName } from './glossary';
import { m } from './generated/messages.js';
import { language } from './language.svelte';
import { adapterFacts } from './modelWords';
import { originWords, sizeWords } from './runWords';

/** A name, its value, and the word of the glossary that the name speaks of. */
type MadeFact = readonly [label: string, value: string, note: undefined, term?: TermName];

export const weightFacts = (run: RunRecord): MadeFact[] => [
  [m.runs_column_size(), sizeWords(run), undefined, 'parameters'],
  [m.runs_column_origin(), originWords(run), undefined],
  ...(run.lora
    ? [[m.runs_adapter({ base: run.lora.baseName }), adapterFacts(run), undefined, 'adapter'] as const]
    : []),
  ...(run.lora?.tokens ? [[m.runs_new_tokens(), run.lora.tokens.texts.join(' '), undefined] as const] : []),
];

/** As far as the tokens and their tokenizer are still stored. */
export function preparedFacts({ prepared, tokenizer }: Partial<RunFacts>): MadeFact[] {
  const { integer } = language.format;
  const rows = (): string =>
    m.runs_data_rows_of({ train: integer(prepared?.trainRows), held: integer(prepared?.validationRows) });
  return [
    ...(prepared ? [[m.runs_data_rows(), rows(), undefined, 'heldOut'] as const] : []),
    ...(prepared ? [[m.runs_data_tokens(), integer(prepared.trainTokens), undefined, 'token'] as const] : []),
    ...(tokenizer
      ? [
          [
            m.runs_data_tokenizer(),
            `${tokenizer.name} · ${integer(tokenizer.vocabSize)}`,
            undefined,
            'vocabulary',
          ] as const,
        ]
      : []),
  ];
}

/** @param mostBytes GPU memory that its steps held at most; 0: it was not measured */
export function machineFacts(run: RunRecord, facts: RunFacts | undefined, mostBytes: number): MadeFact[] {
  const { format } = language;
  const milliseconds = facts?.milliseconds ?? 0;
  const on = [run.compute && { cpu: 'CPU', gpu: 'GPU' }[run.compute], ...(facts?.gpuNames ?? [])];
  const speed = m.train_per_second({ count: format.compact((1000 * run.tokens) / milliseconds) });
  return [
    [m.runs_column_compute(), [...new Set(on.filter((name) => name !== undefined))].join(' · ') || '–', undefined],
    [m.runs_machine_time(), milliseconds > 0 ? format.duration(milliseconds) : '–', undefined],
    [m.train_speed(), milliseconds > 0 ? speed : '–', undefined],
    [m.runs_machine_memory(), mostBytes > 0 ? format.bytes(mostBytes) : '–', undefined],
  ];
}
