/**
 * The digest that the user has seen of each action or plan while the page is open. An approval is
 * bound to it. It outlives the component that showed the request.
 */
const seen = new Map<string, string>();

/**
 * Returns the digest that the user has seen. If there is none yet, records `digest` and returns it.
 */
export const seenDigest = (id: string, digest: string | undefined): string | undefined => {
  const known = seen.get(id);
  if (known === undefined && digest !== undefined) seen.set(id, digest);
  return known ?? digest;
};

export const lookedAt = (id: string, digest: string): void => {
  seen.set(id, digest);
};
