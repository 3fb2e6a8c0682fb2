import { randomUUID } from 'node:crypto';
import { decodeJwt } from 'jose';
import { roleScopes, type PersonChange, type Role, type Scope, type SessionView } from '@interlock/contracts';
import { isProblem, ProblemError, cutText } from '@interlock/kernel';
import {
  callerOf,
  createTokenVerifier,
  rolesIn,
  type AuthSettings,
  type TokenVerifier,
} from '@interlock/platform';
import {
  invitationIdOf,
  invitationS,
  LoginState,
  newSecret,
  type KeptSession,
  type OpenInvitation,
} from './login-state.js';
import { AskedLinks } from './asked-links.js';
import { Provider, type Grant } from './oidc.js';
import type { ConsoleLogin, ConsolePerson } from './options.js';
import { PersonLog, sessionsRevoked } from './person-log.js';
import { ended, grantIn, nowS, SessionSeal } from './session-seal.js';
import { SharedGrants } from './shared-grants.js';

/** The person who is logged in, and the source of their tokens. */
type Who = {
  readonly subject: string;
  readonly name: string;
  readonly roles: readonly Role[];
  readonly scopes: readonly Scope[];
  readonly tenants: readonly string[];
};
/** The person to whom sessions belong, and the tenants. */
type Holder = Pick<Who, 'subject' | 'tenants'>;
export type Session = {
  readonly id: string;
  readonly who: Who;
  /** The provider's tokens; absent for invited people. */
  readonly grant?: Grant;
  /** When the session began, in seconds since 1970; `expires_at` is its end. */
  readonly began_at: number;
  readonly expires_at: number;
};
/** A person who may sign in by invitation. `invited` is set if an administrator invited them. */
export type KnownPerson = {
  readonly person: ConsolePerson;
  readonly invited: { readonly by: string; readonly at: number } | undefined;
  /** When their open link expires, in seconds since 1970; null if none is open. */
  readonly open_until: number | null;
};
/** An invitation that begins a session, and the function that uses it up. */
type UsedInvitation = Omit<OpenInvitation, 'subject'> & { readonly redeem: () => void };
export type Begun = { readonly cookie: string; readonly session: Session };

const defaultSessionS = 12 * 3600;
/**
 * The life of a minted token in seconds. Services check only the token's own expiry, so it is
 * little longer than a revocation may take.
 */
const tokenS = 120;
const isoOf = (seconds: number): string => new Date(seconds * 1000).toISOString();
const whoOf = ({ subject, name, role, tenants }: ConsolePerson): Who => ({
  subject,
  name,
  roles: [role],
  scopes: roleScopes[role],
  tenants,
});

/**
 * The console's sessions. Each is an encrypted, revocable cookie with the person and the expiry.
 * For a provider's people it also contains their tokens.
 */
export class Sessions {
  readonly state: LoginState;
  readonly seal: SessionSeal;
  /** Links that one person wants for another. */
  readonly links: AskedLinks;
  readonly provider: Provider | undefined;
  readonly #login: ConsoleLogin;
  readonly #verify: TokenVerifier;
  readonly #claims: AuthSettings['claims'];
  readonly #minted = new Map<string, { readonly text: string; readonly until: number }>();
  /**
   * The newest tokens of a session in this edge. Requests with an older cookie use them too,
   * because a refresh token is valid only once.
   */
  readonly #grants = new Map<string, { readonly grant: Promise<Grant>; readonly until: number }>();
  readonly #shared: SharedGrants;
  readonly #log: PersonLog;

