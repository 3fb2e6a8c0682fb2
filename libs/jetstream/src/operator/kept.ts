import { isSignedBy } from './native.js';

type Claims = { readonly iss: string; readonly sub: string };

const parsed = (part: string): unknown => JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
const unverified = (jwt: string): Claims => parsed(jwt.split('.')[1]!) as Claims;

/** What a JWT says. Throws where it is none of an nkey, or its signature does not hold. */
const verified = (jwt: string): Claims => {
  const [header = '', body = '', signature = '', ...more] = jwt.split('.');
  const { typ, alg } = parsed(header) as { readonly typ: unknown; readonly alg: unknown };
  const claims = parsed(body) as Claims;
  if (
    more.length > 0 ||
    typ !== 'JWT' ||
    alg !== 'ed25519-nkey' ||
    !isSignedBy(claims.iss, Buffer.from(`${header}.${body}`), Buffer.from(signature, 'base64url'))
  )
    throw new Error('the text is no JWT of nats-server, or its signature does not hold');
  return claims;
};

/** All that a JWT says but for when it was issued, and the id that comes of that. */
const said = (claims: Claims): string =>
  JSON.stringify(claims, (name, value: unknown) => (name === 'iat' || name === 'jti' ? undefined : value));

/** The public key that a JWT is of. Throws where its signature does not hold. */
export const subjectOfJwt = (jwt: string): string => verified(jwt.trim()).sub;

/** True where what was issued before says the same as what was made now, but for when it was issued, and its signature holds. */
const isSame = (before: string, now: string): boolean => {
  try {
    return said(verified(before)) === said(unverified(now));
  } catch {
    return false;
  }
};

/** The text that was there where it says the same as the new one but for when it was issued, and its signature holds; else the new one. */
export const keptJwt = (before: string | undefined, now: string): string =>
  before !== undefined && isSame(before, now) ? before : now;

/** JWT and seed of a creds file's text. */
const partsOf = (creds: string): readonly string[] => creds.match(/^[^-*\s]\S+$/gm) ?? [];

/** The same for the text of a creds file: JWT and seed. */
export const keptCreds = (before: string | undefined, now: string): string => {
  if (before === undefined) return now;
  const [[oldJwt = '', oldSeed], [jwt = '', seed]] = [partsOf(before), partsOf(now)];
  return oldSeed === seed && isSame(oldJwt, jwt) ? before : now;
};
