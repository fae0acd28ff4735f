/** log(1 + e) as WGSL, which has no such function: https://www.w3.org/TR/WGSL/#numeric-builtin-functions. */

/** log(1 + e), 0 ≤ e ≤ 1, by its series where 1 + e would round e away. */
export const LOG1P = `
fn log1p(e: f32) -> f32 {
  return select(log(1.0 + e), e * (1.0 - e * (0.5 - e * (1.0 / 3.0 - e / 4.0))), e < 0.05);
}`;
