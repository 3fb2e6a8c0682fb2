/**
 * Variables with secrets, each bound to its destinations: `host`, `host:port`, or the fingerprint
 * of a host key.
 */
export const boundSecrets = (
  secrets: { readonly [variable: string]: string },
  destinations: readonly string[],
): { readonly [variable: string]: string } =>
  Object.fromEntries(
    Object.entries(secrets).flatMap(([name, secret]) => [
      [name, secret],
      [`${name}__FOR`, destinations.join(' ')],
    ]),
  );
