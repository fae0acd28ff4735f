// The answer of a model that is on the device, from what was asked to its text: the prompt, then its tokens.
import type { Generated } from '../../base/chat';
import type { GenerateRequest } from '../../base/wire/requests';
import { generate, type GenerateParts } from './generate';
import type { Speaker } from './loadedModels';
import { chatPrompt, textPrompt, type Prompt } from './prompts';

/** An answer that is wanted, and who hears it. */
export interface AnswerAsked {
  request: GenerateRequest;
  onText: (text: string) => void;
  signal: AbortSignal;
}

/** The answer of a model that is on the device. */
export async function writtenAnswer(
  { generator, tokenizer, pretrained }: Speaker,
  { request, onText, signal }: AnswerAsked,
  inTurn: GenerateParts['inTurn'],
  mostTokens = Infinity,
): Promise<Generated> {
  const sampling = { ...request.sampling, maxTokens: Math.min(request.sampling.maxTokens, mostTokens) };
  const asked = promptFor({ generator, tokenizer, pretrained }, request, sampling);
  return generate({ generator, tokenizer, inTurn }, asked, request.stop, sampling, onText, signal);
}

export function promptFor(
  { generator: { capacity }, tokenizer, pretrained }: Speaker,
  { prompt, messages, tools }: Pick<GenerateRequest, 'prompt' | 'messages' | 'tools'>,
  { maxTokens }: { maxTokens: number },
): Prompt {
  return messages
    ? chatPrompt(messages, tokenizer, pretrained, { capacity, maxTokens }, tools)
    : textPrompt(prompt, tokenizer, pretrained);
}
