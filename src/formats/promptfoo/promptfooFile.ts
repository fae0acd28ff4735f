// A set of checks as promptfoo's configuration for a model that Ollama serves
// (https://www.promptfoo.dev/docs/configuration/reference/, providers/ollama). promptfoo reads every text as a Nunjucks
// template, and some beginnings as the name of a file: such texts are written so that they stay as they are.
import { publishedMessage } from '../../base/conversation';
import { CHECK_SEED, takesList, type Expectation } from '../../base/records/checks';
import { writeYaml, type Yaml } from '../yaml';
import type { FileCheck } from './checkSetFile';

/** The variable that holds what a test asks, as JSON. */
export const MESSAGES_VARIABLE = 'messages';

/** What begins a template, and the end of a comment, which Nunjucks refuses where none was begun. */
const SIGNS = /\{(?=[{%#])|#(?=\})/g;

/** Within JSON a character may be written as its number: then it is no sign. */
const askedJson = ({ asked }: FileCheck): string =>
  JSON.stringify(asked.map(publishedMessage)).replace(SIGNS, (sign) => (sign === '{' ? '\\u007b' : '\\u0023'));

/** A character that a template writes: nothing begins with it. */
const written = (character: string): string => `{{ '${character}' }}`;

const literal = (text: string): string =>
  text.replace(SIGNS, written).replace(/^(?:file:\/\/|package:)/, (name) => written(name.charAt(0)) + name.slice(1));

function assertion({ type, not, value, values = [], threshold }: Expectation): Yaml {
  const isSchema = type === 'is-json';
  return {
    type: `${not ? 'not-' : ''}${type}`,
    ...(takesList(type) && { value: values.map(literal) }),
    ...(isSchema && value.trim() !== '' && { value: JSON.parse(value) as Yaml }),
    ...(!takesList(type) && !isSchema && { value: literal(value) }),
    ...(threshold !== undefined && { threshold }),
  };
}

/** @param model as Ollama knows it */
export const promptfooFile = (
  name: string,
  checks: readonly FileCheck[],
  { model, maxTokens }: { model: string; maxTokens: number },
): string =>
  writeYaml({
    description: name,
    prompts: [`{{${MESSAGES_VARIABLE}}}`],
    providers: [{ id: `ollama:chat:${model}`, config: { temperature: 0, seed: CHECK_SEED, num_predict: maxTokens } }],
    tests: checks.map((check) => ({
      description: check.name,
      vars: { [MESSAGES_VARIABLE]: askedJson(check) },
      assert: check.expects.map(assertion),
    })),
  });
