import type { FastifyRequest } from 'fastify';
import { ProblemError } from '@interlock/kernel';

const longest = 4096;

/** The cookie's name: over HTTPS the browser itself holds it to this host, this path and `Secure`. */
export const cookieName = (https: boolean): string => (https ? '__Host-interlock' : 'interlock_session');

export const cookieIn = (request: FastifyRequest, name: string): string | undefined => {
  for (const part of (request.raw.headers.cookie ?? '').split(';')) {
    const at = part.indexOf('=');
    if (at > 0 && part.slice(0, at).trim() === name) {
      const value = part.slice(at + 1).trim();
      return value === '' || value.length > longest ? undefined : value;
    }
  }
  return undefined;
};

export const setCookie = (name: string, value: string, maxAgeS: number, https: boolean): string =>
  `${name}=${value}; Path=/; Max-Age=${maxAgeS}; HttpOnly; SameSite=Strict${https ? '; Secure' : ''}`;

const safe = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Refuses what another site may have made the browser send: a change that a cookie vouches for comes from this origin, and carries a header that no form and no
 * plain request of another origin can. Throws `unauthenticated`.
 */
export const refuseForeign = (request: FastifyRequest): void => {
  if (safe.has(request.method)) return;
  const { origin, host, 'sec-fetch-site': site, 'x-interlock-console': console } = request.headers;
  const foreign =
    console !== '1' ||
    (site !== undefined && site !== 'same-origin') ||
    (origin !== undefined && origin.replace(/^https?:\/\//, '') !== host);
  if (foreign)
    throw new ProblemError(
      'unauthenticated',
      'a change in a session comes from the console itself, with the header `X-Interlock-Console: 1`',
      { remedy: 'use a bearer token outside the console' },
    );
};
