// What is wrong inside a file, as the fact `detail` of an error names it. The page has a phrase for each, which takes
// the facts beside it; a detail that is none of these is a place or a value of the file and is shown as it is.

/** Each with the facts that its phrase takes, beside those of the error. */
export const DETAILS = [
  'starts-otherwise', // expected
  'cut-off',
  'garbled',
  'not-utf8', // at: a byte, counted from 0
  'json-at', // at: a character, counted from 1; found
  'deep', // limit: levels
  'twice', // name
  'dimensions', // name, found
  'unaligned', // name, expected
  'half-block', // name, found
  'overlaps', // name
  'past-end', // name
  'too-large', // found, limit
  'unknown-type', // found
  'nested-lists',
  'missing', // name
  'no-token', // found: an id
  'two-ids', // name
  'no-byte', // name
  'not-bytes', // name
  'not-in-vocabulary', // name, found
] as const;

export type Detail = (typeof DETAILS)[number];
