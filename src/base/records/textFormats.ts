// The formats in which text comes in, with the endings of their files: the one list that the file picker, the drop
// hint, the error for other files and the readers in formats/text follow.
export const TEXT_ENDINGS = {
  txt: ['.txt', '.text'],
  md: ['.md', '.markdown'],
  jsonl: ['.jsonl', '.ndjson'],
  json: ['.json'],
} as const satisfies Record<string, readonly `.${string}`[]>;

export type TextFormat = keyof typeof TEXT_ENDINGS;

export const TEXT_FORMATS = Object.keys(TEXT_ENDINGS) as TextFormat[];

export const ALL_TEXT_ENDINGS: readonly string[] = Object.values(TEXT_ENDINGS).flat();
