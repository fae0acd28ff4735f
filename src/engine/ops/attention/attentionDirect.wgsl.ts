/**
 * Variant `direct` of the attention kernels: each invocation owns a few rows (queries, or keys) of one head in
 * registers and reads the other side straight from storage; no workgroup memory, no barrier. For adapters that compute
 * on the CPU, where workgroup memory is no nearer than storage and a barrier is a switch of coroutines: a vector that
 * was loaded serves `rows` rows instead of one. Measured on SwiftShader against `staged`, in CPU time (forward, dq, dk
 * dv): B8 T64 H4 D16 0.30, 0.14, 0.13 of it; B4 T128 H4 D32 0.42, 0.23, 0.20; one row per invocation alone gives 0.44,
 * 0.22, 0.21 and 0.76, 0.40, 0.31. Variant `quads`, where such an adapter offers subgroups: what all four of a lockstep
 * need is loaded once by a quad instead of four times, because a load is a branch for each number there and a broadcast
 * one instruction. The same sums in the same order. Against `direct`, in CPU time: B8 T64 H4 D16 0.82, 0.60, 0.83; B8
 * T128 H4 D32 0.75, 0.45, 0.65; and it compiles in 0.65 to 0.8 of the time.
 */
import { elementOf, loader, masked, storer, type Tile } from './attentionTile';

/**
 * Neighbouring invocations that walk over the same keys: as many as run in lockstep, so that no lane of them ever
 * stands still.
 */
const LOCKSTEP = 4;
/**
 * Numbers of its rows' vectors that an invocation holds at most, once for each of `dots`; more of them compile for
 * seconds.
 */
const NUMBERS = 128;
const MOST_ROWS = 4;
/** The largest head that is not split over invocations. */
export const LONGEST_DIRECT = 64;

export interface Direct extends Tile {
  /** Invocations of a workgroup. */
  group: number;
  /** The workgroup is one quad, whose invocations each load a quarter of a vector that all of them need. */
  quad: boolean;
}

/** @param dots sums that the kernel takes over a head at once: 1 for q·k, 2 for q·k and dy·v */
export function directFor(headDim: number, dots: 1 | 2, quad: boolean): Direct {
  const rows = Math.max(1, Math.min(MOST_ROWS, Math.floor(NUMBERS / dots / headDim)));
  const group = quad ? LOCKSTEP : 4 * LOCKSTEP;
  return { headDim, parts: 1, chunk: Math.ceil(headDim / 4), rows, tile: 1, group, quad };
}

/** Workgroups that cover `length` rows. */
export const directGroups = ({ rows, group }: Direct, length: number): number => Math.ceil(length / (group * rows));

const upTo = (n: number): number[] => [...Array(n).keys()];
/** Text for each vector of a head. */
const each = (t: Tile, text: (c: number) => string): string => upTo(t.chunk).map(text).join(' ');
/** Text for each row, a line to each. */
const perRow = (t: Tile, text: (i: number) => string): string => upTo(t.rows).map(text).join('\n    ');

/**
 * The vectors `<name>c` of a head that all invocations of a lockstep need; `load` gives the WGSL of the vector of this
 * number.
 */
function common(t: Direct, name: string, load: (c: string) => string): string {
  if (!t.quad) return each(t, (c) => `let ${name}${c} = ${load(`${c}u`)};`);
  const own = upTo(Math.ceil(t.chunk / 4)).map((i) => `let ${name}Own${i} = ${load(`${4 * i}u + t`)};`);
  return `${own.join(' ')} ${each(t, (c) => `let ${name}${c} = quadBroadcast(${name}Own${c >> 2}, ${c & 3}u);`)}`;
}
/** The dot product of vectors `<a>c` and `<b>c`. */
const dots = (t: Tile, a: string, b: string): string =>
  upTo(t.chunk)
    .map((c) => `dot(${a}${c}, ${b}${c})`)
    .join(' + ');

const enabled = (t: Direct): string => (t.quad ? 'enable subgroups;' : '');

/**
 * The rows row0 … of this invocation; one after the last repeats the last one and stores nothing. `begin` … `end`: all
 * rows of its lockstep.
 */
