import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { nameKeys } from '@interlock/contracts';
import { ProblemError } from '@interlock/kernel';

const cipher = 'aes-256-gcm';
const nonceBytes = 12;
const tagBytes = 16;

/** One master key. It wraps people's keys and makes the codes that people are found by. */
export type MasterKey = { readonly id: string; readonly wrapKey: Buffer; readonly lookupKey: Buffer };
/** The first is used for writing. The others still read rows written before a rotation. */
export type MasterKeys = readonly [MasterKey, ...MasterKey[]];

const derived = (secret: Buffer, purpose: string, bytes: number): Buffer =>
  Buffer.from(hkdfSync('sha256', secret, Buffer.alloc(0), `interlock people master 1 ${purpose}`, bytes));

const masterKey = (secret: Buffer): MasterKey => ({
  id: derived(secret, 'id', 8).toString('hex'),
  wrapKey: derived(secret, 'wrap', 32),
  lookupKey: derived(secret, 'lookup', 32),
});

/** A new master key in the form of a key file: 32 bytes as hex. */
export const newMasterKey = (): string => randomBytes(32).toString('hex');

/**
 * Parses a key file: one key a line, 64 hex digits, the current one first. Throws
 * `validation-failed`, never with a value.
 */
export const parseMasterKeys = (text: string): MasterKeys => {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const [first, ...rest] = lines.map((line) =>
    /^[0-9a-f]{64}$/.test(line) ? masterKey(Buffer.from(line, 'hex')) : undefined,
  );
  const faulty = (): never => {
    throw new ProblemError(
      'validation-failed',
      "the file of the people's master key does not hold 64 hex digits a line",
      {
        violations: [{ pointer: '/PEOPLE_KEY_FILE', detail: 'is not a key' }],
        remedy: 'make one with `openssl rand -hex 32`',
      },
    );
  };
  return first === undefined || rest.includes(undefined) ? faulty() : [first, ...(rest as MasterKey[])];
};

/**
 * The master keys in the file that `PEOPLE_KEY_FILE` names. Throws `validation-failed` if it is
 * unset, missing or holds no key. Nothing starts without them.
 */
export const readMasterKeys = (environment: { readonly [name: string]: string | undefined }): MasterKeys => {
  const file = environment['PEOPLE_KEY_FILE'] ?? '';
  const refuse = (detail: string, why: string): ProblemError =>
    new ProblemError('validation-failed', `the environment has 1 fault: PEOPLE_KEY_FILE ${why}`, {
      violations: [{ pointer: '/PEOPLE_KEY_FILE', detail }],
      remedy: "name the file with the master key of the people's table, the same for every service",
    });
  if (file === '') throw refuse('is needed', 'is not set');
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw refuse('must be a file that can be read', 'names no file that can be read');
  }
  return parseMasterKeys(text);
};

/**
 * The code that a person is found by: HMAC-SHA-256 over tenant and subject. It reveals neither
 * without the master key.
 */
export const subjectMac = (key: MasterKey, tenantId: string, subject: string): Buffer =>
  createHmac('sha256', key.lookupKey).update(`${tenantId}\n${subject}`).digest();

/**
 * The codes that people with one name are found by: HMAC-SHA-256 over the tenant and each form of
 * the name. They never equal the code of a subject.
 */
export const nameMacs = (key: MasterKey, tenantId: string, subject: string): Buffer[] =>
  nameKeys(subject).map((name) =>
    createHmac('sha256', key.lookupKey).update(`name\n${tenantId}\n${name}`).digest(),
  );

/**
 * The owner of a key, authenticated with it, so that a wrapped key does not open in another row.
 */
type Owner = { readonly tenant_id: string; readonly person_id: string };
const ownerOf = (key: MasterKey, { tenant_id, person_id }: Owner): Buffer =>
  Buffer.from(`${key.id}\n${tenant_id}\n${person_id}`);

/** Wraps a person's key with the master key: nonce, ciphertext, tag. */
export const wrapKey = (key: MasterKey, owner: Owner, dataKey: Buffer): Buffer => {
  const nonce = randomBytes(nonceBytes);
  const sealing = createCipheriv(cipher, key.wrapKey, nonce).setAAD(ownerOf(key, owner));
  return Buffer.concat([nonce, sealing.update(dataKey), sealing.final(), sealing.getAuthTag()]);
};

/**
 * Unwraps a person's key. Throws `internal-error` if the master key is missing, or the row was
 * changed.
 */
export const unwrapKey = (
  keys: MasterKeys,
  owner: Owner & { readonly key_id: string; readonly wrapped_key: Buffer },
): Buffer => {
  const key = keys.find(({ id }) => id === owner.key_id);
  if (key === undefined) {
    throw new ProblemError(
      'internal-error',
      `the master key \`${owner.key_id}\` of the people's table is not in the key file`,
      { remedy: 'put it back as a further line, then run `interlock privacy rewrap`' },
    );
  }
  const wrapped = owner.wrapped_key;
  try {
    const opening = createDecipheriv(cipher, key.wrapKey, wrapped.subarray(0, nonceBytes))
      .setAAD(ownerOf(key, owner))
      .setAuthTag(wrapped.subarray(-tagBytes));
    return Buffer.concat([opening.update(wrapped.subarray(nonceBytes, -tagBytes)), opening.final()]);
  } catch (cause) {
    throw new ProblemError(
      'internal-error',
      "a key in the people's table does not open with its master key",
      { cause, remedy: 'restore the table or the key file from the same backup' },
    );
  }
};
