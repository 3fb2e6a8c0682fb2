/** A placeholder for the console's own origin. No checked address can name it. */
const here = 'https://console.invalid';
/**
 * Matches addresses that are not pages of the console. Opening one after a login would show data or
 * begin another login.
 */
const notPages = /^\/(?:api|login|mcp|session)(?:\/|$)/;

/**
 * Returns the address that the console opens after a login: `text` if a browser reads it as a page
 * of the console, otherwise `/`. The result always begins with one slash and stays at the console's
 * origin.
 */
export const returnAddress = (text: unknown): string => {
  // A browser drops tabs and line breaks before it reads an address, so `/<tab>/host` would lead to
  // another host.
  if (typeof text !== 'string' || !/^\/\P{Cc}{0,1000}$/u.test(text) || !URL.canParse(text, here)) return '/';
  const { origin, pathname, search, hash } = new URL(text, here);
  if (origin !== here || pathname.startsWith('//') || notPages.test(pathname)) return '/';
  return `${pathname}${search}${hash}`;
};
