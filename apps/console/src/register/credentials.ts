/** Who a credential is, as the API names it when it is registered or revoked. */
export type CredentialKind = 'bus' | 'service' | 'person';
export type CredentialName = { readonly kind: CredentialKind; readonly name: string };

/** The names that were written, apart by commas or spaces; a star is any. */
export const namesIn = (text: string): readonly string[] => [
  ...new Set(text.split(/[\s,]+/).filter((name) => name !== '')),
];

/** Why names cannot be sent; undefined where each is a name or a star. */
export const namesFault = (names: readonly string[]): string | undefined => {
  const wrong = names.find((name) => name !== '*' && !/^[a-z0-9][a-z0-9_.-]{0,62}$/.test(name));
  return wrong === undefined
    ? undefined
    : `“${wrong.slice(0, 40)}” is no name: small letters, digits, _ . and -, or * for any`;
};

/**
 * How a listed credential is named to revoke it; undefined for a person's, whose name the log does
 * not hold.
 */
export const namedCredential = (credential: string): CredentialName | undefined => {
  const bus = /^service:nats\.(.+)$/.exec(credential)?.[1];
  if (bus !== undefined) return { kind: 'bus', name: bus };
  const service = /^service:(.+)$/.exec(credential)?.[1];
  return service === undefined ? undefined : { kind: 'service', name: service };
};

/** A listed credential in words. */
export const credentialText = (credential: string): string => {
  const named = namedCredential(credential);
  if (named === undefined) return `a person, ${credential.replace(/^person:/, '').slice(0, 8)}`;
  return named.kind === 'bus' ? `user of the bus ${named.name}` : `token of ${named.name}`;
};
