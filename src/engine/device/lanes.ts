/** How many neighbouring numbers an invocation takes at once, and their WGSL type. */

/** Single numbers, or quads: a quarter of the index arithmetic, and reads of 16 bytes. */
export type Lanes = 1 | 4;

/** Quads where `n` numbers divide into them: a row's columns, or all of a flat tensor. */
export const lanesOf = (n: number): Lanes => (n % 4 === 0 ? 4 : 1);

export const typeOf = (lanes: Lanes): string => (lanes === 4 ? 'vec4f' : 'f32');
