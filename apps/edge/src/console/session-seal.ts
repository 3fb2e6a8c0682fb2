import { EncryptJWT, jwtDecrypt, type JWTPayload } from 'jose';
import { ProblemError } from '@interlock/kernel';
import type { Flow, Grant } from './oidc.js';

/** The use of a sealed text. A text for one use cannot be opened for another. */
export type SealUse =
  'interlock-console' | 'interlock-console-login' | 'interlock-console-grant' | 'interlock-console-refusal';

/** The seconds within which a login at the provider must end. */
export const flowS = 600;
export const nowS = (): number => Math.floor(Date.now() / 1000);

export const ended = (cause?: unknown): ProblemError =>
  new ProblemError('unauthenticated', 'the session has ended', { cause, remedy: 'log in again' });

/** Returns the tokens in unsealed claims; undefined if there are none. */
export const grantIn = ({ access, renew, refresh }: JWTPayload): Grant | undefined =>
  typeof access === 'string'
    ? { access, renew: Number(renew), ...(typeof refresh === 'string' ? { refresh } : {}) }
    : undefined;

/** Encrypts the data that the console keeps in cookies and files, with the console's key. */
export class SessionSeal {
  /** The first key seals; all of them open. */
  constructor(private readonly keys: readonly [Uint8Array, ...Uint8Array[]]) {}

  /** Encrypts claims. Both times are in seconds since 1970. */
  seal(claims: JWTPayload, use: SealUse, began: number, until: number): Promise<string> {
    return new EncryptJWT(claims)
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
      .setIssuer(use)
      .setIssuedAt(began)
      .setExpirationTime(until)
      .encrypt(this.keys[0]);
  }

  /**
   * Decrypts claims. Throws `unauthenticated` if the text is forged, expired, or for another use.
   */
  async open(text: string, use: SealUse): Promise<JWTPayload> {
    let cause: unknown;
    for (const key of this.keys)
      try {
        const { payload } = await jwtDecrypt(text, key, {
          issuer: use,
          keyManagementAlgorithms: ['dir'],
          contentEncryptionAlgorithms: ['A256GCM'],
          requiredClaims: ['iat', 'exp'],
        });
        return payload;
      } catch (error) {
        cause = error;
      }
    throw ended(cause);
  }

  /** Returns a cookie that carries a login to the provider and back. */
  sealFlow({ ...flow }: Flow): Promise<string> {
    return this.seal(flow, 'interlock-console-login', nowS(), nowS() + flowS);
  }

  /** Returns the login in such a cookie. Throws `unauthenticated`. */
  async openFlow(cookie: string): Promise<Flow> {
    const { state, nonce, verifier, next } = await this.open(cookie, 'interlock-console-login');
    return { state: String(state), nonce: String(nonce), verifier: String(verifier), next: String(next) };
  }

  /** Seals the tokens of a session, for the file that edges share. */
  sealGrant(id: string, grant: Grant, lifeS: number): Promise<string> {
    return this.seal({ ...grant, jti: id }, 'interlock-console-grant', nowS(), nowS() + lifeS);
  }

  /** Opens sealed tokens. Throws `unauthenticated`. */
  async openGrant(text: string): Promise<Grant> {
    const grant = grantIn(await this.open(text, 'interlock-console-grant'));
    if (grant === undefined) throw ended();
    return grant;
  }
}
