/** New tokens that stand in no row: their rows of the embedding would stay as they begin. */
import type { Check } from './check';

export const newTokenUnused: Check = {
  code: 'new-token-unused',
  level: 'warn',
  look: (tokenizer) => {
    const { newTokens } = tokenizer;
    const ids = newTokens.map((token) => tokenizer.idOf(token)!);
    const seen = new Set<number>();
    return {
      see: ({ encoded }) => {
        if ('reason' in encoded) return;
        for (const part of encoded) for (const id of ids) if (!seen.has(id) && part.ids.includes(id)) seen.add(id);
      },
      found: () => {
        const unused = newTokens.filter((_, i) => !seen.has(ids[i]!));
        return unused.length ? { count: unused.length, facts: { tokens: unused.join(' ') } } : undefined;
      },
    };
  },
};
