import { createHash, createHmac } from 'node:crypto';
import { NetconfHostKeyError } from './errors.js';

/**
 * The trusted host keys. No policy trusts every key for ever. Without a known fingerprint,
 * `trustOnFirstUse` is required. It receives the fingerprint, which the caller stores and passes as
 * `known` from then on.
 */
export type HostKeyPolicy = {
  /** `SHA256:…` fingerprints, as `ssh-keygen -l` prints them. */
  readonly known: readonly string[];
  readonly revoked?: readonly string[];
  readonly trustOnFirstUse?: (fingerprint: string) => void;
  /**
   * Called with the key that was trusted. The server has proved that it holds the key only once the
   * connection is open.
   */
  readonly onAccepted?: (fingerprint: string) => void;
};

/** The `SHA256:…` fingerprint of a public key blob in SSH wire format. */
export const hostKeyFingerprint = (key: Buffer): string =>
  `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;

/** Decides on an offered key; undefined if it is trusted. */
export const checkHostKey = (policy: HostKeyPolicy, key: Buffer): NetconfHostKeyError | undefined => {
  const fingerprint = hostKeyFingerprint(key);
  if (policy.revoked?.includes(fingerprint) === true) return new NetconfHostKeyError(fingerprint, 'revoked');
  if (policy.known.includes(fingerprint)) {
    policy.onAccepted?.(fingerprint);
    return undefined;
  }
  if (policy.known.length > 0) return new NetconfHostKeyError(fingerprint, 'changed');
  if (policy.trustOnFirstUse === undefined) return new NetconfHostKeyError(fingerprint, 'unknown');
  policy.trustOnFirstUse(fingerprint);
  policy.onAccepted?.(fingerprint);
  return undefined;
};

const hostMatches = (pattern: string, name: string): boolean => {
  if (!pattern.startsWith('|1|')) return pattern === name;
  const [, , salt, hash] = pattern.split('|');
  if (salt === undefined || hash === undefined) return false;
  return createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest('base64') === hash;
};

/**
 * Reads the keys of one host from an OpenSSH `known_hosts` text: plain and hashed names,
 * `[host]:port`, `@revoked`. Patterns with wildcards and `@cert-authority` lines are ignored.
 */
export const parseKnownHosts = (
  text: string,
  host: string,
  port: number,
): { readonly known: string[]; readonly revoked: string[] } => {
  const name = port === 22 ? host : `[${host}]:${port}`;
  const result = { known: [] as string[], revoked: [] as string[] };
  for (const line of text.split('\n')) {
    const fields = line.trim().split(/\s+/);
    const marker = fields[0]?.startsWith('@') === true ? fields.shift() : undefined;
    const [names, , key] = fields;
    if (names === undefined || names.startsWith('#') || key === undefined || marker === '@cert-authority')
      continue;
    if (!names.split(',').some((pattern) => hostMatches(pattern, name))) continue;
    const fingerprint = hostKeyFingerprint(Buffer.from(key, 'base64'));
    (marker === '@revoked' ? result.revoked : result.known).push(fingerprint);
  }
  return result;
};
