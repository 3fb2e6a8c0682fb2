const kept = 'interlock-link';

/**
 * Moves the token of a one-time link from the address to this tab's session storage before any
 * other code runs. It stays there until it is used, so that the user can sign in first.
 */
export const keepLink = (): void => {
  if (location.pathname !== '/go' || location.hash.length < 2) return;
  sessionStorage.setItem(kept, location.hash.slice(1));
  history.replaceState(history.state, '', `${location.pathname}${location.search}`);
};

/** Returns the token of the link that was opened in this tab; empty if there is none. */
export const linkIn = (): string => sessionStorage.getItem(kept) ?? '';

/** Forgets the token, which works only once. */
export const dropLink = (): void => sessionStorage.removeItem(kept);

/**
 * Returns the action or plan that a message named, with its digest; undefined for any other page.
 */
export const targetOf = (page: string): { readonly id: string; readonly digest: string } | undefined => {
  const { pathname, searchParams } = new URL(page, 'https://console.invalid');
  const digest = searchParams.get('digest');
  const id = searchParams.get('id') ?? /^\/plans\/([^/]+)$/.exec(pathname)?.[1];
  return digest === null || id === undefined ? undefined : { id: decodeURIComponent(id), digest };
};
