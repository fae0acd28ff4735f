// Calls of tools and what the tools are, in the spellings of the services and data sets that publish them.
import type { ToolCall, ToolSchema } from '../../base/conversation';
import { isObject, own, type JsonObject } from '../json';
import { cellText, jsonList, structureIn } from './values';

/**
 * The calls in a field: a list or one, as objects or as JSON text. Undefined where something in it is no call.
 */
export function callsIn(value: unknown): ToolCall[] | undefined {
  const structure = structureIn(value);
  const list: unknown[] | undefined = Array.isArray(structure) ? structure : structure && [structure];
  const calls = list?.map(callOf);
  return calls?.every((call) => call !== undefined) && calls.length ? calls : undefined;
}

/** `{"function": {"name", "arguments"}}` of OpenAI; `input` is Anthropic's, `args` Gemini's, `parameters` Cohere's. */
const ARGUMENTS = ['arguments', 'input', 'args', 'parameters'];

function callOf(value: unknown): ToolCall | undefined {
  const outer = structureIn(value);
  if (!isObject(outer)) return undefined;
  const inner = own(outer, 'function') ?? own(outer, 'functionCall');
  const call = isObject(inner) ? inner : outer;
  const name = own(call, 'name') ?? own(call, 'tool_name');
  if (typeof name !== 'string') return undefined;
  const id = cellText(own(outer, 'id'));
  return { ...(id !== undefined && { id }), name, arguments: argumentsOf(call) };
}

function argumentsOf(call: JsonObject): ToolCall['arguments'] {
  const key = ARGUMENTS.find((name) => own(call, name) !== undefined);
  const value = key === undefined ? undefined : own(call, key);
  const structure = structureIn(value);
  if (isObject(structure)) return structure;
  return value === undefined || value === null ? {} : (cellText(value) ?? JSON.stringify(value));
}

/** Whether a value is a list of calls, each with its arguments, as an answer of xLAM's rows is. */
export const isCallList = (value: unknown): boolean => {
  const list = jsonList(value);
  return Boolean(list?.length) && list!.every((call) => isObject(call) && 'name' in call && 'arguments' in call);
};

/** The tools of a field, each with its wrapping; undefined where the field describes none. */
export function toolsIn(value: unknown): ToolSchema[] | undefined {
  const structure = structureIn(value);
  const list: unknown[] = Array.isArray(structure) ? structure : structure ? [structure] : [];
  const tools = list.map(structureIn);
  return tools.length && tools.every(isObject) ? tools.flatMap(wrapped) : undefined;
}

/** Gemini lists functions in one tool; Anthropic's and bare functions get the wrapping that templates read. */
function wrapped(tool: JsonObject): ToolSchema[] {
  const declared = own(tool, 'functionDeclarations') ?? own(tool, 'function_declarations');
  if (Array.isArray(declared)) return declared.filter(isObject).flatMap(wrapped);
  const schema = own(tool, 'input_schema');
  if ('function' in tool || typeof own(tool, 'name') !== 'string') return [tool];
  if (schema === undefined) return [{ type: 'function', function: tool }];
  const { input_schema: parameters, ...rest } = tool;
  return [{ type: 'function', function: { ...rest, parameters } }];
}
