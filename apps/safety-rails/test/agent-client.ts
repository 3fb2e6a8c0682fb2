import { createHash, randomUUID } from 'node:crypto';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose';

/** An agent's key pair, as the agent has it. */
export type AgentKeys = {
  readonly privateKey: CryptoKey;
  readonly jwk: JWK;
  readonly jkt: string;
};
export const newAgentKeys = async (): Promise<AgentKeys> => {
  const { privateKey, publicKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  const jwk = await exportJWK(publicKey);
  return { privateKey, jwk, jkt: await calculateJwkThumbprint(jwk) };
};

type ProofOf = {
  readonly method: string;
  readonly address: string;
  readonly token?: string;
  readonly jti?: string;
  /** Seconds since 1970; default now. */
  readonly iat?: number;
};

/** A DPoP proof; any of its parts may be wrong. */
export const proofOf = (
  { privateKey, jwk }: AgentKeys,
  { method, address, token, jti = randomUUID(), iat }: ProofOf,
): Promise<string> =>
  new SignJWT({
    htm: method,
    htu: address,
    ...(token === undefined ? {} : { ath: createHash('sha256').update(token).digest('base64url') }),
  })
    .setProtectedHeader({ alg: 'EdDSA', typ: 'dpop+jwt', jwk })
    .setJti(jti)
    .setIssuedAt(iat)
    .sign(privateKey);

type AssertionOf = {
  readonly client: string;
  readonly audience: string;
  readonly subject?: string;
  readonly jti?: string;
  /** Seconds since 1970; default in a minute. */
  readonly exp?: number;
};

/** A client assertion; any of its parts may be wrong. */
export const assertionOf = (
  { privateKey }: Pick<AgentKeys, 'privateKey'>,
  { client, audience, subject = client, jti = randomUUID(), exp }: AssertionOf,
): Promise<string> =>
  new SignJWT()
    .setProtectedHeader({ alg: 'EdDSA', typ: 'JWT' })
    .setIssuer(client)
    .setSubject(subject)
    .setAudience(audience)
    .setJti(jti)
    .setIssuedAt()
    .setExpirationTime(exp ?? Math.floor(Date.now() / 1000) + 60)
    .sign(privateKey);

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

export type Answer = { readonly status: number; readonly body: { readonly [name: string]: unknown } };

/** Asks for a token with these parts. */
export const askToken = async (
  endpoint: string,
  proof: string | undefined,
  form: { readonly [name: string]: string },
): Promise<Answer> => {
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: proof === undefined ? {} : { dpop: proof },
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_assertion_type: assertionType,
      ...form,
    }),
  });
  return { status: response.status, body: (await response.json()) as Answer['body'] };
};
