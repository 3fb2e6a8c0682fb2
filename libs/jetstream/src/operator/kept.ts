import { decode, parseCreds } from '@nats-io/jwt';

/** All that a JWT says but for when it was issued, and the id that comes of that. */
const said = (claims: object): string =>
  JSON.stringify(claims, (name, value: unknown) => (name === 'iat' || name === 'jti' ? undefined : value));
const unverified = (jwt: string): object =>
  JSON.parse(Buffer.from(jwt.split('.')[1]!, 'base64url').toString('utf8')) as object;
const credsOf = (text: string): ReturnType<typeof parseCreds> => parseCreds(new TextEncoder().encode(text));

/** The public key that a JWT is of. Throws where its signature does not hold. */
export const subjectOfJwt = (jwt: string): string => decode(jwt.trim()).sub;

/** The text that was there where it says the same as the new one but for when it was issued, and its signature holds; else the new one. */
export const keptJwt = (before: string | undefined, now: string): string => {
  try {
    return before !== undefined && said(decode(before)) === said(unverified(now)) ? before : now;
  } catch {
    return now;
  }
};

/** The same for the text of a creds file: JWT and seed. */
export const keptCreds = async (before: string | undefined, now: string): Promise<string> => {
  if (before === undefined) return now;
  const [old, made] = [await credsOf(before).catch(() => undefined), await credsOf(now)];
  return old !== undefined && old.key === made.key && said(old.uc) === said(made.uc) ? before : now;
};
