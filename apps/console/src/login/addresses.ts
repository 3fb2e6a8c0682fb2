import { returnAddress } from '@interlock/contracts';

/**
 * Returns the invitation of a link. It is in the fragment after `#`, which reaches no server and no
 * log. The page removes it from the address at once.
 */
export const invitationIn = (hash: string): string =>
  new URLSearchParams(hash.slice(1)).get('invitation') ?? '';

/** Returns the page to open after signing in, from the query of the login address. */
export const nextIn = (search: string): string =>
  returnAddress(new URLSearchParams(search).get('next') ?? undefined);
