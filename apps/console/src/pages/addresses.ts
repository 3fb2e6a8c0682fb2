/** The invitation of a link stands behind `#`, which no server and no log ever sees; it is taken out of the address at once. */
export const invitationIn = (hash: string): string =>
  new URLSearchParams(hash.slice(1)).get('invitation') ?? '';

/** Where to go on after signing in: an address of the console itself, and no other. */
export const nextIn = (search: string): string => {
  const next = new URLSearchParams(search).get('next') ?? '/';
  return /^\/(?![/\\])/.test(next) && !next.startsWith('/login') ? next : '/';
};
