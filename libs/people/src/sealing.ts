import { createCipheriv, createDecipheriv, createHmac, hkdfSync } from 'node:crypto';
import { sealedForm } from '@interlock/contracts';

const cipher = 'aes-256-gcm';
const nonceBytes = 12;
const tagBytes = 16;
/**
 * Texts are padded to a multiple of this, so that a sealed text reveals its length only roughly.
 */
const blockBytes = 32;

/** The keys that seal a person's texts; both are derived from the person's one data key. */
export type SealKeys = { readonly textKey: Buffer; readonly nonceKey: Buffer };
export type Author = { readonly tenant_id: string; readonly person_id: string };

/** Derives the two keys from a person's data key (32 bytes). */
export const sealKeysOf = (dataKey: Buffer): SealKeys => {
  const derived = (purpose: string): Buffer =>
    Buffer.from(hkdfSync('sha256', dataKey, Buffer.alloc(0), `interlock people text 1 ${purpose}`, 32));
  return { textKey: derived('seal'), nonceKey: derived('nonce') };
};

const padded = (text: string): Buffer => {
  const bytes = Buffer.from(text, 'utf8');
  const whole = Buffer.alloc(Math.ceil((bytes.length + 1) / blockBytes) * blockBytes);
  bytes.copy(whole);
  whole[bytes.length] = 0x80;
  return whole;
};
const unpadded = (whole: Buffer): string => whole.subarray(0, whole.lastIndexOf(0x80)).toString('utf8');

/** Tenant and person are authenticated, so a text does not open under another person or tenant. */
const associated = ({ tenant_id, person_id }: Author): Buffer =>
  Buffer.from(`enc:1\n${tenant_id}\n${person_id}`);

/**
 * Seals a person's text for an event: AES-256-GCM under the person's key. The nonce is derived from
 * context and text, so the same text in the same context seals to the same value. A repeated
 * command is therefore the same command. In another context, the sealed value differs.
 */
export const sealText = (keys: SealKeys, author: Author, text: string, context: string): string => {
  const plain = padded(text);
  const nonce = createHmac('sha256', keys.nonceKey)
    .update(`${context.length}\n${context}\n`)
    .update(plain)
    .digest()
    .subarray(0, nonceBytes);
  const sealing = createCipheriv(cipher, keys.textKey, nonce).setAAD(associated(author));
  const sealed = Buffer.concat([nonce, sealing.update(plain), sealing.final(), sealing.getAuthTag()]);
  return `enc:1:${author.person_id}:${sealed.toString('base64url')}`;
};

/**
 * Opens a text; undefined if it was sealed with other keys or by another author, or was changed.
 */
export const openText = (keys: SealKeys, author: Author, sealed: string): string | undefined => {
  const [, personId, encoded] = sealedForm.exec(sealed) ?? [];
  if (personId !== author.person_id || encoded === undefined) return undefined;
  const bytes = Buffer.from(encoded, 'base64url');
  // One text has one sealed form. Another base64url spelling of the same bytes is refused.
  if (bytes.toString('base64url') !== encoded) return undefined;
  try {
    const opening = createDecipheriv(cipher, keys.textKey, bytes.subarray(0, nonceBytes))
      .setAAD(associated(author))
      .setAuthTag(bytes.subarray(-tagBytes));
    return unpadded(Buffer.concat([opening.update(bytes.subarray(nonceBytes, -tagBytes)), opening.final()]));
  } catch {
    return undefined;
  }
};
