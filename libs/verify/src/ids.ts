/** The value of a hexadecimal digit by its character code; 16 for any other character. */
const digits = Uint8Array.from({ length: 128 }, (_, code) => {
  const value = '0123456789abcdef'.indexOf(String.fromCharCode(code));
  return value < 0 ? 16 : value;
});
const pairs = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
const length = 36;
const dashes = [8, 13, 18, 23];
const dash = '-'.charCodeAt(0);

/**
 * Writes the sixteen bytes of a UUID in its usual form. Returns false for any other text; the bytes
 * then mean nothing.
 */
export const writeUuid = (text: string, bytes: Uint8Array): boolean => {
  if (text.length !== length) return false;
  for (const at of dashes) if (text.charCodeAt(at) !== dash) return false;
  let place = 0;
  for (let at = 0; at < length; at += 2) {
    if (text.charCodeAt(at) === dash) at += 1;
    const high = digits[text.charCodeAt(at)] ?? 16;
    const low = digits[text.charCodeAt(at + 1)] ?? 16;
    if (high > 15 || low > 15) return false;
    bytes[place] = high * 16 + low;
    place += 1;
  }
  return true;
};

/** The usual form of a UUID: lower case, with dashes. */
export const uuidText = (bytes: Uint8Array): string => {
  let text = '';
  for (let i = 0; i < 16; i += 1) {
    if (i === 4 || i === 6 || i === 8 || i === 10) text += '-';
    text += pairs[bytes[i]!]!;
  }
  return text;
};
