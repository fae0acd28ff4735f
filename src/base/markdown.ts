// A name as Markdown, in cards, data sheets and guides.

/** Names are data: on one line, and without what Markdown or HTML would act on. */
export const markdownText = (text: string): string => text.replace(/\s+/g, ' ').replace(/[\\|<>`*_[\]#]/g, '\\$&');
