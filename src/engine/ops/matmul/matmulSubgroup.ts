/**
 * Variants `subgroup` and `subgroup32`: four neighbouring invocations (a quad, which every subgroup has whole, whatever
 * its size) share a tile of C. Each owns some of its columns in registers and loads a quarter of its rows of A, which
 * `quadBroadcast` hands to the other three; so A is read from storage once instead of four times, without workgroup
 * memory and without a barrier. Where the adapter offers subgroups. Measured on SwiftShader (2 shared cores, CPU time
 * per operation, in turns with `registers`), products of 0.1M and 0.8M: `subgroup32` has 1.15 to 1.7 times its rate and
 * takes 0.2 s of compiling a shader where it takes 0.1 s; a tile of 32 × 32 was hardly faster and took 0.5 s. There a
 * load from storage is a branch per number, and the broadcast one instruction.
 */
import { flatIndex } from '../../device/grid';
import { header, openWindow, quad, single, upTo, type MatmulSpec } from './matmulSpec';
import { dequantSetup } from '../matrix/dequantWgsl';

export interface QuadTile {
  /** Of the quad's tile; a multiple of 16. */
  rows: number;
  /** Columns by four of each invocation: the tile has 16 times as many columns. */
  quads: number;
  /** Invocations of a workgroup. */
  group: number;
}

type Tiled = MatmulSpec & QuadTile;

const join = (lines: string[]): string => lines.join('\n    ');
const columns = ({ quads }: QuadTile): number => 16 * quads;
const startA = (k: string): string => `w.at.y + (${k}) * w.step.y`;
const startB = (k: string): string => `w.at.z + (${k}) * w.step.z`;

/**
 * Rows of A that this invocation loads (row 4i + lane of the tile) and, in NT, its columns' rows of B; those beyond the
 * edge read the last row.
 */
const offsets = (s: Tiled): string =>
  join([
    ...(s.form === 'TN'
      ? []
      : upTo(s.rows / 4).map((i) => `let a${i} = w.at.y + min(row + ${4 * i}u + lane, M - 1u) * w.step.y;`)),
    ...(s.form === 'NT'
      ? upTo(s.quads).flatMap((j) =>
          upTo(4).map((c) => `let b${4 * j + c} = w.at.z + min(column + ${16 * j + c}u, N - 1u) * w.step.z;`),
        )
      : []),
  ]);

/** x⟨q⟩_⟨i⟩: of step k + q along K, rows 4i … 4i + 3 of the tile. */
function rowsOfA(s: Tiled, steps: number): string[] {
  if (s.form === 'TN')
    return upTo(steps).flatMap((q) => [
      ...upTo(s.rows / 16).map(
        (i) => `let own${q}_${i} = ${quad(s, 'A', startA(`k + ${q}u`), `row + 4u * lane + ${16 * i}u`)};`,
      ),
      ...upTo(s.rows / 4).map((i) => `let x${q}_${i} = quadBroadcast(own${q}_${i >> 2}, ${i & 3}u);`),
    ]);
  const own = upTo(s.rows / 4).map(
    (i) => `let own${i} = ${steps === 4 ? quad(s, 'A', `a${i}`, 'k') : single(s, 'A', `a${i}`, 'k')};`,
  );
  return [...own, ...upTo(s.rows).map((r) => `let along${r} = quadBroadcast(own${r >> 2}, ${r & 3}u);`)];
}

/** The number of row r and step k + q. */
function inRow(s: Tiled, r: number, q: number, steps: number): string {
  if (s.form === 'TN') return `x${q}_${r >> 2}[${r & 3}]`;
  return steps === 4 ? `along${r}[${q}]` : `along${r}`;
}

/** y⟨q⟩_⟨j⟩: of step k + q, four columns of this invocation. */
function columnsOfB(s: Tiled, steps: number): string[] {
  if (s.form !== 'NT')
    return upTo(steps).flatMap((q) =>
      upTo(s.quads).map((j) => `let y${q}_${j} = ${quad(s, 'B', startB(`k + ${q}u`), `column + ${16 * j}u`)};`),
    );
  const read = (c: number): string => (steps === 4 ? quad(s, 'B', `b${c}`, 'k') : single(s, 'B', `b${c}`, 'k'));
  const part = (c: number, q: number): string => (steps === 4 ? `z${c}[${q}]` : `z${c}`);
  return [
    ...upTo(4 * s.quads).map((c) => `let z${c} = ${read(c)};`),
    ...upTo(steps).flatMap((q) =>
      upTo(s.quads).map(
        (j) =>
          `let y${q}_${j} = vec4f(${upTo(4)
            .map((c) => part(4 * j + c, q))
            .join(', ')});`,
      ),
    ),
  ];
}

/** Steps along K, added one after the other: four at once and one by one give the same bits. */
function advance(s: Tiled, steps: 1 | 4): string {
  const sum = (r: number, j: number): string =>
    upTo(steps).reduce((inner, q) => `fma(vec4f(${inRow(s, r, q, steps)}), y${q}_${j}, ${inner})`, `s${r}_${j}`);
  const sums = upTo(s.rows).flatMap((r) => upTo(s.quads).map((j) => `s${r}_${j} = ${sum(r, j)};`));
  return join([...rowsOfA(s, steps), ...columnsOfB(s, steps), ...sums]);
}

/** What is done for each four columns of each row. */
const each = (s: Tiled, what: (r: number, j: number) => string): string =>
  join(
    upTo(s.rows).map((r) =>
      upTo(s.quads)
        .map((j) => what(r, j))
        .join(' '),
    ),
  );

export function subgroupWGSL(spec: MatmulSpec, tile: QuadTile): string {
  const s = { ...spec, ...tile };
  return `enable subgroups;
${header(s)}
@compute @workgroup_size(${s.group})
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32, @builtin(subgroup_invocation_id) inSubgroup: u32) {
  ${dequantSetup(s.right, 'local')}
  ${openWindow(s, 'group.z')}
  let lane = inSubgroup & 3u;
  let tile = ${flatIndex(s.group)} / 4u;
  let across = (N + ${columns(s) - 1}u) / ${columns(s)}u;
  let row = (tile / across) * ${s.rows}u;
  let column = (tile % across) * ${columns(s)}u + 4u * lane;
  ${offsets(s)}
  ${each(s, (r, j) => `var s${r}_${j} = vec4f(0.0);`)}
  for (var k = 0u; k + 4u <= K; k += 4u) { ${advance(s, 4)} }
  ${s.wholeK ? '' : `for (var k = K & ~3u; k < K; k++) { ${advance(s, 1)} }`}
  ${each(s, (r, j) => `put(w, row + ${r}u, column + ${16 * j}u, s${r}_${j});`)}
}`;
}

export const quadTiles = (M: number, N: number, tile: QuadTile): number =>
  Math.ceil(M / tile.rows) * Math.ceil(N / columns(tile));
