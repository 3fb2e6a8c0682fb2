const kept = 'interlock-link';

/**
 * Takes the token of a one-time link out of the address, before anything else sees it. It stays in
 * this tab until it is used, so that the person may sign in first.
 */
export const keepLink = (): void => {
  if (location.pathname !== '/go' || location.hash.length < 2) return;
  sessionStorage.setItem(kept, location.hash.slice(1));
  history.replaceState(history.state, '', `${location.pathname}${location.search}`);
};

/** The token of the link that was opened in this tab; empty if there is none. */
export const linkIn = (): string => sessionStorage.getItem(kept) ?? '';

/** Forgets the token, which is good once. */
export const dropLink = (): void => {
  sessionStorage.removeItem(kept);
};

/** The action or plan, and the digest, that a message was about; undefined for any other page. */
export const targetOf = (page: string): { readonly id: string; readonly digest: string } | undefined => {
  const { pathname, searchParams } = new URL(page, 'https://console.invalid');
  const digest = searchParams.get('digest');
  const id = searchParams.get('id') ?? /^\/plans\/([^/]+)$/.exec(pathname)?.[1];
  return digest === null || id === undefined ? undefined : { id: decodeURIComponent(id), digest };
};
