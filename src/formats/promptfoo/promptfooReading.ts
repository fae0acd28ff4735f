// Reads checks: promptfoo's configuration as YAML or JSON, its tests as lines of JSON, its tests as CSV
// (https://www.promptfoo.dev/docs/configuration/test-cases/). A template is filled with the variables of its test;
// other templates, scripts and names of files are left out and counted.
import Papa from 'papaparse';
import type { Message, Role } from '../../base/conversation';
import { AtelierError } from '../../base/errors/errors';
import { EXPECTATION_TYPES, takesList, type Expectation } from '../../base/records/checks';
import { isObject, isTooDeep, own, parseJson, type JsonObject } from '../json';
import type { ReadChecks } from './checkSetFile';

const MOST_CHECKS = 2000;
/** Characters of a prompt that a check without a name is called by. */
const LONGEST_NAME = 60;
const ROLES: readonly string[] = ['system', 'user', 'assistant', 'tool'];

/** @throws check-file where it is none of these, json-*, check-many */
export async function readChecks(text: string, file: string): Promise<ReadChecks> {
  const read = new Reading();
  if (/\.csv$/i.test(file)) read.tests(rowsOf(text).map(testOfRow), []);
  else if (/\.(?:jsonl|ndjson)$/i.test(file)) read.tests(linesOf(text, file), []);
  else read.config(await valueIn(text, file));
  if (!read.found.checks.length && !read.found.leftOut) throw new AtelierError('check-file', { file });
  if (read.found.checks.length > MOST_CHECKS) throw new AtelierError('check-many', { file, limit: MOST_CHECKS });
  return read.found;
}

const rowsOf = (text: string): Record<string, string>[] =>
  Papa.parse<Record<string, string>>(text.replace(/^\uFEFF/, ''), { header: true, skipEmptyLines: 'greedy' }).data;

const linesOf = (text: string, file: string): unknown[] =>
  text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => parseJson(line, file));

/** @throws check-file, json-deep, json-syntax */
async function valueIn(text: string, file: string): Promise<unknown> {
  if (/^\s*[{[]/.test(text)) return parseJson(text, file);
  const { parse } = await import('yaml');
  try {
    // aliases of aliases grow without end: ten are enough for what people write by hand
    const value: unknown = parse(text, { maxAliasCount: 100, schema: 'core' });
    return isTooDeep(JSON.stringify(value ?? null)) ? undefined : value;
  } catch (thrown) {
    throw new AtelierError('check-file', { file }, { cause: thrown });
  }
}

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : value === undefined ? [] : [value]);
const objectIn = (value: unknown): JsonObject => (isObject(value) ? value : {});
const textIn = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : typeof value === 'number' ? String(value) : undefined;
const isElsewhere = (text: string): boolean => /^(?:file:\/\/|package:|https?:\/\/\S+$)/.test(text);

/** What the checks of a file come to. */
class Reading {
  readonly found: ReadChecks = { name: '', checks: [], unknown: [], leftOut: 0 };

  config(value: unknown): void {
    if (Array.isArray(value)) return this.tests(value, []);
    const config = objectIn(value);
    this.found.name = textIn(own(config, 'description')) ?? '';
    const defaults = objectIn(own(config, 'defaultTest'));
    const tests = listOf(own(config, 'tests'));
    const prompts = listOf(own(config, 'prompts')).map(promptOf);
    this.tests(tests.length || !prompts.length ? tests : [{}], prompts, defaults);
  }

  /** Each test with each prompt, as promptfoo multiplies them. */
  tests(tests: readonly unknown[], prompts: readonly (string | undefined)[], defaults: JsonObject = {}): void {
    for (const test of tests) {
      if (!isObject(test)) {
        this.found.leftOut++;
        continue;
      }
      const vars = { ...objectIn(own(defaults, 'vars')), ...objectIn(own(test, 'vars')) };
      const expects = [own(defaults, 'assert'), own(test, 'assert')]
        .flatMap(listOf)
        .flatMap((one) => this.#one(one, vars));
      for (const prompt of prompts.length ? prompts : [undefined]) this.#check(test, vars, prompt, expects);
    }
  }

  #check(test: JsonObject, vars: JsonObject, prompt: string | undefined, expects: Expectation[]): void {
    const asked = askedIn(test, vars, prompt);
    if (!asked) {
      this.found.leftOut++;
      return;
    }
    const last = asked.at(-1)?.content ?? '';
    const named = ['description', 'name'].map((key) => textIn(own(test, key))).find((text) => text?.trim());
    const name = named ?? last.slice(0, LONGEST_NAME);
    this.found.checks.push({ name, asked, expects });
  }

  #one(value: unknown, vars: JsonObject): Expectation[] {
    const given = objectIn(value);
    const type = textIn(own(given, 'type')) ?? '';
    const expectation = expectationOf(type, own(given, 'value'), own(given, 'threshold'), vars);
    if (expectation) return [expectation];
    if (!this.found.unknown.includes(type || '?')) this.found.unknown.push(type || '?');
    return [];
  }
}

/** Undefined of one that stands in another file. */
function promptOf(value: unknown): string | undefined {
  const prompt = isObject(value) ? (textIn(own(value, 'raw')) ?? textIn(own(value, 'id'))) : textIn(value);
  return prompt === undefined || isElsewhere(prompt) ? undefined : prompt;
}

