/**
 * What somebody has looked at of each action or plan while the page is open: the digest that their
 * yes would be bound to. It outlives the request that it was shown in.
 */
const seen = new Map<string, string>();

/** The digest that was looked at first, or since; the present one where nobody has looked yet. */
export const seenDigest = (id: string, digest: string | undefined): string | undefined => {
  const known = seen.get(id);
  if (known === undefined && digest !== undefined) seen.set(id, digest);
  return known ?? digest;
};

export const lookedAt = (id: string, digest: string): void => {
  seen.set(id, digest);
};
