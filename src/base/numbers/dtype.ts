// Number formats of tensors in files, and their sizes.
/** Types of single values; training holds f32. */
export type ElementType = 'F32' | 'F16' | 'BF16' | 'I64' | 'I32' | 'I16' | 'I8' | 'U8' | 'BOOL' | 'F64';

/** Types of GGUF that hold the values of a row in blocks with a scale; how they decode is in `formats/gguf`. */
export type BlockType = 'Q4_0' | 'Q4_1' | 'Q5_0' | 'Q5_1' | 'Q8_0' | 'Q4_K' | 'Q5_K' | 'Q6_K';

/** Types of tensors in files and in storage. */
export type DType = ElementType | BlockType;

export const ELEMENT_BYTES: Record<ElementType, number> = {
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

/** How many values a block holds, and in how many bytes. */
export const BLOCKS: Record<BlockType, { values: number; bytes: number }> = {
  Q4_0: { values: 32, bytes: 18 },
  Q4_1: { values: 32, bytes: 20 },
  Q5_0: { values: 32, bytes: 22 },
  Q5_1: { values: 32, bytes: 24 },
  Q8_0: { values: 32, bytes: 34 },
  Q4_K: { values: 256, bytes: 144 },
  Q5_K: { values: 256, bytes: 176 },
  Q6_K: { values: 256, bytes: 210 },
};

export const isBlockType = (type: string): type is BlockType => Object.hasOwn(BLOCKS, type);

const shareOf = (type: BlockType): number => BLOCKS[type].bytes / BLOCKS[type].values;

/** Bytes of a value; of a block its share, a binary fraction, so that products with whole blocks are exact. */
export const BYTES_OF: Record<DType, number> = {
  ...ELEMENT_BYTES,
  Q4_0: shareOf('Q4_0'),
  Q4_1: shareOf('Q4_1'),
  Q5_0: shareOf('Q5_0'),
  Q5_1: shareOf('Q5_1'),
  Q8_0: shareOf('Q8_0'),
  Q4_K: shareOf('Q4_K'),
  Q5_K: shareOf('Q5_K'),
  Q6_K: shareOf('Q6_K'),
};

export const sizeOf = (shape: readonly number[]): number => shape.reduce((n, d) => n * d, 1);
