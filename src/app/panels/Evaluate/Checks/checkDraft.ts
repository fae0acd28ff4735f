// A check as it is typed: its last message and its system message; what stands between them stays as it is.
import type { PromptCheck, Expectation } from '../../../../base/records/checks';
import type { Message } from '../../../../base/conversation';

export interface TypedPrompt {
  name: string;
  mode: 'message' | 'beginning';
  system: string;
  /** The last message, or the beginning of a text. */
  text: string;
}

export function promptOf(check: PromptCheck | undefined): Omit<TypedPrompt, 'name'> {
  const { asked = [], beginning } = check ?? {};
  if (beginning !== undefined) return { mode: 'beginning', system: '', text: beginning };
  const [first] = asked;
  return { mode: 'message', system: first?.role === 'system' ? first.content : '', text: asked.at(-1)?.content ?? '' };
}

function askedOf(before: PromptCheck | undefined, { system, text }: TypedPrompt): Message[] {
  const between = (before?.asked ?? []).slice(0, -1).filter(({ role }, i) => i > 0 || role !== 'system');
  const last: Message = before?.asked.at(-1) ?? { role: 'user', content: '' };
  return [
    ...(system.trim() === '' ? [] : [{ role: 'system' as const, content: system }]),
    ...between,
    { ...last, content: text },
  ];
}

/** Another prompt is another check: its history begins anew. */
export function checkOf(before: PromptCheck | undefined, typed: TypedPrompt, expects: Expectation[]): PromptCheck {
  const { name, mode, text } = typed;
  const asked = mode === 'message' ? askedOf(before, typed) : [];
  const isSame =
    before &&
    JSON.stringify(before.asked) === JSON.stringify(asked) &&
    (mode === 'message' || before.beginning === text);
  return {
    ...{ id: isSame ? before.id : crypto.randomUUID(), name: name.trim() || text.trim().slice(0, 60), asked, expects },
    ...(mode === 'beginning' && { beginning: text }),
    ...(before?.tools && { tools: before.tools }),
  };
}
