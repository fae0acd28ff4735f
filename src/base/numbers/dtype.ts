// Number formats of tensors in files, and their sizes.
/** Element types of tensors in files; training holds f32. */
export type DType = 'F32' | 'F16' | 'BF16' | 'I64' | 'I32' | 'I16' | 'I8' | 'U8' | 'BOOL' | 'F64';

export const BYTES_OF: Record<DType, number> = {
  F64: 8,
  I64: 8,
  F32: 4,
  I32: 4,
  F16: 2,
  BF16: 2,
  I16: 2,
  I8: 1,
  U8: 1,
  BOOL: 1,
};

export const sizeOf = (shape: readonly number[]): number => shape.reduce((n, d) => n * d, 1);
