import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { ProblemError } from '@interlock/kernel';
import type { ConsolePerson } from './options.js';
import { VersionedFile } from './versioned-file.js';

/**
 * `made_by`: the subject of the person who asked for the link; absent where the installation made
 * it.
 */
type Invitation = {
  readonly subject: string;
  readonly hash: string;
  readonly expires_at: number;
  readonly made_by?: string;
};
/** A new link that somebody asked for on another person's behalf. */
export type MadeLink = {
  readonly subject: string;
  /** The name of the person who asked. */
  readonly by: string;
  /** Seconds. */
  readonly at: number;
};
/** Who asks for a link: their subject, and the name that the person is told. */
export type Maker = { readonly subject: string; readonly name: string };
/**
 * A session that was begun here: enough to know it by when somebody looks for one that is not
 * theirs.
 */
export type KeptSession = {
  readonly id: string;
  readonly subject: string;
  readonly name: string;
  readonly tenants: readonly string[];
  readonly user_agent: string | null;
  /** Seconds. */
  readonly began_at: number;
  readonly expires_at: number;
};
/** Somebody whom an administrator invited, beside those whom the installation names itself. */
export type InvitedPerson = ConsolePerson & {
  /** The subject of who invited them. */
  readonly invited_by: string;
  /** Seconds. */
  readonly invited_at: number;
};
type Kept = {
  readonly people: readonly InvitedPerson[];
  /** Those that have not expired, the oldest first. */
  readonly sessions: readonly KeptSession[];
  readonly invitations: readonly Invitation[];
  /** What people are told when they sign in, the oldest first. */
  readonly made_links: readonly MadeLink[];
  /** Session ids that were signed out before their end, with that end; seconds. */
  readonly revoked: { readonly [session: string]: number };
  /** Sessions of a person that began before this second have ended. */
  readonly ended_before: { readonly [subject: string]: number };
};

const hashOf = (secret: string): string => createHash('sha256').update(secret).digest('base64url');
const nowS = (): number => Math.floor(Date.now() / 1000);
/** Seven days: whoever starts Interlock on a Friday finds the links good on Monday. */
export const invitationS = 7 * 24 * 3600;
/** More than anybody makes by hand; the oldest go. */
const invitationLimit = 100;
/**
 * Sessions that are listed; of more than so many at once the oldest go on, but are no longer seen.
 */
const sessionLimit = 2000;
/** More people than one would invite without an identity provider. */
const personLimit = 500;
/** How long a person is told of a link that somebody else had made. */
const toldS = 30 * 24 * 3600;
const nothing: Kept = {
  people: [],
  sessions: [],
  invitations: [],
  made_links: [],
  revoked: {},
  ended_before: {},
};

/** How often a change is tried again that other processes were faster with. */
const changeTries = 1000;
const keptIn = (text: string | undefined): Kept =>
  text === undefined ? nothing : { ...nothing, ...(JSON.parse(text) as Partial<Kept>) };

const withInvitation = (kept: Kept, subject: string, secret: string, madeBy?: string): Kept => {
  const open = kept.invitations.filter(({ expires_at: end }) => end > nowS()).slice(1 - invitationLimit);
  const invitation = {
    subject,
    hash: hashOf(secret),
    expires_at: nowS() + invitationS,
    ...(madeBy === undefined ? {} : { made_by: madeBy }),
  };
  return { ...kept, invitations: [...open, invitation] };
};

/** Why a link is not opened by the person who asked for it. */
export const madeHere = (): ProblemError =>
  new ProblemError('same-person', 'this link was asked for here, for somebody else', {
    remedy: 'send it to the person whom it signs in: they open it in their own browser',
  });

/**
 * Ends every session of a person that began until now; one that begins in the same second, after
 * this, goes on.
 */
const withoutSessions = (kept: Kept, subject: string): Kept => {
  const now = nowS();
  const just = kept.sessions
    .filter((one) => one.subject === subject && one.began_at >= now)
    .map(({ id, expires_at: end }) => [id, end] as const);
  return {
    ...kept,
    revoked: { ...kept.revoked, ...Object.fromEntries(just) },
    ended_before: { ...kept.ended_before, [subject]: now },
  };
};

/**
 * Invited people, invitations, sessions and revocations, in a file that all edges and whoever
 * invites share; none loses what another wrote. Secrets are kept as hashes. What another process
 * wrote is known here a second later.
 */
export class LoginState {
  readonly #file: VersionedFile;
  #known: { readonly kept: Kept; readonly version: number; readonly at: number } | undefined;

  constructor(file: string) {
    this.#file = new VersionedFile(file);
  }

  /** Whether nobody was ever invited: the first start. */
  get isNew(): boolean {
    return !this.#file.exists;
  }

