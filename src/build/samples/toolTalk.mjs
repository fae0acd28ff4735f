/** What the samples of tool calls share: their tools, and the shape of a row, which is that of OpenAI. */

/** A tool with one text as its argument. @typedef {{ name: string, argument: string }} Tool */
/** @typedef {{ tool: Tool, given: string }} Call */

/** One to a row, so that a row fits the window of the small model that comes along. @type {Tool} */
export const PRICE = { name: 'price', argument: 'dish' };
/** @type {Tool} */
export const SEATS = { name: 'seats', argument: 'place' };

/** As short as JSON Schema allows, for the same reason. @param {Tool} tool */
const published = ({ name, argument }) => ({
  type: 'function',
  function: { name, parameters: { properties: { [argument]: { type: 'string' } } } },
});

/** @param {Tool} tool @param {string} given @returns {Call} */
export const calledWith = (tool, given) => ({ tool, given });

/** @param {Call} call */
const calling = ({ tool: { name, argument }, given }) => ({
  role: 'assistant',
  content: null,
  tool_calls: [{ type: 'function', function: { name, arguments: { [argument]: given } } }],
});

/**
 * A question and its answer, or a question, a call, its result and the answer.
 * @param {Tool} tool
 * @param {readonly [string, string] | readonly (string | Call)[]} turns
 */
export function talkWith(tool, turns) {
  const roles = turns.length === 2 ? ['user', 'assistant'] : ['user', 'assistant', 'tool', 'assistant'];
  const messages = turns.map((turn, i) => {
    if (typeof turn !== 'string') return calling(turn);
    return { role: roles[i], ...(roles[i] === 'tool' && { name: tool.name }), content: turn };
  });
  return { tools: [published(tool)], messages };
}
