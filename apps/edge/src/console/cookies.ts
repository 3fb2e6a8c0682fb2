import { createHash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { ProblemError } from '@interlock/kernel';

const longest = 4096;
/**
 * What fits into one cookie beside its name and attributes; browsers drop what is longer than 4096
 * bytes.
 */
const pieceLength = 3600;
/** Together with the other headers a request stays below what servers take. */
const mostPieces = 3;

/**
 * The cookie's name: over HTTPS the browser itself holds it to this host, this path and `Secure`.
 */
export const cookieName = (https: boolean): string => (https ? '__Host-interlock' : 'interlock_session');
/** The cookie of a login that is under way at the identity provider. */
export const flowName = (https: boolean): string => `${cookieName(https)}_login`;

/**
 * The cookie that marks the browser in which a link was made for somebody else, so that it does not
 * open there.
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
 * The value of a cookie, put together where it is in pieces; undefined where it, or a piece, is not
 * there.
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
  /** `Lax` where another site leads back here: the end of a login at the provider. */
  readonly sameSite?: 'Strict' | 'Lax';
};

/**
 * A value as `Set-Cookie` headers: one, or up to three where it is long. Throws `unauthenticated`
 * for what fits into no session.
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

/** Takes a cookie back, all its pieces included. */
export const forgetCookie = (request: FastifyRequest, name: string, https: boolean): readonly string[] =>
  [name, `${name}.1`, `${name}.2`]
    .filter((one, i) => i === 0 || oneIn(request, one) !== undefined)
    .flatMap((one) => setCookies(one, '', { maxAgeS: 0, https }));

const safe = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Refuses what another site may have made the browser send: a change that a cookie vouches for
 * comes from this origin, and carries a header that no form and no plain request of another origin
 * can. Throws `unauthenticated`.
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
