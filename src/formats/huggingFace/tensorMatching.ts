// Finds the tensors of a model in a file by name and shape, whatever modules stand around it there. Reads no values.
import { AtelierError } from '../../base/errors/errors';
import { architectureOf, type ModelShape } from '../../base/modelShape';
import type { TensorSpec } from '../../base/numbers/tensorData';
import { shown } from '../json';
import { innerOf, tensorPlan } from './tensorNames';

/** The head in transformers' files. A tied model has none of its own, though its file may hold a copy. */
export const HEAD = 'lm_head.weight';

/** Modules that torch.compile, FSDP, checkpointed blocks and DeepSpeed put around those of a model. */
const WRAPPERS = /(?<=^|\.)(?:_orig_mod|_fsdp_wrapped_module|_checkpoint_wrapped_module|_forward_module)\./g;

export const withoutWrappers = (name: string): string => name.replace(WRAPPERS, '');

/** What stands beside the model's inner module in transformers' files: its head, and that of a classifier. */
const BESIDE = [HEAD, 'score.weight'];

/**
 * Not weights of ours: a copy of the tied embedding, a head that a classifier does not use, causal masks and angles
 * that older files keep as buffers.
 */
const passedOver = (name: string, headless: boolean): boolean =>
  (headless && name === HEAD) || /\.rotary_emb\.inv_freq$|(^|\.)h\.\d+\.attn\.(masked_)?bias$/.test(name);

/**
 * The tensors of a file under the names of the plan, and the head's where there is one, though the model be tied. The
 * modules around the model may have any names: it is known by its embedding. All tensors are checked to be those of
 * this model, in name and shape.
 * @throws tensor-names, tensor-missing, tensor-shape, tensor-empty, tensor-unknown, safetensors-duplicate
 */
export function matchTensors<T extends TensorSpec>(
  shape: ModelShape,
  tensors: readonly T[],
  file: string,
): Map<string, T> {
  const c = architectureOf(shape);
  const inner = innerOf(c);
  const outer = outerOf(`${c.family === 'gpt2' ? 'wte' : 'embed_tokens'}.weight`, inner, tensors, file);
  const found = byPlainName(tensors, outer, inner, file);
  const matched = new Map<string, T>();
  for (const { name, shape: expected } of tensorPlan(shape).flatMap((p) => p.slices)) {
    const tensor = found.get(name);
    const inFile = name.startsWith(inner) ? outer + name.slice(inner.length) : name;
    if (!tensor) throw new AtelierError('tensor-missing', { file, tensor: inFile });
    checkShape(tensor, expected, file);
    matched.set(name, tensor);
    found.delete(name);
  }
  const head = found.get(HEAD);
  const stranger = [...found].find(([name]) => !passedOver(name, c.tiedEmbeddings || c.classes !== undefined));
  if (stranger) throw new AtelierError('tensor-unknown', { file, tensor: stranger[1].name });
  return head ? matched.set(HEAD, head) : matched;
}

/** @throws tensor-empty, tensor-shape */
export function checkShape({ name, shape }: TensorSpec, expected: readonly number[], file: string): void {
  if (shape.join() === expected.join()) return;
  const found = `[${shape.join(', ')}]`;
  if (shape.includes(0)) throw new AtelierError('tensor-empty', { file, tensor: name, found });
  throw new AtelierError('tensor-shape', { file, tensor: name, found, expected: `[${expected.join(', ')}]` });
}

/**
 * What stands before the modules of the model in this file, as `model.`, `language_model.model.` or nothing.
 * @throws tensor-names where no embedding tells
 */
function outerOf(embedding: string, inner: string, tensors: readonly TensorSpec[], file: string): string {
  const outers = tensors
    .map(({ name }) => withoutWrappers(name))
    .filter((name) => name === embedding || name.endsWith(`.${embedding}`))
    .map((name) => name.slice(0, -embedding.length));
  const outer = outers.includes(inner) ? inner : outers[0];
  if (outer !== undefined) return outer;
  const first = shown(tensors[0]?.name).replace(/^"|"$/g, '');
  throw new AtelierError('tensor-names', { file, found: first, expected: inner + embedding });
}

/** @throws safetensors-duplicate */
function byPlainName<T extends TensorSpec>(
  tensors: readonly T[],
  outer: string,
  inner: string,
  file: string,
): Map<string, T> {
  const found = new Map<string, T>();
  for (const tensor of tensors) {
    const name = plainName(withoutWrappers(tensor.name), outer, inner);
    if (found.has(name)) throw new AtelierError('safetensors-duplicate', { file, tensor: name });
    found.set(name, tensor);
  }
  return found;
}

/** A head stands beside the model's inner module, or beside one of those around it. */
function plainName(name: string, outer: string, inner: string): string {
  const beside = BESIDE.find(
    (head) => name === head || (name.endsWith(`.${head}`) && outer.startsWith(name.slice(0, -head.length))),
  );
  if (beside !== undefined) return beside;
  return name.startsWith(outer) ? inner + name.slice(outer.length) : name;
}
