// Lists that a recipe stores as JSON texts, one for each row: changes by hand, labels, rows of a model.

/** The texts that are what is asked for; what is no JSON or something else is passed over. */
export const jsonTexts = <T>(texts: readonly string[], isOne: (value: unknown) => value is T): T[] =>
  texts.flatMap((text) => {
    const value = parsed(text);
    return isOne(value) ? [value] : [];
  });

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
