const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const values = new Map([...alphabet].map((character, value) => [character, value]));

/** Standard base64 with padding (RFC 4648, 4). */
export const toBase64 = (bytes: Uint8Array): string => {
  let text = '';
  for (let at = 0; at < bytes.length; at += 3) {
    const [a = 0, b = 0, c = 0] = bytes.subarray(at, at + 3);
    const group = (a << 16) | (b << 8) | c;
    const left = bytes.length - at;
    text +=
      alphabet[group >> 18]! +
      alphabet[(group >> 12) & 63]! +
      (left > 1 ? alphabet[(group >> 6) & 63]! : '=') +
      (left > 2 ? alphabet[group & 63]! : '=');
  }
  return text;
};

/** Reads it back; `undefined` for everything that `toBase64` would not have written, so that one value has one spelling. */
export const fromBase64 = (text: string): Uint8Array | undefined => {
  if (text.length % 4 !== 0) return undefined;
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const bytes = new Uint8Array((text.length / 4) * 3 - padding);
  let at = 0;
  for (let i = 0; i < text.length; i += 4) {
    const last = i + 4 === text.length ? padding : 0;
    let group = 0;
    for (let place = 0; place < 4; place += 1) {
      const value = place >= 4 - last ? 0 : values.get(text[i + place]!);
      if (value === undefined) return undefined;
      group = (group << 6) | value;
    }
    if (last > 0 && (group & ((1 << (8 * last)) - 1)) !== 0) return undefined;
    for (const byte of [group >> 16, (group >> 8) & 255, group & 255].slice(0, 3 - last)) bytes[at++] = byte;
  }
  return bytes;
};
