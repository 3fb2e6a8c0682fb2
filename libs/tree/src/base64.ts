const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
/** By the character's code; `none` for a character outside the alphabet. */
const none = 64;
const values = Uint8Array.from({ length: 128 }, (_, code) => {
  const value = alphabet.indexOf(String.fromCharCode(code));
  return value < 0 ? none : value;
});

/** Standard base64 with padding (RFC 4648, 4). */
export const toBase64 = (bytes: Uint8Array): string => {
  let text = '';
  for (let at = 0; at < bytes.length; at += 3) {
    const group = (bytes[at]! << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    const left = bytes.length - at;
    text +=
      alphabet[group >> 18]! +
      alphabet[(group >> 12) & 63]! +
      (left > 1 ? alphabet[(group >> 6) & 63]! : '=') +
      (left > 2 ? alphabet[group & 63]! : '=');
  }
  return text;
};

/**
 * Reads it back; `undefined` for every text that `toBase64` would not write, so that a value has
 * only one encoding.
 */
export const fromBase64 = (text: string): Uint8Array | undefined => {
  if (text.length % 4 !== 0) return undefined;
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const bytes = new Uint8Array((text.length / 4) * 3 - padding);
  let at = 0;
  for (let i = 0; i < text.length; i += 4) {
    const last = i + 4 === text.length ? padding : 0;
    let group = 0;
    for (let place = 0; place < 4; place += 1) {
      const value = place >= 4 - last ? 0 : (values[text.charCodeAt(i + place)] ?? none);
      if (value === none) return undefined;
      group = (group << 6) | value;
    }
    if (last > 0 && (group & ((1 << (8 * last)) - 1)) !== 0) return undefined;
    // Padding bits lie past the end of the data, where nothing is written.
    bytes[at] = group >> 16;
    bytes[at + 1] = (group >> 8) & 255;
    bytes[at + 2] = group & 255;
    at += 3;
  }
  return bytes;
};
