/** Represents the console's own origin, which no checked address can name. */
const here = 'https://console.invalid';
/**
 * Addresses that are not pages of the console. Opening one after a login shows data or begins
 * another login.
 */
const notPages = /^\/(?:api|login|mcp|session)(?:\/|$)/;

/**
 * The address that the console opens after a login: `text` if it is a page of the console, as a
 * browser reads it, otherwise `/`. The result always begins with one slash and stays at the
 * console's origin.
 */
export const returnAddress = (text: unknown): string => {
  // A browser drops tabs and line breaks before it reads an address, so `/<tab>/host` would lead to
  // another host.
  if (typeof text !== 'string' || !/^\/\P{Cc}{0,1000}$/u.test(text) || !URL.canParse(text, here)) return '/';
  const { origin, pathname, search, hash } = new URL(text, here);
  if (origin !== here || pathname.startsWith('//') || notPages.test(pathname)) return '/';
  return `${pathname}${search}${hash}`;
};
