import { randomUUID } from 'node:crypto';
import { EncryptJWT, jwtDecrypt } from 'jose';
import { roleScopes, type SessionView } from '@interlock/contracts';
import { ProblemError } from '@interlock/kernel';
import { LoginState } from './login-state.js';
import type { ConsolePerson, InvitedLogin } from './options.js';

export type Session = {
  readonly id: string;
  readonly person: ConsolePerson;
  /** Seconds. */
  readonly began_at: number;
  readonly expires_at: number;
};

const issuer = 'interlock-console';
const defaultSessionS = 12 * 3600;
/** Services judge a token by its own end, so one that was minted lives little longer than a revocation may take. */
const tokenS = 120;
const ended = (cause?: unknown): ProblemError =>
  new ProblemError('unauthenticated', 'the session has ended', { cause, remedy: 'sign in again' });

/** The console's sessions: an encrypted cookie each, that names who and until when, and can be revoked. */
export class Sessions {
  readonly state: LoginState;
  readonly #login: InvitedLogin;
  readonly #tokens = new Map<string, { readonly text: string; readonly until: number }>();

  constructor(login: InvitedLogin) {
    this.#login = login;
    this.state = new LoginState(login.stateFile);
  }

  #person(subject: string): ConsolePerson {
    const person = this.#login.people.find((one) => one.subject === subject);
    if (person === undefined) throw ended();
    return person;
  }

  /** Begins a session with an invitation; answers the cookie's value. Throws `unauthenticated`. */
  async begin(invitation: string): Promise<{ readonly cookie: string; readonly session: Session }> {
    const person = this.#person(this.state.redeem(invitation));
    const began = Math.floor(Date.now() / 1000);
    const expires = began + (this.#login.sessionS ?? defaultSessionS);
    const id = randomUUID();
    const cookie = await new EncryptJWT({})
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
      .setIssuer(issuer)
      .setSubject(person.subject)
      .setJti(id)
      .setIssuedAt(began)
      .setExpirationTime(expires)
      .encrypt(this.#login.key);
    return { cookie, session: { id, person, began_at: began, expires_at: expires } };
  }

  /** The session of a cookie. Throws `unauthenticated` for what is forged, ended or revoked. */
  async open(cookie: string): Promise<Session> {
    let claims;
    try {
      ({ payload: claims } = await jwtDecrypt(cookie, this.#login.key, {
        issuer,
        keyManagementAlgorithms: ['dir'],
        contentEncryptionAlgorithms: ['A256GCM'],
        requiredClaims: ['sub', 'jti', 'iat', 'exp'],
      }));
    } catch (cause) {
      throw ended(cause);
    }
    const { sub = '', jti = '', iat = 0, exp = 0 } = claims;
    if (this.state.isRevoked(jti, sub, iat)) throw ended();
    return { id: jti, person: this.#person(sub), began_at: iat, expires_at: exp };
  }

  end({ id, expires_at: expires }: Session): void {
    this.#tokens.delete(id);
    this.state.revoke(id, expires);
  }

  endAll({ person }: Session): void {
    this.#tokens.clear();
    this.state.revokeAll(person.subject);
  }

  /** A token that services accept, of the session's person. */
  async tokenOf({ id, person }: Session): Promise<string> {
    const now = Date.now() / 1000;
    const known = this.#tokens.get(id);
    if (known !== undefined && known.until > now) return known.text;
    const text = await this.#login.mint(person, tokenS);
    for (const [other, { until }] of this.#tokens) if (until <= now) this.#tokens.delete(other);
    this.#tokens.set(id, { text, until: now + tokenS / 2 });
    return text;
  }
}

/** What the browser is told of a session. */
export const sessionView = ({ person, expires_at: expires }: Session): SessionView => ({
  name: person.name,
  role: person.role,
  scopes: roleScopes[person.role],
  tenants: person.tenants,
  expires_at: new Date(expires * 1000).toISOString(),
});
