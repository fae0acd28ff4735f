// How a long row is cut to be shown part by part. Lengths are in UTF-16 units; nothing here is drawn.

/** A row longer than this folds, so that ten rows stay a page. */
export const LONG = 480;
/** So much is laid out at a time: a row of millions of characters would stop the page for minutes. */
export const PART = 20_000;

/** Not between the two halves of a character beyond U+FFFF. */
function endBefore(text: string, end: number): number {
  const parted = /[\uD800-\uDBFF]/.test(text.charAt(end - 1)) && /[\uDC00-\uDFFF]/.test(text.charAt(end));
  return parted ? end - 1 : end;
}

/** The first `shown` units of a text, with a sign that there is more; all of it where it is shorter. */
export const headOf = (text: string, shown: number): string =>
  shown < text.length ? `${text.slice(0, endBefore(text, shown))}…` : text;

/** How much is shown once more was asked for. */
export const nextEnd = (shown: number): number => (shown > LONG ? shown + PART : PART);
