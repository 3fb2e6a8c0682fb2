import { calculateJwkThumbprint, importJWK } from 'jose';
import type { PublicJwk } from '@interlock/contracts';
import { isObject, ProblemError } from '@interlock/kernel';

const algorithms = { Ed25519: 'EdDSA', 'P-256': 'ES256' } as const;

const fault = (pointer: string, detail: string, cause?: unknown): ProblemError =>
  new ProblemError('validation-failed', 'the key has 1 fault', {
    violations: [{ pointer, detail }],
    ...(cause === undefined ? {} : { cause }),
  });

/**
 * Returns the public key in a JWK and its thumbprint (RFC 7638), without any other member. Throws
 * `validation-failed` for another kind of key, and for one with its private part.
 */
export const readPublicJwk = async (
  value: object,
  pointer: string,
): Promise<{ readonly jkt: string; readonly jwk: PublicJwk }> => {
  const given = isObject(value) ? value : {};
  if (given['d'] !== undefined)
    throw fault(`${pointer}/d`, 'must not be there: the private key stays with the agent');
  const { kty, crv, x, y } = given;
  const jwk: PublicJwk | undefined =
    kty === 'OKP' && crv === 'Ed25519' && typeof x === 'string'
      ? { kty, crv, x }
      : kty === 'EC' && crv === 'P-256' && typeof x === 'string' && typeof y === 'string'
        ? { kty, crv, x, y }
        : undefined;
  if (jwk === undefined) throw fault(pointer, 'must be a public key of Ed25519 or P-256 as a JWK');
  try {
    await importJWK(jwk, algorithms[jwk.crv]);
  } catch (error) {
    throw fault(pointer, 'must be a valid key', error);
  }
  return { jkt: await calculateJwkThumbprint(jwk), jwk };
};
