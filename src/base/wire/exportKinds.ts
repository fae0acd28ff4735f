/**
 * What leaves the studio as a file: one row for each kind of export. The page's choices, the file picker and the checks
 * of a saved file follow from this table; how a kind is written stands in studio/export/kinds.
 */
export const EXPORT_KINDS = {
  safetensors: { ending: 'zip', checkedBy: ['studio'] },
  'gguf-f16': { ending: 'gguf', checkedBy: ['studio', 'llama'] },
  'gguf-q8': { ending: 'gguf', checkedBy: ['studio', 'llama'] },
  'gguf-q4-k-m': { ending: 'gguf', checkedBy: ['studio', 'llama'] },
  'gguf-q4': { ending: 'gguf', checkedBy: ['studio', 'llama'] },
  ollama: { ending: 'zip', checkedBy: ['studio', 'llama'] },
  peft: { ending: 'zip', checkedBy: ['studio'] },
  'gguf-lora': { ending: 'gguf', checkedBy: ['studio', 'llama'] },
  'web-page': { ending: 'zip', checkedBy: [] },
  job: { ending: 'zip', checkedBy: [] },
} as const satisfies Record<string, { ending: 'zip' | 'gguf'; checkedBy: readonly FileChecker[] }>;

/** Who reads a saved file back: the studio's own readers and kernels, or llama.cpp. */
export type FileChecker = 'studio' | 'llama';

export type ExportKind = keyof typeof EXPORT_KINDS;

type CheckedBy<Checker extends FileChecker> = {
  [Kind in ExportKind]: Checker extends (typeof EXPORT_KINDS)[Kind]['checkedBy'][number] ? Kind : never;
}[ExportKind];

/** A model or its adapter, which can be read back; the other kinds hold a whole run. */
export type ModelKind = CheckedBy<'studio'>;
/** The kinds that llama.cpp runs. */
export type LlamaKind = CheckedBy<'llama'>;

const checks = (kind: ExportKind, by: FileChecker): boolean =>
  (EXPORT_KINDS[kind].checkedBy as readonly FileChecker[]).includes(by);
export const holdsModel = (kind: ExportKind): kind is ModelKind => checks(kind, 'studio');
export const runsInLlama = (kind: ExportKind): kind is LlamaKind => checks(kind, 'llama');
/** An adapter alone, which needs its base beside it. */
export const isAdapterAlone = (kind: ExportKind): boolean => kind === 'peft' || kind === 'gguf-lora';
/** One GGUF file with the whole model in it. */
export const isWholeGguf = (kind: ExportKind): boolean => EXPORT_KINDS[kind].ending === 'gguf' && kind !== 'gguf-lora';
