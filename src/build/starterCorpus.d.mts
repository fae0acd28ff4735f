/** Where the corpus lies, from the root of the repository. */
export const STARTER_FILE: string;
/** The whole text: paragraphs with a blank line between them, none of them twice. */
export function starterCorpus(): string;
