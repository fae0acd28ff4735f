// What an opened model would run over a person's texts, tried once in a worker that is thrown away: its chat template,
// and the steps of its tokenizer. Nothing else in a browser can end a program that does not end by itself.
import type { TemplateTokens } from '../../base/chat';
import type { Message } from '../../base/conversation';
import { asAtelierError, AtelierError, throwIfCancelled } from '../../base/errors/errors';
import { ChatTemplate } from '../../data/chat/chatTemplate';
import { tokenizerSteps, type PlacedStep } from '../../data/tokens/tokenizerSteps';
import { tryStep } from '../../data/tokens/tryStep';

/** Milliseconds that a part may take; published ones take some. */
const LONGEST_MS = 4000;

/** One thing that is tried. */
export type TrialPart = { kind: 'template'; source: string; tokens: TemplateTokens } | PlacedStep;

/** What the worker answers. */
export interface TrialApi {
  /** Answers at once: the worker has started. */
  begin(): Promise<void>;
  /** True where the part ended by itself. */
  ends(part: TrialPart): Promise<boolean>;
}

/** A worker for one trial. */
export interface TrialWorker {
  api: TrialApi;
  /** Rejects where the worker cannot start. */
  failed: Promise<never>;
  terminate(): void;
}

/** Tries the parts of a model that is opened. */
export type Trial = (parts: readonly TrialPart[], signal?: AbortSignal) => Promise<void>;

const later = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

/**
 * A trial whose worker `start` makes.
 * @param wait until a part is late, once the worker has started
 */
export function trialIn(start: () => TrialWorker, wait: (ms: number) => Promise<void> = later): Trial {
  return async (parts, signal) => {
    if (!parts.length) return;
    const { api, failed, terminate } = start();
    failed.catch(() => undefined); // it may fail when nobody waits for it any more
    try {
      await Promise.race([api.begin(), failed]);
      for (const part of parts) {
        throwIfCancelled(signal);
        const late = wait(LONGEST_MS).then(() => false);
        if (!(await Promise.race([api.ends(part), failed, late]))) throw endless(part);
      }
    } finally {
      terminate();
    }
  };
}

/** @returns template-slow, tokenizer-slow */
function endless(part: TrialPart): AtelierError {
  const seconds = LONGEST_MS / 1000;
  if (part.kind === 'template') return new AtelierError('template-slow', { seconds });
  const found = part.step.pattern?.Regex ?? part.step.type;
  return new AtelierError('tokenizer-slow', { file: 'tokenizer.json', field: part.kind, found, seconds });
}

/** The parts of a model that run over texts. */
export function trialParts(
  tokenizerJson: string | undefined,
  source: string | undefined,
  tokens: TemplateTokens,
): TrialPart[] {
  const template: TrialPart[] = source === undefined ? [] : [{ kind: 'template', source, tokens }];
  return [...template, ...(tokenizerJson === undefined ? [] : tokenizerSteps(tokenizerJson))];
}

const SAID: Message[] = [
  { role: 'system', content: 'Be brief.' },
  { role: 'user', content: 'One?' },
  { role: 'assistant', content: 'Two.' },
];

/** What the worker of a trial does. */
export const trialApi: TrialApi = {
  begin: () => Promise.resolve(),
  ends: (part) => Promise.resolve(part.kind === 'template' ? templateEnds(part) : stepEnds(part)),
};

/** A template that refuses these turns, or is broken, ends. */
function templateEnds({ source, tokens }: Extract<TrialPart, { kind: 'template' }>): boolean {
  return [SAID, SAID.slice(1), SAID.slice(0, 2), SAID.slice(1, 2), []].every((messages) => {
    try {
      new ChatTemplate(source, tokens).render(messages, { addGenerationPrompt: messages.at(-1)?.role === 'user' });
      return true;
    } catch (thrown) {
      return asAtelierError(thrown).code !== 'template-slow';
    }
  });
}

/** One that the library cannot run is told of where the tokenizer is built. */
function stepEnds(step: PlacedStep): boolean {
  try {
    tryStep(step);
  } catch {
    return true;
  }
  return true;
}
