import { decode, parseCreds } from '@nats-io/jwt';

/** Everything in a JWT except its time of issue and the id that follows from it. */
const said = (claims: object): string =>
  JSON.stringify(claims, (name, value: unknown) => (name === 'iat' || name === 'jti' ? undefined : value));
const unverified = (jwt: string): object =>
  JSON.parse(Buffer.from(jwt.split('.')[1]!, 'base64url').toString('utf8')) as object;
const credsOf = (text: string): ReturnType<typeof parseCreds> => parseCreds(new TextEncoder().encode(text));

/** The public key of a JWT. Throws if its signature is invalid. */
export const subjectOfJwt = (jwt: string): string => decode(jwt.trim()).sub;

/**
 * The old text if it differs from the new one only in its time of issue and its signature is valid;
 * otherwise the new one.
 */
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
