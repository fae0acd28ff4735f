/** WGSL of the attention's forward kernel in its variant `staged`; `attention.ts` has the maths and the reference. */
import {
  agreement,
  declarations,
  dotWith,
  each,
  elementOf,
  loader,
  masked,
  place,
  storer,
  walkKeys,
  type Tile,
} from './attentionTile';

/**
 * y and log-sum-exp of `rows` queries of one head (grid: tiles of queries, heads, batch). Keys come tile by tile; the
 * softmax is kept relative to the largest score so far (Milakov and Gimelshein, 2018), rescaled once per tile. A query
 * without keys gets zeros.
 */
export const forwardText = (t: Tile, packed: boolean): string => `
@group(0) @binding(0) var<storage, read_write> y: array<${elementOf(t)}>;
@group(0) @binding(1) var<storage, read_write> lse: array<f32>;
@group(0) @binding(2) var<storage, read> qkv: array<${elementOf(t)}>;
${masked(3, packed)}${packed ? agreement('min') : ''}${declarations(t, 1)}${loader(t, 'qkv')}${storer(t, 'y')}
${place}
  let head = group.y;
  let query = (token + row) * p.all + head;
  ${each(t, (c) => `let q${c} = load_qkv(query, mine + ${c}u) * p.scale; var y${c} = vec4f(0.0);`)}
  var top = -3.0e38;
  var sum = 0.0;
  ${walkKeys(
    t,
    packed,
    dotWith(t, 'q', 'a'),
    `var newTop = top;
    for (var j = unseen; j < seen; j++) { newTop = max(newTop, total(r, j)); }
    let shrink = exp(top - newTop);
    top = newTop;
    sum *= shrink;
    ${each(t, (c) => `y${c} *= shrink;`)}
    for (var j = unseen; j < seen; j++) {
      let weight = exp(total(r, j) - top);
      let at = j * PADDED + mine;
      sum += weight;
      ${each(t, (c) => `y${c} += weight * b[at + ${c}u];`)}
    }`,
  )}
  if (!inside) { return; }
  let out = (token + row) * p.heads + head;
  if (sum == 0.0) { top = 0.0; sum = 1.0; }
  ${each(t, (c) => `store_y(out, mine + ${c}u, y${c} / sum);`)}
  if (mine == 0u) { lse[out] = top + log(sum); }
}`;
