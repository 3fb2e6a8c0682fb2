import { createHash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { ProblemError } from '@interlock/kernel';

const longest = 4096;
/**
 * The most characters of a value in one cookie. Browsers drop cookies over 4096 bytes with name and
 * attributes.
 */
const pieceLength = 3600;
/**
 * The most cookies for one value, so that a request with its other headers stays below the limits
 * of servers.
 */
const mostPieces = 3;

/**
 * Returns the cookie's name. Over HTTPS, the prefix makes the browser bind it to this host, this
 * path and `Secure`.
 */
export const cookieName = (https: boolean): string => (https ? '__Host-interlock' : 'interlock_session');
/** Returns the name of the cookie of a login in progress at the identity provider. */
export const flowName = (https: boolean): string => `${cookieName(https)}_login`;

/**
 * Returns the name of the cookie that marks a browser that made a link for another person. The link
 * does not open in that browser.
 */
export const madeName = (https: boolean, secret: string): string =>
  `${cookieName(https)}_made_${createHash('sha256').update(secret).digest('hex').slice(0, 16)}`;

const oneIn = (request: FastifyRequest, name: string): string | undefined => {
  for (const part of (request.raw.headers.cookie ?? '').split(';')) {
    const at = part.indexOf('=');
    if (at > 0 && part.slice(0, at).trim() === name) {
      const value = part.slice(at + 1).trim();
      return value === '' || value.length > longest ? undefined : value;
    }
  }
  return undefined;
};

/**
 * Returns the value of a cookie, joined from its pieces; undefined if the cookie or a piece is
 * missing.
 */
export const cookieIn = (request: FastifyRequest, name: string): string | undefined => {
  const first = oneIn(request, name);
  const [, count, start] = /^([23])~(.*)$/s.exec(first ?? '') ?? [];
  if (count === undefined || start === undefined) return first;
  const rest = Array.from({ length: Number(count) - 1 }, (_, i) => oneIn(request, `${name}.${i + 1}`));
  return rest.includes(undefined) ? undefined : [start, ...rest].join('');
};

export type CookieOptions = {
  readonly maxAgeS: number;
  readonly https: boolean;
  /** `Lax` if another site redirects here, as at the end of a login at the provider. */
  readonly sameSite?: 'Strict' | 'Lax';
};

/**
 * Returns the `Set-Cookie` headers of a value: one, or up to three for a long value. Throws
 * `unauthenticated` if the value is too long.
 */
export const setCookies = (
  name: string,
  value: string,
  { maxAgeS, https, sameSite = 'Strict' }: CookieOptions,
): readonly string[] => {
  const count = Math.max(1, Math.ceil(value.length / pieceLength));
  if (count > mostPieces)
    throw new ProblemError('unauthenticated', "the identity provider's tokens are too long for a session", {
      remedy: 'have the provider put fewer claims into its tokens',
    });
  const attributes = `; Path=/; Max-Age=${maxAgeS}; HttpOnly; SameSite=${sameSite}${https ? '; Secure' : ''}`;
  return Array.from({ length: count }, (_, i) => {
    const piece = value.slice(i * pieceLength, (i + 1) * pieceLength);
    return i === 0
      ? `${name}=${count > 1 ? `${count}~` : ''}${piece}${attributes}`
      : `${name}.${i}=${piece}${attributes}`;
  });
};

/** Returns the headers that remove a cookie with all its pieces. */
export const forgetCookie = (request: FastifyRequest, name: string, https: boolean): readonly string[] =>
  [name, `${name}.1`, `${name}.2`]
    .filter((one, i) => i === 0 || oneIn(request, one) !== undefined)
    .flatMap((one) => setCookies(one, '', { maxAgeS: 0, https }));

const safe = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Refuses requests that another site may have made the browser send. A change authorized by a
 * cookie must come from this origin. It must also carry a header that no form and no simple request
 * of another origin can set. Throws `unauthenticated`.
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
