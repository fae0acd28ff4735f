/**
 * The text of a kernel and the key of its pipeline, from one place: the key is made of the constants that the text is
 * made of, so two texts cannot share a key unless a text reads what is not among its constants (which
 * `Gpu.verifyKeys` finds in the tests). What differs from dispatch to dispatch without a new text belongs into the
 * params (`struct.ts`).
 */

/** What a key can tell apart. Numbers are finite. */
type Constant = string | number | boolean | undefined | readonly Constant[];

export interface Shader {
  /** Two dispatches of one key have the same text, and one pipeline. */
  key: string;
  /** Entry `main`; bindings in the order of `binds`, then the params struct as the last one (`var<uniform>`). */
  wgsl: () => string;
}

/**
 * A kernel by its constants. The key is `<name>` with them as JSON, a microsecond for each dispatch that is not
 * replayed; the text is made when a pipeline is compiled.
 * @param name unique among all kernels
 */
export const shader =
  <C extends { readonly [K in keyof C]: Constant }>(
    name: string,
    text: (constants: C) => string,
  ): ((constants: C) => Shader) =>
  (constants) => ({ key: `${name} ${JSON.stringify(constants)}`, wgsl: () => text(constants) });

/** A kernel without constants. */
export const fixedShader = (name: string, text: string): Shader => ({ key: name, wgsl: () => text });
