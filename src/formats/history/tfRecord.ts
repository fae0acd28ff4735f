// TFRecord framing: length-prefixed records with masked CRC-32C. What is in a record is tensorBoard.ts.

/** Castagnoli's polynomial with its bits reversed, as https://www.rfc-editor.org/rfc/rfc3720#appendix-B.4 computes. */
const POLYNOMIAL = 0x82f63b78;

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
  return crc;
});

export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffff_ffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ TABLE[(crc ^ byte) & 0xff]!;
  return (crc ^ 0xffff_ffff) >>> 0;
}

/**
 * A checksum of data that holds checksums is weak, so TFRecord rotates by 15 bits and adds a constant
 * (https://github.com/tensorflow/tensorflow/blob/master/tensorflow/core/lib/hash/crc32c.h).
 */
const masked = (crc: number): number => (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;

/** Bytes around a record: its length (8) and the checksum of that (4) before, the checksum of the record (4) after. */
const LENGTH_BYTES = 8;
const CHECKSUM_BYTES = 4;

/** One record as it stands in a file; all numbers little-endian. */
export function tfRecord(data: Uint8Array): Uint8Array<ArrayBuffer> {
  const framed = new Uint8Array(LENGTH_BYTES + CHECKSUM_BYTES + data.length + CHECKSUM_BYTES);
  const view = new DataView(framed.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(LENGTH_BYTES, masked(crc32c(framed.subarray(0, LENGTH_BYTES))), true);
  framed.set(data, LENGTH_BYTES + CHECKSUM_BYTES);
  view.setUint32(framed.length - CHECKSUM_BYTES, masked(crc32c(data)), true);
  return framed;
}