  /**
   * As this process wrote it, or as the file said a second ago: it is looked at with every request.
   */
  #recent(): Kept {
    const known = this.#known;
    if (known !== undefined && known.at + 1000 >= Date.now()) return known.kept;
    if (known !== undefined && known.version > 0 && this.#file.newest() === known.version) {
      this.#known = { ...known, at: Date.now() };
      return known.kept;
    }
    const { version, text } = this.#file.read();
    const kept = keptIn(text);
    this.#known = { kept, version, at: Date.now() };
    return kept;
  }

  /**
   * The next question is answered by what is in the file then, not by what was there a second ago.
   */
  lookAnew(): void {
    this.#known = undefined;
  }

  /** Changes what is there now; again where another process changed it meanwhile. */
  #change(change: (kept: Kept) => Kept): void {
    for (let tries = 0; tries < changeTries; tries += 1) {
      const { version, text } = this.#file.read();
      const kept = change(keptIn(text));
      if (!this.#file.add(version, JSON.stringify(kept))) continue;
      this.#known = { kept, version: version + 1, at: Date.now() };
      return;
    }
    throw new ProblemError('service-unreachable', 'the list of sessions could not be changed', {
      members: { service: 'edge' },
      remedy: 'try again',
    });
  }

  /** A secret that signs its holder in once, as the person, within seven days. */
  invite(subject: string, madeBy?: string): string {
    const secret = randomBytes(24).toString('base64url');
    this.#change((kept) => withInvitation(kept, subject, secret, madeBy));
    return secret;
  }

  /**
   * The same, asked for by another person: it ends the sessions of the person whom it signs in, who
   * is told of it.
   */
  inviteFor(subject: string, maker: Maker): string {
    const secret = randomBytes(24).toString('base64url');
    this.#change((kept) => {
      const told = kept.made_links.filter(({ at }) => at > nowS() - toldS).slice(1 - invitationLimit);
      const madeLinks = [...told, { subject, by: maker.name, at: nowS() }];
      const ended = withoutSessions({ ...kept, made_links: madeLinks }, subject);
      return withInvitation(ended, subject, secret, maker.subject);
    });
    return secret;
  }

  /** The links that others had made for a person in the last 30 days, the newest first. */
  linksMadeFor(subject: string): readonly MadeLink[] {
    return this.#recent()
      .made_links.filter((one) => one.subject === subject && one.at > nowS() - toldS)
      .reverse();
  }

  /**
   * The same for somebody who was not known before. Throws `overloaded` where there are too many.
   */
  invitePerson(person: ConsolePerson, by: string): string {
    const secret = randomBytes(24).toString('base64url');
    this.#change((kept) => {
      if (kept.people.length >= personLimit)
        throw new ProblemError('overloaded', `no more than ${personLimit} people are invited`, {
          remedy: 'remove those who are gone, or sign in by an identity provider',
        });
      const invited = { ...person, invited_by: by, invited_at: nowS() };
      return withInvitation({ ...kept, people: [...kept.people, invited] }, person.subject, secret, by);
    });
    return secret;
  }

  /** Those whom an administrator invited, the oldest first. */
  people(): readonly InvitedPerson[] {
    return this.#recent().people;
  }

  /** Until when a link of the person signs in, in seconds; null where none is open. */
  openUntil(subject: string): number | null {
    const open = this.#recent().invitations.filter(
      (one) => one.subject === subject && one.expires_at > nowS(),
    );
    return open.reduce<number | null>((last, { expires_at: end }) => Math.max(last ?? 0, end), null);
  }

  /** Takes away somebody who was invited, with their open links; their sessions end. */
  removePerson(subject: string): void {
    this.revokeAll(subject);
    this.#change((kept) => ({
      ...kept,
      people: kept.people.filter((one) => one.subject !== subject),
      invitations: kept.invitations.filter((one) => one.subject !== subject),
    }));
  }

  /**
   * The invited person's subject; the invitation is used up. `by` is the person whose session asks.
   * Throws `unauthenticated` for an invitation that is unknown, used or too old, and `same-person`
   * where the person who asked for it would sign in as somebody else; it stays open then.
   */
  redeem(secret: string, by?: string): string {
    const asked = Buffer.from(hashOf(secret));
    let subject = '';
    this.#change((kept) => {
      const found = kept.invitations.find(({ hash }) => timingSafeEqual(Buffer.from(hash), asked));
      if (found === undefined || found.expires_at <= nowS())
        throw new ProblemError('unauthenticated', 'the invitation is unknown, used or too old', {
          remedy:
            'ask an administrator for a new link; where Interlock runs, `interlock --as NAME people link PERSON` makes one',
        });
      if (found.made_by !== undefined && found.made_by === by && by !== found.subject) throw madeHere();
      subject = found.subject;
      return { ...kept, invitations: kept.invitations.filter((one) => one !== found) };
    });
    return subject;
  }

  /** Writes down that a session began. */
  began(session: KeptSession): void {
    this.#change((kept) => {
      const still = kept.sessions.filter(({ expires_at: end }) => end > nowS()).slice(1 - sessionLimit);
      return { ...kept, sessions: [...still, session] };
    });
  }

  /** The sessions that go on, the latest first. */
  sessions(): readonly KeptSession[] {
    const { sessions } = this.#recent();
    return sessions
      .filter((one) => one.expires_at > nowS() && !this.isRevoked(one.id, one.subject, one.began_at))
      .reverse();
  }

  /** Ends a session before its time. */
  revoke(session: string, expiresAt: number): void {
    this.#change((kept) => {
      const still = Object.entries(kept.revoked).filter(([, end]) => end > nowS());
      return { ...kept, revoked: { ...Object.fromEntries(still), [session]: expiresAt } };
    });
  }

  /**
   * Ends every session of a person that began until now; one that begins in the same second, after
   * this, goes on.
   */
  revokeAll(subject: string): void {
    this.#change((kept) => withoutSessions(kept, subject));
  }

  isRevoked(session: string, subject: string, beganAt: number): boolean {
    const { revoked, ended_before: ended } = this.#recent();
    return Object.hasOwn(revoked, session) || beganAt < (ended[subject] ?? 0);
  }
}
