// Checks a tokenizer.json that came with a model: kinds that the studio runs, and patterns that end by themselves.
import { AtelierError, type ErrorFacts } from '../../base/errors/errors';
import { isObject, own, parseJson, shown, type JsonObject } from '../json';
import { MOST_STEPS, patternSteps } from './tokenizerPattern';

/** Far above the largest published vocabulary, of 262,144 tokens: a list as long as the largest id is made. */
const LARGEST_ID = 4_194_303;
/** Gemma 3 has 6,415. */
const MOST_ADDED = 32_768;
/** Characters that the steps of a normalizer may make of one; Llama 2's make one of one. */
const MOST_GROWTH = 256;

/**
 * Checks what a published tokenizer.json of another kind than ours is made of, before a library runs it: ids, merges
 * and added tokens that belong together, and patterns that end.
 * @throws json-*, tokenizer-broken, tokenizer-pattern, tokenizer-unsupported
 */
export function checkPretrainedTokenizer(text: string, file: string): void {
  const root = parseJson(text, file);
  const broken = (detail: string, facts: ErrorFacts = {}): never => {
    throw new AtelierError('tokenizer-broken', { file, detail, ...facts });
  };
  if (!isObject(root)) return broken(shown(root));
  const model = own(root, 'model');
  if (!isObject(model)) return broken('missing', { name: 'model' });
  const unsupported = (field: string, found: unknown, supported: string): never => {
    throw new AtelierError('tokenizer-unsupported', { file, field, found: shown(found), supported });
  };
  const type = own(model, 'type') ?? 'BPE';
  if (type !== 'BPE') return unsupported('model.type', type, 'BPE');
  const vocab = own(model, 'vocab');
  if (!isObject(vocab)) return broken('missing', { name: 'model.vocab' });
  const tokens = tokensOf(vocab, broken);
  checkMerges(own(model, 'merges') ?? [], vocab, broken);
  checkAdded(own(root, 'added_tokens') ?? [], vocab, tokens, broken);
  checkSteps(root, file, unsupported);
}

type Broken = (detail: string, facts?: ErrorFacts) => never;
type Unsupported = (field: string, found: unknown, supported: string) => never;

const isId = (id: unknown): id is number =>
  Number.isSafeInteger(id) && (id as number) >= 0 && (id as number) <= LARGEST_ID;

function tokensOf(vocab: JsonObject, broken: Broken): Map<number, string> {
  const tokens = new Map<number, string>();
  for (const [token, id] of Object.entries(vocab)) {
    if (!isId(id)) return broken(`“${token}” → ${shown(id)}`);
    if (tokens.has(id)) return broken(`id ${id}: “${tokens.get(id)}”, “${token}”`);
    tokens.set(id, token);
  }
  return tokens;
}

function checkMerges(merges: unknown, vocab: JsonObject, broken: Broken): void {
  if (!Array.isArray(merges)) return broken('missing', { name: 'model.merges' });
  merges.forEach((merge: unknown, i) => {
    const pair: unknown[] = typeof merge === 'string' ? merge.split(' ') : Array.isArray(merge) ? merge : [];
    const [left, right] = pair;
    const whole = pair.length === 2 && typeof left === 'string' && typeof right === 'string';
    if (!whole || [left, right, left + right].some((token) => own(vocab, token) === undefined))
      broken(`merges[${i}] = ${shown(merge)}`);
  });
}

function checkAdded(added: unknown, vocab: JsonObject, tokens: Map<number, string>, broken: Broken): void {
  if (!Array.isArray(added) || added.length > MOST_ADDED) return broken('added_tokens');
  added.forEach((entry: unknown, i) => {
    const [id, content] = isObject(entry) ? [own(entry, 'id'), own(entry, 'content')] : [];
    if (!isId(id) || typeof content !== 'string' || !content) return broken(`added_tokens[${i}]`);
    const there = tokens.get(id);
    if (there !== undefined && there !== content) return broken(`id ${id}: “${there}”, “${content}”`);
    const listed = own(vocab, content);
    if (listed !== undefined && listed !== id) return broken(`“${content}”: ${shown(listed)}, ${id}`);
    tokens.set(id, content);
  });
}

/** What runs over each text: patterns that read it once, and steps that neither stand still nor let it swell. */
function checkSteps(root: JsonObject, file: string, unsupported: Unsupported): void {
  let [steps, growth] = [0, 1];
  for (const field of ['normalizer', 'pre_tokenizer'])
    for (const step of stepsIn(own(root, field))) {
      const pattern = patternIn(step);
      steps += pattern === undefined ? 0 : patternSteps(pattern);
      if (steps > MOST_STEPS)
        throw new AtelierError('tokenizer-pattern', { file, field: `${field}.pattern`, found: shown(pattern) });
      growth *= Math.max(1, ...[own(step, 'content'), own(step, 'prepend'), own(step, 'str_rep')].map(lengthOf));
      if (growth > MOST_GROWTH) unsupported(`${field}.content`, growth, `≤ ${MOST_GROWTH}`);
      const length = own(step, 'length');
      if (own(step, 'type') === 'FixedLength' && !(typeof length === 'number' && length >= 1))
        unsupported(`${field}.length`, length, '≥ 1');
    }
}

const lengthOf = (value: unknown): number => (typeof value === 'string' ? value.length : 0);

function patternIn(step: JsonObject): string | undefined {
  const pattern = own(step, 'pattern');
  const regex = isObject(pattern) ? own(pattern, 'Regex') : undefined;
  return typeof regex === 'string' ? regex : undefined;
}

/** A step and the steps in it. */
function* stepsIn(step: unknown): Generator<JsonObject> {
  if (Array.isArray(step)) for (const each of step as unknown[]) yield* stepsIn(each);
  if (!isObject(step)) return;
  yield step;
  yield* stepsIn(own(step, 'pretokenizers'));
  yield* stepsIn(own(step, 'normalizers'));
}
