/** Where UTF-8 and UTF-16 go wrong, byte by byte (Unicode 15, table 3-7); used only after a decoder has refused. */

/** Bytes of the character that this byte leads, 0 for a byte that leads none. */
function sequenceLength(lead: number): number {
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead <= 0xdf) return 2;
  if (lead >= 0xe0 && lead <= 0xef) return 3;
  return lead >= 0xf0 && lead <= 0xf4 ? 4 : 0;
}

/**
 * The second byte is narrower than 80…BF after four leads: no overlong forms, no surrogates, nothing above U+10FFFF.
 */
function secondRange(lead: number): [number, number] {
  if (lead === 0xe0) return [0xa0, 0xbf];
  if (lead === 0xed) return [0x80, 0x9f];
  if (lead === 0xf0) return [0x90, 0xbf];
  if (lead === 0xf4) return [0x80, 0x8f];
  return [0x80, 0xbf];
}

function continues(bytes: Uint8Array, at: number, step: number): boolean {
  const byte = bytes[at + step];
  if (byte === undefined) return false;
  const [low, high] = step === 1 ? secondRange(bytes[at]!) : [0x80, 0xbf];
  return byte >= low && byte <= high;
}

/** Bytes of the well-formed character that begins here, 0 where none does. */
function lengthAt(bytes: Uint8Array, at: number): number {
  const length = sequenceLength(bytes[at]!);
  for (let step = 1; step < length; step++) if (!continues(bytes, at, step)) return 0;
  return length;
}

/** Index of the first byte that begins no well-formed character; -1 when all is well. */
export function firstBadUtf8(bytes: Uint8Array): number {
  for (let i = 0; i < bytes.length;) {
    const length = lengthAt(bytes, i);
    if (!length) return i;
    i += length;
  }
  return -1;
}

/** Bytes beyond ASCII: of well-formed characters, and of none. */
export function utf8Bytes(bytes: Uint8Array): { sound: number; bad: number } {
  let [sound, bad] = [0, 0];
  for (let i = 0; i < bytes.length;) {
    const length = lengthAt(bytes, i);
    if (!length) bad++;
    else if (length > 1) sound += length;
    i += length || 1;
  }
  return { sound, bad };
}

/** How many bytes at the end may be the beginning of a character that the next chunk completes (0 … 3). */
export function utf8Tail(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const at = bytes.length - back;
    const byte = bytes[at]!;
    if ((byte & 0xc0) === 0x80) continue;
    if (sequenceLength(byte) <= back) return 0;
    for (let step = 1; step < back; step++) if (!continues(bytes, at, step)) return 0;
    return back;
  }
  return 0;
}

const unitAt = (bytes: Uint8Array, at: number, big: boolean): number =>
  big ? (bytes[at]! << 8) | bytes[at + 1]! : (bytes[at + 1]! << 8) | bytes[at]!;
const isHigh = (unit: number): boolean => (unit & 0xfc00) === 0xd800;
const isLow = (unit: number): boolean => (unit & 0xfc00) === 0xdc00;

/** Index of the first byte of the first surrogate without its other half; -1 when all is well. */
export function firstBadUtf16(bytes: Uint8Array, big: boolean): number {
  for (let i = 0; i + 1 < bytes.length; i += 2) {
    const unit = unitAt(bytes, i, big);
    if (isLow(unit)) return i;
    if (!isHigh(unit)) continue;
    if (i + 3 >= bytes.length || !isLow(unitAt(bytes, i + 2, big))) return i;
    i += 2;
  }
  return -1;
}

/** How many bytes at the end may be the beginning of a character: a half unit, a leading surrogate, or both. */
export function utf16Tail(bytes: Uint8Array, big: boolean): number {
  const odd = bytes.length & 1;
  const last = bytes.length - odd - 2;
  return last >= 0 && isHigh(unitAt(bytes, last, big)) ? odd + 2 : odd;
}

/** Lone surrogates as U+FFFD: JSON can spell them (`"\ud800"`), UTF-8 cannot hold them. */
export const wellFormed = (text: string): string => text.replace(/\p{Surrogate}/gu, '\uFFFD');
