import { returnAddress } from '@interlock/contracts';

/**
 * The invitation of a link stands behind `#`, which no server and no log ever sees; it is taken out
 * of the address at once.
 */
export const invitationIn = (hash: string): string =>
  new URLSearchParams(hash.slice(1)).get('invitation') ?? '';

/** The page of the console to go on at after signing in, from the query of the login's address. */
export const nextIn = (search: string): string =>
  returnAddress(new URLSearchParams(search).get('next') ?? undefined);
