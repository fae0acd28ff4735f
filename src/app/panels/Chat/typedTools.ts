// The tools of a talk as a person types them, JSON, and as templates read them. It calls none of them.
import type { ToolSchema } from '../../../base/conversation';
import { SAMPLE_TOOLS } from '../../../base/records/samples';

/** What keeps the typed text from being tools: it is no JSON (at a line), or one of them (by number) has no name. */
export type ToolsFault = { kind: 'json'; line: number } | { kind: 'name'; number: number } | { kind: 'none' };

/** As OpenAI writes them; a list, one alone, or `{"tools": […]}`; without their wrapping they get it. */
export function typedTools(text: string): { tools: ToolSchema[] } | { fault: ToolsFault } {
  const value = parsedTools(text);
  if (value === undefined) return { fault: { kind: 'json', line: faultyLine(text) } };
  const inner = fieldOf(value, 'tools') ?? value;
  const list: readonly unknown[] = Array.isArray(inner) ? inner : [inner];
  const nameless = list.findIndex((tool) => typeof nameOfTool(tool) !== 'string' || nameOfTool(tool) === '');
  if (nameless >= 0) return { fault: { kind: 'name', number: nameless + 1 } };
  if (!list.length) return { fault: { kind: 'none' } };
  return {
    tools: list.map((tool) => (fieldOf(tool, 'function') ? tool : { type: 'function', function: tool }) as ToolSchema),
  };
}

const nameOfTool = (tool: unknown): unknown => fieldOf(fieldOf(tool, 'function') ?? tool, 'name');

function parsedTools(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** Browsers tell the place in their own ways; without one it is the last line. */
function faultyLine(text: string): number {
  try {
    JSON.parse(text);
  } catch (thrown) {
    const [, line, at] = /line (\d+)|position (\d+)/.exec(String(thrown)) ?? [];
    if (line !== undefined) return Number(line);
    if (at !== undefined) return text.slice(0, Number(at)).split('\n').length;
  }
  return text.trimEnd().split('\n').length;
}

const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;

/** What a click writes, to be changed: a tool of the sample texts, so that who tuned on them can ask for it. */
export const EXAMPLE_TOOLS = JSON.stringify(SAMPLE_TOOLS, null, 2);
