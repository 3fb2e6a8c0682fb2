import { createCipheriv, createDecipheriv, createHmac, hkdfSync } from 'node:crypto';
import { sealedForm } from '@interlock/contracts';

const cipher = 'aes-256-gcm';
const nonceBytes = 12;
const tagBytes = 16;
/**
 * Texts are filled up to a multiple of this, so that a sealed one tells its length only roughly.
 */
const blockBytes = 32;

/** What a person's texts are sealed with; both are made of the person's one data key. */
export type SealKeys = { readonly textKey: Buffer; readonly nonceKey: Buffer };
export type Author = { readonly tenant_id: string; readonly person_id: string };

/** The two keys that follow from a person's data key (32 bytes). */
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

/**
 * Tenant and person are authenticated: a text put under another person's or tenant's name does not
 * open.
 */
const associated = ({ tenant_id, person_id }: Author): Buffer =>
  Buffer.from(`enc:1\n${tenant_id}\n${person_id}`);

/**
 * A person's text as it may stand in an event: AES-256-GCM under the person's key. The nonce is
 * made of context and text, so the same text in the same context (a stream and what it is there
 * for) seals to the same: a repeated command is the same command. Elsewhere it looks another.
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

/** The text back; undefined where it was not sealed so: other keys, another author, or changed. */
export const openText = (keys: SealKeys, author: Author, sealed: string): string | undefined => {
  const [, personId, encoded] = sealedForm.exec(sealed) ?? [];
  if (personId !== author.person_id || encoded === undefined) return undefined;
  const bytes = Buffer.from(encoded, 'base64url');
  // One text has one sealed form: base64url that decodes to the same bytes by another spelling is
  // none of ours.
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
