/**
 * WGSL of the attention's backward kernels in their variant `staged`; `attention.ts` has the maths and the reference.
 */
import { shader, struct } from '../../device/kernel';
import {
  agreement,
  declarations,
  dotWith,
  each,
  elementOf,
  GROUP,
  loader,
  masked,
  meet,
  place,
  storer,
  walkKeys,
  type Tile,
} from './attentionTile';
import { ROW_GROUP, rowSum } from '../reduce/rowSum';

export const DeltaParams = struct('Params', { n: 'u32' });

/** delta = Σ dy·y over each head of each token, which every weight's gradient needs; `lanes` invocations per head. */
export const delta = shader('attention delta', ({ headDim, lanes }: { headDim: number; lanes: number }) => {
  const vectors = headDim % 4 === 0;
  const width = vectors ? headDim / 4 : headDim;
  const type = vectors ? 'vec4f' : 'f32';
  return `
${DeltaParams.wgsl}
@group(0) @binding(0) var<storage, read_write> delta: array<f32>;
@group(0) @binding(1) var<storage, read> y: array<${type}>;
@group(0) @binding(2) var<storage, read> dy: array<${type}>;
@group(0) @binding(3) var<uniform> p: Params;
${rowSum(lanes)}
@compute @workgroup_size(${ROW_GROUP})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) t: u32) {
  let head = (group.x + group.y * groups.x) * ${ROW_GROUP / lanes}u + t / ${lanes}u;
  let inside = head < p.n;
  var own = 0.0;
  if (inside) {
    for (var i = t % ${lanes}u; i < ${width}u; i += ${lanes}u) {
      let at = head * ${width}u + i;
      own += ${vectors ? 'dot(y[at], dy[at])' : 'y[at] * dy[at]'};
    }
  }
  let sum = rowSum(t, own);
  if (inside && t % ${lanes}u == 0u) { delta[head] = sum; }
}`;
});

const bindings = (t: Tile, packed: boolean): string => `
@group(0) @binding(0) var<storage, read_write> dqkv: array<${elementOf(t)}>;
@group(0) @binding(1) var<storage, read> qkv: array<${elementOf(t)}>;
@group(0) @binding(2) var<storage, read> dy: array<${elementOf(t)}>;
@group(0) @binding(3) var<storage, read> lse: array<f32>;
@group(0) @binding(4) var<storage, read> delta: array<f32>;
${masked(5, packed)}${declarations(t, 2)}${loader(t, 'qkv')}${loader(t, 'dy')}${storer(t, 'dqkv')}`;

/**
 * dq of `rows` queries of one head (grid: tiles of queries, heads, batch): the forward's walk over the keys once more.
 */
export const queryGradientText = (
  t: Tile,
  packed: boolean,
): string => `${bindings(t, packed)}${packed ? agreement('min') : ''}
${place}
  let head = group.y;
  let query = (token + row) * p.all + head;
  let out = (token + row) * p.heads + head;
  let ownLse = lse[out];
  let ownDelta = delta[out];
  ${each(t, (c) => `let q${c} = load_qkv(query, mine + ${c}u) * p.scale; let dy${c} = load_dy(out, mine + ${c}u); var dq${c} = vec4f(0.0);`)}
  ${walkKeys(
    t,
    packed,
    `vec2f(${dotWith(t, 'q', 'a')}, ${dotWith(t, 'dy', 'b')})`,
    `for (var j = unseen; j < seen; j++) {
      let both = total(r, j);
      let slope = exp(both.x - ownLse) * (both.y - ownDelta);
      let at = j * PADDED + mine;
      ${each(t, (c) => `dq${c} += slope * a[at + ${c}u];`)}
    }`,
  )}
  if (!inside) { return; }
  ${each(t, (c) => `store_dqkv(query, mine + ${c}u, p.scale * dq${c});`)}
}`;

/** `until`: after the last query that sees one of the keys begin … begin + ROWS − 1. */
const lastQueries = (packed: boolean): string =>
  packed
    ? `var after = begin;
  for (var i = begin + t; i < p.length; i += ${GROUP}u) { if (lowest(token, i) < begin + ROWS) { after = i + 1u; } }
  let until = agreed(t, after);`
    : 'let until = min(p.length, begin + ROWS - 1u + p.window);';

/**
 * dk and dv of `rows` keys of one key/value head (grid: tiles of keys, kvHeads, batch). The walk goes over the query
 * heads that share it, in their order, and for each over the queries from the first one to the last one that sees a key
 * of this tile.
 */
export const keyGradientText = (
  t: Tile,
  packed: boolean,
): string => `${bindings(t, packed)}${packed ? agreement('max') : ''}
var<workgroup> lows: array<u32, TILE>;
var<workgroup> stats: array<vec2f, TILE>;
${place}
  let key = (token + row) * p.all + p.heads + group.y;
  ${each(t, (c) => `let k${c} = load_qkv(key, mine + ${c}u) * p.scale; let v${c} = load_qkv(key + p.kvHeads, mine + ${c}u);`)}
  ${each(t, (c) => `var dk${c} = vec4f(0.0); var dv${c} = vec4f(0.0);`)}
  let begin = group.x * ROWS;
  ${lastQueries(packed)}
  for (var head = group.y * p.perKv; head < (group.y + 1u) * p.perKv; head++) {
    for (var first = begin; first < until; first += TILE) {
      let staged = min(TILE, until - first);
      workgroupBarrier();
      for (var i = t; i < staged * PADDED; i += ${GROUP}u) {
        let query = token + first + i / PADDED;
        a[i] = load_qkv(query * p.all + head, i % PADDED);
        b[i] = load_dy(query * p.heads + head, i % PADDED);
      }
      if (t < staged) {
        let out = (token + first + t) * p.heads + head;
        stats[t] = vec2f(lse[out], delta[out]);
        lows[t] = lowest(token, first + t);
      }
      workgroupBarrier();
      for (var j = 0u; j < staged; j++) {
        let at = j * PADDED + mine;
        dots[j * ${GROUP}u + t] = vec2f(${dotWith(t, 'k', 'a')}, ${dotWith(t, 'v', 'b')});
      }
      ${meet(t)}
      for (var j = max(row, first) - first; j < staged; j++) {
        if (lows[j] > row) { continue; }
        let both = total(r, j);
        let weight = exp(both.x - stats[j].x);
        let slope = weight * (both.y - stats[j].y);
        let at = j * PADDED + mine;
        ${each(t, (c) => `dk${c} += slope * a[at + ${c}u]; dv${c} += weight * b[at + ${c}u];`)}
      }
    }
  }
  if (!inside) { return; }
  ${each(t, (c) => `store_dqkv(key, mine + ${c}u, p.scale * dk${c}); store_dqkv(key + p.kvHeads, mine + ${c}u, dv${c});`)}
}`;
