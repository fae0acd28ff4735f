// A recipe as a file of JSON that a person saved: read back, checked, and compared with the columns of other data.
import * as v from 'valibot';
import { AtelierError, type ErrorFacts } from '../../base/errors/errors';
import type { Recipe, RecipeStep, StepSettings } from '../../base/records/recipe';
import type { CleanStep } from '../../data/clean/step';
import { stepOf } from '../../data/clean/steps';
import { DEEPEST_JSON, isTooDeep } from '../../formats/json';
import { jsonFault } from '../../formats/jsonFault';

/** Hand edits of very many rows are the most that a recipe holds. */
const LONGEST_RECIPE = 64 * 1024 * 1024;

const SETTING = v.union([v.string(), v.number(), v.boolean(), v.array(v.string())]);
const RANGE = v.tuple([v.number(), v.number()]);
const CONDITION = v.strictObject({
  column: v.string(),
  range: v.optional(RANGE),
  ranges: v.optional(v.array(RANGE)),
  values: v.optional(v.array(v.string())),
  contains: v.optional(v.string()),
});
const RECIPE = v.object({
  format: v.literal('atelier-recipe'),
  version: v.literal(1),
  steps: v.array(
    v.object({
      id: v.string(),
      kind: v.string(),
      on: v.boolean(),
      settings: v.record(v.string(), SETTING),
      filter: v.optional(v.array(CONDITION)),
    }),
  ),
});

/**
 * @param file Its name, for errors
 * @throws recipe-broken, recipe-step-unknown
 */
export function recipeIn(text: string, file: string): Recipe {
  const broken = (detail: string, facts: ErrorFacts = {}): AtelierError =>
    new AtelierError('recipe-broken', { file, detail, ...facts });
  if (text.length > LONGEST_RECIPE) throw broken('too-large', { found: text.length, limit: LONGEST_RECIPE });
  const read = v.safeParse(RECIPE, parsedJson(text, broken));
  if (!read.success) throw broken(v.getDotPath(read.issues[0]) ?? 'format');
  const unknown = read.output.steps.find(({ kind, settings }) => !isKnown(kind, settings));
  if (unknown) throw new AtelierError('recipe-step-unknown', { kind: unknown.kind });
  const wrong = wrongIn(read.output.steps);
  if (wrong !== undefined) throw broken(wrong);
  return read.output;
}

function parsedJson(text: string, broken: (detail: string, facts?: ErrorFacts) => AtelierError): unknown {
  if (isTooDeep(text)) throw broken('deep', { limit: DEEPEST_JSON });
  try {
    return JSON.parse(text);
  } catch {
    const { detail, ...facts } = jsonFault(text, { python: false });
    throw broken(detail, facts);
  }
}

/** A step of this version, whose settings have the kinds of their defaults. */
function isKnown(kind: string, settings: Recipe['steps'][number]['settings']): boolean {
  const step = stepOf(kind);
  if (!step) return false;
  return Object.entries(settings).every(([name, value]) => {
    const usual = step.defaults[name];
    return usual !== undefined && typeof usual === typeof value && Array.isArray(usual) === Array.isArray(value);
  });
}

type Steps = readonly Pick<RecipeStep, 'id' | 'kind' | 'settings'>[];

/** Where a step has a setting that it does not take, or the id of another step; undefined where all are right. */
function wrongIn(steps: Steps): string | undefined {
  const ids = new Set<string>();
  for (const [i, { id, kind, settings }] of steps.entries()) {
    if (ids.size === ids.add(id).size) return `steps.${i}.id`;
    const wrong = Object.keys(settings).find((name) => !takes(stepOf(kind), name, settings[name]));
    if (wrong !== undefined) return `steps.${i}.settings.${wrong}`;
  }
  return undefined;
}

function takes(step: CleanStep | undefined, name: string, value: StepSettings[string] | undefined): boolean {
  const limits = step?.limits?.[name];
  if (limits && typeof value === 'number') return value >= limits[0] && value <= limits[1];
  return !(typeof value === 'string' && step?.choices?.[name]?.includes(value) === false);
}