const head = (t: Direct): string => `
@compute @workgroup_size(${t.group})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) t: u32) {
  let place = group.x * ${t.group}u + t;
  let begin = ${t.quad ? 'group.x' : `place / ${LOCKSTEP}u`} * ${LOCKSTEP * t.rows}u;
  if (begin >= p.length) { return; }
  let end = min(begin + ${LOCKSTEP * t.rows}u, p.length);
  let token = group.z * p.length;
  ${perRow(t, (i) => `let row${i} = min(place * ${t.rows}u + ${i}u, p.length - 1u);`)}`;

/** The first keys that the rows see, and `origin`, that of all rows of the lockstep. */
const firstKeys = (t: Tile, packed: boolean): string => `
  ${perRow(t, (i) => `let low${i} = lowest(token, row${i});`)}
  var origin = lowest(token, begin);
  ${packed ? 'for (var i = begin + 1u; i < end; i++) { origin = min(origin, lowest(token, i)); }' : ''}`;

/** Whether query row i sees key j. */
const seen = (i: number): string => `j >= low${i} && j <= row${i}`;

const inside = (t: Tile, i: number): string => `place * ${t.rows}u + ${i}u < p.length`;

/**
 * y and log-sum-exp (grid: `directGroups`, heads, batch). The softmax is relative to a score `top` that follows the
 * largest one only when that is 8 above it: weights up to e⁸ lose nothing in f32, and almost no key rescales what was
 * gathered.
 */
export const directForwardText = (t: Direct, packed: boolean): string => `${enabled(t)}
@group(0) @binding(0) var<storage, read_write> y: array<${elementOf(t)}>;
@group(0) @binding(1) var<storage, read_write> lse: array<f32>;
@group(0) @binding(2) var<storage, read> qkv: array<${elementOf(t)}>;
${masked(3, packed)}${loader(t, 'qkv')}${storer(t, 'y')}
${head(t)}
  ${perRow(t, (i) => `var top${i} = -3.0e38; var sum${i} = 0.0; let query${i} = (token + row${i}) * p.all + group.y;`)}
  ${perRow(t, (i) => each(t, (c) => `let q${i}_${c} = load_qkv(query${i}, ${c}u) * p.scale; var y${i}_${c} = vec4f(0.0);`))}
  ${firstKeys(t, packed)}
  for (var j = origin; j < end; j++) {
    let key = (token + j) * p.all + p.heads + group.y / p.perKv;
    ${common(t, 'k', (c) => `load_qkv(key, ${c})`)} ${common(t, 'v', (c) => `load_qkv(key + p.kvHeads, ${c})`)}
    ${perRow(
      t,
      (i) => `let s${i} = select(-3.0e38, ${dots(t, `q${i}_`, 'k')}, ${seen(i)});
    if (s${i} > top${i} + 8.0) {
      let shrink = exp(top${i} - s${i});
      top${i} = s${i};
      sum${i} *= shrink;
      ${each(t, (c) => `y${i}_${c} *= shrink;`)}
    }
    let weight${i} = select(0.0, exp(s${i} - top${i}), ${seen(i)});
    sum${i} += weight${i};
    ${each(t, (c) => `y${i}_${c} += weight${i} * v${c};`)}`,
    )}
  }
  ${perRow(
    t,
    (i) => `if (${inside(t, i)}) {
    let out = (token + row${i}) * p.heads + group.y;
    if (sum${i} == 0.0) { top${i} = 0.0; sum${i} = 1.0; }
    ${each(t, (c) => `store_y(out, ${c}u, y${i}_${c} / sum${i});`)}
    lse[out] = top${i} + log(sum${i});
  }`,
  )}
}`;

const gradientBindings = (t: Direct, packed: boolean): string => `${enabled(t)}
@group(0) @binding(0) var<storage, read_write> dqkv: array<${elementOf(t)}>;
@group(0) @binding(1) var<storage, read> qkv: array<${elementOf(t)}>;
@group(0) @binding(2) var<storage, read> dy: array<${elementOf(t)}>;
@group(0) @binding(3) var<storage, read> lse: array<f32>;
@group(0) @binding(4) var<storage, read> delta: array<f32>;
${masked(5, packed)}${loader(t, 'qkv')}${loader(t, 'dy')}${storer(t, 'dqkv')}
${head(t)}`;

