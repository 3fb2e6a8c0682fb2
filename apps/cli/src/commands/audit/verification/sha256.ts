import { hash } from 'node:crypto';

const hashBytes = 32;

/**
 * Node's own SHA-256, which is several times as fast as the portable one. Node returns a text in
 * half the time of a buffer, because a buffer's memory lies outside the heap.
 */
export const sha256 = (bytes: Uint8Array): Uint8Array => {
  const text = hash('sha256', bytes, 'binary');
  const made = new Uint8Array(hashBytes);
  for (let i = 0; i < hashBytes; i += 1) made[i] = text.charCodeAt(i);
  return made;
};

/** Node's own SHA-256 of a text in UTF-8, in lower-case hex. */
export const sha256Text = (text: string): string => hash('sha256', text);
