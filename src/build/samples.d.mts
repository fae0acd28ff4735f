/** The folder of the sample texts, from the root of the repository. */
export const SAMPLES_FOLDER: string;
/** Each file's name with what is in it. */
export function samples(): Record<string, string>;