/** dq (grid: `directGroups`, heads, batch). */
export const directQueryGradientText = (t: Direct, packed: boolean): string => `${gradientBindings(t, packed)}
  ${perRow(t, (i) => `let query${i} = (token + row${i}) * p.all + group.y; let out${i} = (token + row${i}) * p.heads + group.y;`)}
  ${perRow(t, (i) => `let lse${i} = lse[out${i}]; let delta${i} = delta[out${i}];`)}
  ${perRow(t, (i) =>
    each(
      t,
      (c) =>
        `let q${i}_${c} = load_qkv(query${i}, ${c}u) * p.scale; let dy${i}_${c} = load_dy(out${i}, ${c}u); var dq${i}_${c} = vec4f(0.0);`,
    ),
  )}
  ${firstKeys(t, packed)}
  for (var j = origin; j < end; j++) {
    let key = (token + j) * p.all + p.heads + group.y / p.perKv;
    ${common(t, 'k', (c) => `load_qkv(key, ${c})`)} ${common(t, 'v', (c) => `load_qkv(key + p.kvHeads, ${c})`)}
    ${perRow(
      t,
      (i) => `let weight${i} = select(0.0, exp(${dots(t, `q${i}_`, 'k')} - lse${i}), ${seen(i)});
    let slope${i} = weight${i} * (${dots(t, `dy${i}_`, 'v')} - delta${i});
    ${each(t, (c) => `dq${i}_${c} += slope${i} * k${c};`)}`,
    )}
  }
  ${perRow(
    t,
    (i) => `if (${inside(t, i)}) { ${each(t, (c) => `store_dqkv(query${i}, ${c}u, p.scale * dq${i}_${c});`)} }`,
  )}
}`;

/** dk and dv (grid: `directGroups`, kvHeads, batch), over the query heads that share the key, in their order. */
export const directKeyGradientText = (t: Direct, packed: boolean): string => `${gradientBindings(t, packed)}
  ${perRow(t, (i) => `let key${i} = (token + row${i}) * p.all + p.heads + group.y;`)}
  ${perRow(t, (i) =>
    each(
      t,
      (c) =>
        `let k${i}_${c} = load_qkv(key${i}, ${c}u) * p.scale; let v${i}_${c} = load_qkv(key${i} + p.kvHeads, ${c}u); var dk${i}_${c} = vec4f(0.0); var dv${i}_${c} = vec4f(0.0);`,
    ),
  )}
  var until = min(p.length, end - 1u + p.window);
  ${packed ? 'while (until > begin && lowest(token, until - 1u) >= end) { until--; }' : ''}
  for (var head = group.y * p.perKv; head < (group.y + 1u) * p.perKv; head++) {
    for (var j = begin; j < until; j++) {
      let low = lowest(token, j);
      let query = (token + j) * p.all + head;
      let out = (token + j) * p.heads + head;
      let ownLse = lse[out];
      let ownDelta = delta[out];
      ${common(t, 'q', (c) => `load_qkv(query, ${c})`)} ${common(t, 'dy', (c) => `load_dy(out, ${c})`)}
      ${perRow(
        t,
        (i) => `let weight${i} = select(0.0, exp(${dots(t, `k${i}_`, 'q')} - ownLse), j >= row${i} && low <= row${i});
    let slope${i} = weight${i} * (${dots(t, `v${i}_`, 'dy')} - ownDelta);
    ${each(t, (c) => `dk${i}_${c} += slope${i} * q${c}; dv${i}_${c} += weight${i} * dy${c};`)}`,
      )}
    }
  }
  ${perRow(
    t,
    (i) =>
      `if (${inside(t, i)}) { ${each(t, (c) => `store_dqkv(key${i}, ${c}u, p.scale * dk${i}_${c}); store_dqkv(key${i} + p.kvHeads, ${c}u, dv${i}_${c});`)} }`,
  )}
}`;
