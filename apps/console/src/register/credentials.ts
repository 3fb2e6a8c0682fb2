/** The kind of a credential, as the API names it at registration and revocation. */
export type CredentialKind = 'bus' | 'service' | 'person';
export type CredentialName = { readonly kind: CredentialKind; readonly name: string };

/** Splits a list of names at commas and spaces. `*` means any name. */
export const namesIn = (text: string): readonly string[] => [
  ...new Set(text.split(/[\s,]+/).filter((name) => name !== '')),
];

/** Returns why the names are invalid; undefined if each is a name or `*`. */
export const namesFault = (names: readonly string[]): string | undefined => {
  const wrong = names.find((name) => name !== '*' && !/^[a-z0-9][a-z0-9_.-]{0,62}$/.test(name));
  return wrong === undefined
    ? undefined
    : `“${wrong.slice(0, 40)}” is not a valid name. Use lower-case letters, digits, _ . and -, or * for any`;
};

/**
 * Returns the kind and name with which a listed credential is revoked. Returns undefined for a
 * person, whose name is not in the log.
 */
export const namedCredential = (credential: string): CredentialName | undefined => {
  const bus = /^service:nats\.(.+)$/.exec(credential)?.[1];
  if (bus !== undefined) return { kind: 'bus', name: bus };
  const service = /^service:(.+)$/.exec(credential)?.[1];
  return service === undefined ? undefined : { kind: 'service', name: service };
};

/** Describes a listed credential in words. */
export const credentialText = (credential: string): string => {
  const named = namedCredential(credential);
  if (named === undefined) return `a person, ${credential.replace(/^person:/, '').slice(0, 8)}`;
  return named.kind === 'bus' ? `user of the bus ${named.name}` : `token of ${named.name}`;
};