/** A row of promptfoo's CSV as a test: `__expected` columns are expectations, `__description` its name. */
function testOfRow(row: Record<string, string>): JsonObject {
  const columns = Object.entries(row);
  const isOwn = (name: string): boolean => name.startsWith('__');
  return {
    description: row['__description'] ?? row['name'] ?? undefined,
    vars: Object.fromEntries(columns.filter(([name]) => !isOwn(name))),
    assert: columns
      .filter(([name, cell]) => /^__expected\d*$/.test(name) && cell !== '')
      .map(([, cell]) => assertOfCell(cell)),
  };
}

/** `type: value` or `type(threshold): value`; without a type it is equals. */
function assertOfCell(cell: string): JsonObject {
  const parts = /^((?:not-)?[a-z-]+)(?:\(([\d.]+)\))?(?::\s*([\s\S]*))?$/.exec(cell);
  const name = parts?.[1]?.replace(/^not-/, '');
  const isKnown = EXPECTATION_TYPES.some((type) => type === name) && (parts?.[3] !== undefined || name === 'is-json');
  if (!isKnown || !parts) return { type: 'equals', value: cell };
  return {
    ...{ type: parts[1], value: parts[3] },
    ...(parts[2] !== undefined && { threshold: Number(parts[2]) }),
  };
}

function expectationOf(named: string, given: unknown, threshold: unknown, vars: JsonObject): Expectation | undefined {
  const not = named.startsWith('not-');
  const base = not ? named.slice('not-'.length) : named;
  const type = EXPECTATION_TYPES.find((one) => one === base);
  if (!type) return undefined;
  const sides = { type, ...(not && { not }), ...(typeof threshold === 'number' && { threshold }) };
  if (type === 'is-json') {
    const schema = typeof given === 'object' && given !== null ? JSON.stringify(given) : given;
    const value =
      schema === undefined || schema === '' ? '' : textIn(typeof schema === 'boolean' ? String(schema) : schema);
    return value === undefined || isElsewhere(value) ? undefined : { ...sides, value };
  }
  if (takesList(type)) {
    const texts = Array.isArray(given) ? given.map(textIn) : (textIn(given) ?? '').split(',').map((one) => one.trim());
    const values = texts.map((text) => (text === undefined ? undefined : filledPrompt(text, vars)));
    if (values.some((text) => text === undefined)) return undefined;
    return { ...sides, value: '', values: values as string[] };
  }
  const text = textIn(given);
  const value = text === undefined || isElsewhere(text) ? undefined : filledPrompt(text, vars);
  return value === undefined ? undefined : { ...sides, value };
}

/**
 * A template with its variables in it; undefined where it has anything else than a name or a literal in its braces. A
 * file that we wrote has single characters as literals.
 */
export function filledPrompt(template: string, vars: JsonObject): string | undefined {
  let isPlain = !/\{[%#]/.test(template);
  const text = template.replace(PLACE, (all, literal?: string, name?: string) => {
    if (literal !== undefined) return literal;
    const said = name === undefined ? undefined : variable(own(vars, name));
    isPlain &&= said !== undefined;
    return said ?? all;
  });
  return isPlain ? text : undefined;
}

const PLACE = /\{\{\s*(?:'([^'\\])'|(\w+)(?:\s*\|\s*(?:dump|safe|trim))*)\s*\}\}|\{\{/g;

/** What a variable says; one that is a template of others says nothing here. */
function variable(value: unknown): string | undefined {
  const said = textIn(value) ?? (typeof value === 'object' && value !== null ? JSON.stringify(value) : undefined);
  return said === undefined ? undefined : filledPrompt(said, {});
}

/** What a test asks: its messages, or its prompt behind a system message where it has one. */
function askedIn(test: JsonObject, vars: JsonObject, prompt: string | undefined): Message[] | undefined {
  const messages = own(test, 'messages');
  if (messages !== undefined) return messagesIn(messages);
  const raw = prompt ?? textIn(own(test, 'prompt')) ?? textIn(own(vars, 'prompt'));
  const text = raw === undefined ? undefined : filledPrompt(raw, vars);
  if (text === undefined || isElsewhere(text)) return undefined;
  const talk = /^\s*\[/.test(text) ? messagesOfJson(text) : undefined;
  if (talk) return talk;
  const system = prompt === undefined ? (textIn(own(test, 'system')) ?? textIn(own(vars, 'system'))) : undefined;
  const user: Message = { role: 'user', content: text };
  return text.trim() === '' ? undefined : system ? [{ role: 'system', content: system }, user] : [user];
}

function messagesOfJson(text: string): Message[] | undefined {
  try {
    return messagesIn(parseJson(text, ''));
  } catch {
    return undefined;
  }
}

/** Undefined where any of them is no message of a talk. */
function messagesIn(value: unknown): Message[] | undefined {
  if (!Array.isArray(value) || !value.length) return undefined;
  const messages = value.map((one): Message | undefined => {
    const [role, content] = ['role', 'content'].map((key) => textIn(own(objectIn(one), key)));
    return role !== undefined && content !== undefined && ROLES.includes(role)
      ? { role: role as Role, content }
      : undefined;
  });
  return messages.every((message) => message !== undefined) ? messages : undefined;
}