  constructor(login: ConsoleLogin, auth: AuthSettings) {
    this.#login = login;
    this.#claims = auth.claims;
    const sessionS = login.sessionS ?? defaultSessionS;
    this.seal = new SessionSeal(login.keys);
    const seal = {
      seal: (id: string, grant: Grant): Promise<string> => this.seal.sealGrant(id, grant, sessionS),
      open: (text: string): Promise<Grant> => this.seal.openGrant(text),
    };
    this.#shared = new SharedGrants(`${login.stateFile}.grants`, seal, sessionS);
    this.state = new LoginState(login.stateFile);
    this.#log = new PersonLog(login.record);
    this.links = new AskedLinks(this.state, this.#log, () => {
      this.#minted.clear();
    });
    this.provider = login.provider === undefined ? undefined : new Provider(login.provider);
    this.#verify = createTokenVerifier(auth);
  }

  get takesInvitations(): boolean {
    return (this.#login.people ?? []).length > 0;
  }

  /** Returns everybody who may sign in by invitation. */
  known(): readonly KnownPerson[] {
    this.state.lookAnew();
    const own = (this.#login.people ?? []).map((person) => ({ person, invited: undefined }));
    const invited = this.state
      .people()
      .map(({ invited_by: by, invited_at: at, ...person }) => ({ person, invited: { by, at } }));
    return [...own, ...invited].map((one) => ({
      ...one,
      open_until: this.state.openUntil(one.person.subject),
    }));
  }

  /** Removes an invited person with their link, their sessions and their minted tokens. */
  remove({ subject, tenants, role }: ConsolePerson, by: string): void {
    this.#minted.clear();
    this.state.removePerson(subject);
    this.#over({ subject, tenants }, by, { kind: 'remove', role });
  }

  #person(subject: string): ConsolePerson {
    const person =
      this.#login.people?.find((one) => one.subject === subject) ??
      this.state.people().find((one) => one.subject === subject);
    if (person === undefined) throw ended();
    return person;
  }

  /** Returns the cookie of a session. */
  #cookieOf({ id, who, grant, began_at: began, expires_at: expires }: Session): Promise<string> {
    const tokens =
      grant === undefined
        ? {}
        : { name: who.name, access: grant.access, renew: grant.renew, refresh: grant.refresh };
    return this.seal.seal({ ...tokens, sub: who.subject, jti: id }, 'interlock-console', began, expires);
  }

  async #begin(
    who: Who,
    grant: Grant | undefined,
    agent: string | undefined,
    used?: UsedInvitation,
  ): Promise<Begun> {
    const began = nowS();
    const session: Session = {
      id: randomUUID(),
      who,
      ...(grant === undefined ? {} : { grant }),
      began_at: began,
      expires_at: began + (this.#login.sessionS ?? defaultSessionS),
    };
    const { id, expires_at } = session;
    const { subject, name, tenants, roles } = who;
    await this.#log.opens({
      person: { subject, tenants },
      by: subject,
      change: {
        kind: 'start_session',
        session_id: id,
        by: grant === undefined ? 'invitation' : 'provider',
        roles,
        name,
        expires_at: isoOf(expires_at),
        ...(used === undefined ? {} : { invitation: { id: used.id, made_by: used.made_by } }),
      },
    });
    used?.redeem();
    const user_agent = agent === undefined ? null : cutText(agent, 256);
    this.state.began({ id, subject, name, tenants, user_agent, began_at: began, expires_at });
    return { cookie: await this.#cookieOf(session), session };
  }

  /** Makes a new link for a person who asks for their own. Throws what the log throws. */
  async ownLink({ subject, tenants, role, name }: ConsolePerson): Promise<string> {
    const secret = newSecret();
    await this.#log.opens({
      person: { subject, tenants },
      by: subject,
      change: {
        kind: 'invite',
        invitation_id: invitationIdOf(secret),
        occasion: 'link',
        role,
        name,
        expires_at: isoOf(nowS() + invitationS),
        ends_sessions: false,
      },
    });
    return this.state.invite(subject, subject, secret);
  }

  /**
   * Begins a session with an invitation; `by` is the person of the current session. Throws
   * `unauthenticated`, `same-person`, and what the log throws; the invitation then stays open.
   */
  async begin(invitation: string, agent?: string, by?: string): Promise<Begun> {
    const { subject, ...open } = this.state.opened(invitation, by);
    const redeem = (): void => {
      this.state.redeem(invitation, by);
    };
    return this.#begin(whoOf(this.#person(subject)), undefined, agent, { ...open, redeem });
  }

  /** Returns a session in the form that the browser gets. */
  view({ who, expires_at: expires }: Session): SessionView {
    return {
      name: who.name,
      role: who.roles[0] ?? null,
      roles: who.roles,
      scopes: who.scopes,
      tenants: who.tenants,
      expires_at: isoOf(expires),
      links_made: this.state.linksMadeFor(who.subject).map(({ by, at }) => ({ by, at: isoOf(at) })),
    };
  }

  /**
   * Begins a session with the provider's tokens, after the checks that services make. Throws
   * `unauthenticated`, `service-unreachable`.
   */
  async beginAs(grant: Grant, name: string | undefined, agent?: string): Promise<Begun> {
    await this.#check(grant);
    return this.#begin(this.#whoIn(grant, name), grant, agent);
  }

  async #check({ access }: Grant): Promise<void> {
    const { kind } = await this.#verify(access);
    if (kind !== 'person') throw new ProblemError('unauthenticated', 'only people log in to the console');
  }

  /** Returns the person of a token that is already verified. */
  #whoIn({ access }: Grant, name: string | undefined): Who {
    const claims = decodeJwt(access);
    const names = this.#claims;
    const { subject, scopes, tenants } = callerOf(claims, names);
    return { subject, name: name ?? subject, roles: rolesIn(claims, names), scopes, tenants };
  }

  /**
   * Returns the session of a cookie. Throws `unauthenticated` if the session is forged, ended or
   * revoked.
   */
  async open(cookie: string): Promise<Session> {
    const claims = await this.seal.open(cookie, 'interlock-console');
    const { sub = '', jti = '', iat = 0, exp = 0 } = claims;
    if (jti === '' || this.state.isRevoked(jti, sub, iat)) throw ended();
    const times = { id: jti, began_at: iat, expires_at: exp };
    const grant = grantIn(claims);
    if (grant === undefined) return { ...times, who: whoOf(this.#person(sub)) };
    const { name } = claims;
    return { ...times, grant, who: this.#whoIn(grant, typeof name === 'string' ? name : undefined) };
  }

  /** True if an opened session has since expired or ended. */
  isOver({ id, who, began_at: began, expires_at: expires }: Session): boolean {
    return expires <= nowS() || this.state.isRevoked(id, who.subject, began);
  }

  /** Ends a session here, and its login at the provider if the provider answers. */
  async end(session: Session): Promise<void> {
    this.#drop(session.id, session.expires_at);
    this.#over(session.who, session.who.subject, { kind: 'end_session', session_id: session.id });
    if (session.grant === undefined || this.provider === undefined) return;
    const { grant, id } = session;
    const own = await (this.#grants.get(id)?.grant.catch(() => grant) ?? grant);
    const shared = await this.#shared.held(id).catch(() => undefined);
    this.#grants.delete(id);
    this.#shared.drop(id);
    // The session has ended here in any case, and the provider's tokens expire by themselves.
    const newest = shared !== undefined && shared.renew > own.renew ? shared : own;
    await this.provider.revoke(newest).catch(() => undefined);
  }

  #drop(id: string, expires: number): void {
    this.#minted.delete(id);
    this.state.revoke(id, expires);
  }

  #over({ subject, tenants }: Holder, by: string | null, change: PersonChange): void {
    this.#log.ended({ person: { subject, tenants }, by, change });
  }

  /**
   * Ends another session, of the same person or as an administrator; `by` is the subject of the
   * caller.
   */
  revoke(session: KeptSession, by: string): void {
    this.#drop(session.id, session.expires_at);
    this.#over(session, by, sessionsRevoked(session.id, 'revoked'));
  }

  /** Ends every session of a person that has begun, at their own request. */
  endAll(holder: Holder): void {
    this.#minted.clear();
    this.state.revokeAll(holder.subject);
    this.#over(holder, holder.subject, sessionsRevoked(null, 'revoked'));
  }

  /**
   * Returns a token of the session's person that services accept, and a new `cookie` if the session
   * needs one. Throws `unauthenticated`, `service-unreachable`.
   */
  async tokenOf(session: Session): Promise<{ readonly token: string; readonly cookie?: string }> {
    const { grant } = session;
    if (grant === undefined) return { token: await this.#mint(session) };
    const newest = await this.#newest(session, grant);
    if (newest === grant) return { token: grant.access };
    return { token: newest.access, cookie: await this.#cookieOf({ ...session, grant: newest }) };
  }

  /**
   * Returns the newest tokens. INVARIANT: nothing is awaited between the lookup and the refresh, so
   * that two requests here never both refresh. `SharedGrants` ensures the same between edges.
   */
  async #newest(session: Session, grant: Grant): Promise<Grant> {
    const { id, expires_at: until } = session;
    for (;;) {
      const held = this.#grants.get(id);
      const other = await held?.grant;
      const current = other !== undefined && other.renew > grant.renew ? other : grant;
      if (current.renew > Date.now() / 1000) return current;
      if (this.#grants.get(id) !== held) continue;
      for (const [one, { until: end }] of this.#grants) if (end <= nowS()) this.#grants.delete(one);
      const asked = this.#refreshed(session, current).catch((error: unknown) => {
        this.#grants.delete(id);
        throw error;
      });
      this.#grants.set(id, { grant: asked, until });
      return asked;
    }
  }

  /**
   * Returns refreshed tokens, from this edge or another. A session that ended meanwhile gets none,
   * and its new tokens are revoked.
   */
  async #refreshed(session: Session, known: Grant): Promise<Grant> {
    const requireOpen = (): void => {
      this.state.lookAnew();
      if (this.isOver(session)) throw ended();
    };
    const refresh = (current: Grant): Promise<Grant> => this.#ask(session, current);
    const next = await this.#shared.newest({ id: session.id, known, refresh, requireOpen });
    try {
      requireOpen();
    } catch (error) {
      this.#shared.drop(session.id);
      await this.provider?.revoke(next).catch(() => undefined);
      throw error;
    }
    return next;
  }

  /**
   * Asks the provider for new tokens. A refusal ends the session for all edges before any of them
   * asks again.
   */
  async #ask({ id, who, expires_at: expires }: Session, grant: Grant): Promise<Grant> {
    if (this.provider === undefined) throw ended();
    try {
      const next = await this.provider.refresh(grant);
      await this.#check(next);
      return next;
    } catch (error) {
      if (isProblem(error) && error.code !== 'service-unreachable') {
        this.#drop(id, expires);
        this.#over(who, null, sessionsRevoked(id, 'provider'));
      }
      throw error;
    }
  }

  async #mint({ id, who }: Session): Promise<string> {
    const now = nowS();
    const known = this.#minted.get(id);
    if (known !== undefined && known.until > now) return known.text;
    if (this.#login.mint === undefined) throw ended();
    const text = await this.#login.mint(this.#person(who.subject), tokenS);
    for (const [other, { until }] of this.#minted) if (until <= now) this.#minted.delete(other);
    this.#minted.set(id, { text, until: now + tokenS / 2 });
    return text;
  }
}
