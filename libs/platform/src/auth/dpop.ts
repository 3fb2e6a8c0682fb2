import { createHash } from 'node:crypto';
import { calculateJwkThumbprint, EmbeddedJWK, errors, jwtVerify, type JWK } from 'jose';
import { agentAlgorithms } from '@interlock/contracts';
import { ProblemError } from '@interlock/kernel';

/** The maximum age of a proof, and how far its clock may be ahead, in seconds. */
const proofAgeS = 60;
const aheadS = 5;
/**
 * The number of proofs that one process remembers. Further ones are refused until some have
 * expired.
 */
const remembered = 500_000;

/** The request that a proof must be for. */
type Proven = {
  readonly method: string;
  /** The origin and path of the request; a query does not count. */
  readonly address: URL;
  /** The access token that the proof goes with; absent at the token endpoint. */
  readonly token?: string;
};
/** A verified proof: the thumbprint of its key, its id, and its public key. */
export type Proof = { readonly jkt: string; readonly jti: string; readonly jwk: JWK };

const refuse = (detail: string, cause?: unknown): ProblemError =>
  new ProblemError('proof-invalid', detail, cause === undefined ? {} : { cause });

/** Returns the hash of an access token in a proof: SHA-256 as base64url. */
const hashOf = (token: string): string => createHash('sha256').update(token).digest('base64url');

const isAddress = (said: unknown, { origin, pathname }: URL): boolean => {
  if (typeof said !== 'string' || !URL.canParse(said)) return false;
  const named = new URL(said);
  return named.origin === origin && named.pathname === pathname;
};

/**
 * Verifies a DPoP proof (RFC 9449): signature by the key in its header, method, address, age, and
 * the hash of the access token. It does not remember the proof. Throws `proof-invalid`.
 */
export const readProof = async (text: string | undefined, of: Proven): Promise<Proof> => {
  if (text === undefined || text === '') throw refuse('the request has no proof: send the header `DPoP`');
  const { payload, protectedHeader } = await jwtVerify(text, EmbeddedJWK, {
    typ: 'dpop+jwt',
    algorithms: [...agentAlgorithms],
    requiredClaims: ['jti', 'iat', 'htm', 'htu'],
    maxTokenAge: proofAgeS,
    clockTolerance: aheadS,
  }).catch((error: unknown) => {
    if (error instanceof errors.JWTExpired)
      throw refuse(`the proof is older than ${proofAgeS} s: make one for each request`, error);
    throw refuse('the proof was not accepted', error);
  });
  const { htm, htu, jti, ath } = payload as { readonly [claim: string]: unknown };
  if (htm !== of.method) throw refuse('the proof is for another method');
  if (!isAddress(htu, of.address))
    throw refuse(`the proof is for another address than \`${of.address.origin}${of.address.pathname}\``);
  if (of.token !== undefined && ath !== hashOf(of.token)) throw refuse('the proof is for another token');
  if (typeof jti !== 'string' || jti === '' || jti.length > 256) throw refuse('the proof has no id');
  const jwk = protectedHeader.jwk!;
  return { jkt: await calculateJwkThumbprint(jwk), jti, jwk };
};

/** The proofs that one process has accepted, each until it is too old to be accepted again. */
export class SeenProofs {
  readonly #until = new Map<string, number>();

  /**
   * Remembers a proof. Throws `proof-invalid` if it was used before, `overloaded` if there are too
   * many.
   */
  take({ jkt, jti }: Proof): void {
    const now = performance.now();
    for (const [key, until] of this.#until) {
      if (until > now) break;
      this.#until.delete(key);
    }
    const key = `${jkt} ${jti}`;
    if (this.#until.has(key)) throw refuse('the proof was used before: make one for each request');
    if (this.#until.size >= remembered)
      throw new ProblemError('overloaded', 'too many requests with proofs at once');
    this.#until.set(key, now + (proofAgeS + 2 * aheadS) * 1000);
  }
}
