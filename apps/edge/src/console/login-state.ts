import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { RecordPersonRequest } from '@interlock/contracts';
import { ProblemError } from '@interlock/kernel';
import type { ConsolePerson } from './options.js';
import { VersionedFile } from './versioned-file.js';

/**
 * An invitation. `made_by` is the subject of the person who requested the link; absent if the
 * installation made it.
 */
type Invitation = {
  readonly subject: string;
  readonly hash: string;
  readonly expires_at: number;
  readonly made_by?: string;
  /** The invitation's id in events; if absent, it is derived from the secret. */
  readonly id?: string;
};
/** A link that may still be used. */
export type OpenInvitation = {
  readonly id: string;
  readonly subject: string;
  readonly made_by: 'person' | 'installation';
};
/** A new link that one person requested for another. */
export type MadeLink = {
  readonly subject: string;
  /** The name of the person who requested it. */
  readonly by: string;
  /** When it was made, in seconds since 1970. */
  readonly at: number;
};
/** The person who requests a link: their subject, and the name shown to its recipient. */
export type Maker = { readonly subject: string; readonly name: string };
/** A session that began here, with enough detail to recognise a foreign one. */
export type KeptSession = {
  readonly id: string;
  readonly subject: string;
  readonly name: string;
  readonly tenants: readonly string[];
  readonly user_agent: string | null;
  /** When the session began, in seconds since 1970; `expires_at` is its end. */
  readonly began_at: number;
  readonly expires_at: number;
};
/** A person invited by an administrator, in addition to those that the installation names. */
export type InvitedPerson = ConsolePerson & {
  /** The subject of the inviting administrator. */
  readonly invited_by: string;
  /** When they were invited, in seconds since 1970. */
  readonly invited_at: number;
};
/** A link that a person wants for another, and that others must approve first. */
export type AskedLink = {
  /** The request to audit, which is repeated after the approval. */
  readonly request: RecordPersonRequest & {
    readonly change: Extract<RecordPersonRequest['change'], { readonly kind: 'invite' }>;
  };
  readonly maker: Maker;
  readonly changes: readonly { readonly tenant_id: string; readonly change_id: string }[];
};
type Kept = {
  readonly people: readonly InvitedPerson[];
  /** The sessions that have not expired, oldest first. */
  readonly sessions: readonly KeptSession[];
  readonly invitations: readonly Invitation[];
  /** The links that wait for an approval, oldest first. */
  readonly asked: readonly AskedLink[];
  /** The links that people are shown when they sign in, oldest first. */
  readonly made_links: readonly MadeLink[];
  /** The ids of sessions that were signed out early, with their original end in seconds. */
  readonly revoked: { readonly [session: string]: number };
  /** The second before which a person's sessions have ended, by subject. */
  readonly ended_before: { readonly [subject: string]: number };
};

const hashOf = (secret: string): string => createHash('sha256').update(secret).digest('base64url');
const nowS = (): number => Math.floor(Date.now() / 1000);
/** Seven days, so that links from a Friday still work on Monday. */
export const invitationS = 7 * 24 * 3600;
/** The most open invitations, which is more than anybody makes by hand. The oldest are dropped. */
const invitationLimit = 100;
/** The most sessions in the list. Older ones continue but are no longer listed. */
const sessionLimit = 2000;
/** The most invited people, which is more than one would invite without an identity provider. */
const personLimit = 500;
/** How long a person is shown a link that another person made, in seconds. */
const rememberedS = 30 * 24 * 3600;
/** Returns the secret of a new link. */
export const newSecret = (): string => randomBytes(24).toString('base64url');
/** Returns the id of a link in events. It reveals nothing about the secret. */
export const invitationIdOf = (secret: string): string => hashOf(secret).slice(0, 22);
const nothing: Kept = {
  people: [],
  sessions: [],
  invitations: [],
  asked: [],
  made_links: [],
  revoked: {},
  ended_before: {},
};

/** The most attempts at a change if other processes write first. */
const changeTries = 1000;
const keptIn = (text: string | undefined): Kept =>
  text === undefined ? nothing : { ...nothing, ...(JSON.parse(text) as Partial<Kept>) };

const withInvitation = (
  kept: Kept,
  secret: string,
  invitation: Omit<Invitation, 'hash' | 'expires_at'> & { readonly expires_at?: number },
): Kept => {
  const open = kept.invitations.filter(({ expires_at: end }) => end > nowS()).slice(1 - invitationLimit);
  return {
    ...kept,
    invitations: [...open, { expires_at: nowS() + invitationS, ...invitation, hash: hashOf(secret) }],
  };
};

/** True while the link could still be used if it were approved. */
const isOpen = ({ request }: AskedLink): boolean => Date.parse(request.change.expires_at) > Date.now();

/** Returns the refusal of a link that is opened by the person who requested it. */
export const madeHere = (): ProblemError =>
  new ProblemError('same-person', 'this link was asked for here, for somebody else', {
    remedy: 'send it to the person whom it signs in: they open it in their own browser',
  });

const openInvitation = (kept: Kept, secret: string, by: string | undefined): Invitation => {
  const asked = Buffer.from(hashOf(secret));
  const found = kept.invitations.find(({ hash }) => timingSafeEqual(Buffer.from(hash), asked));
  if (found === undefined || found.expires_at <= nowS())
    throw new ProblemError('unauthenticated', 'the invitation is unknown, used or too old', {
      remedy:
        'ask an administrator for a new link; where Interlock runs, `interlock --as PERSON people link PERSON` makes one',
    });
  if (found.made_by !== undefined && found.made_by === by && by !== found.subject) throw madeHere();
  return found;
};

/**
 * Ends every session of a person that has begun. One that begins later in the same second
 * continues.
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
 * Invited people, invitations, sessions and revocations, in a file shared by all edges and inviting
 * programs. No process loses another's writes. Secrets are kept as hashes. Other processes' writes
 * are visible here after at most a second.
 */
export class LoginState {
  readonly #file: VersionedFile;
  #known: { readonly kept: Kept; readonly version: number; readonly at: number } | undefined;

  constructor(file: string) {
    this.#file = new VersionedFile(file);
  }

  /** True if nobody was ever invited: the first start. */
  get isNew(): boolean {
    return !this.#file.exists;
  }

  /**
   * Returns this process's last write, or the file's content at most a second ago. Every request
   * reads this.
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

  /** Makes the next read use the file's current content. */
  lookAnew(): void {
    this.#known = undefined;
  }

  /** Applies a change to the current content; retries if another process changed it meanwhile. */
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

  /** Returns a secret that signs its holder in once as the person, within seven days. */
  invite(subject: string, madeBy?: string, secret = newSecret()): string {
    const made = madeBy === undefined ? {} : { made_by: madeBy };
    this.#change((kept) => withInvitation(kept, secret, { subject, ...made }));
    return secret;
  }

  /** Stores a link that others must approve first. Throws `overloaded` if there are too many. */
  ask(asked: AskedLink): void {
    this.#change((kept) => {
      const open = kept.asked.filter(isOpen);
      const isNew = asked.request.change.occasion === 'new';
      const invited = open.filter(({ request }) => request.change.occasion === 'new').length;
      if (open.length >= invitationLimit || (isNew && kept.people.length + invited >= personLimit))
        throw new ProblemError('overloaded', `no more than ${personLimit} people are invited`, {
          remedy: 'remove people who have left, or sign in through an identity provider',
        });
      return { ...kept, asked: [...open, asked] };
    });
  }

  /** Returns the links that others must approve first, oldest first. */
  asked(): readonly AskedLink[] {
    return this.#recent().asked.filter(isOpen);
  }

  /** Forgets a link that nobody approved. */
  dropAsked(requestId: string): void {
    this.#change((kept) => ({
      ...kept,
      asked: kept.asked.filter(({ request }) => request.request_id !== requestId),
    }));
  }

  /**
   * Turns an approved link into a secret, once. A new person may sign in from now on. The sessions
   * of an existing person end, and the person is notified of it. Throws `not-found` if the link was
   * taken already.
   */
  take({ request, maker }: AskedLink, secret = newSecret()): string {
    this.#change((kept) => {
      const asked = kept.asked.filter((one) => one.request.request_id !== request.request_id);
      if (asked.length === kept.asked.length)
        throw new ProblemError('not-found', 'the link was made already', {
          remedy: 'ask for another link',
        });
      const { person, change } = request;
      const opened = withInvitation({ ...kept, asked }, secret, {
        id: change.invitation_id,
        subject: person.subject,
        made_by: maker.subject,
        expires_at: Math.floor(Date.parse(change.expires_at) / 1000),
      });
      if (change.occasion === 'new') {
        const { name, role } = change;
        const invited = { ...person, name, role, invited_by: maker.subject, invited_at: nowS() };
        return { ...opened, people: [...kept.people, invited] };
      }
      const remembered = kept.made_links
        .filter(({ at }) => at > nowS() - rememberedS)
        .slice(1 - invitationLimit);
      const madeLinks = [...remembered, { subject: person.subject, by: maker.name, at: nowS() }];
      return withoutSessions({ ...opened, made_links: madeLinks }, person.subject);
    });
    return secret;
  }

  /** Returns the links that others made for a person in the last 30 days, newest first. */
  linksMadeFor(subject: string): readonly MadeLink[] {
    return this.#recent()
      .made_links.filter((one) => one.subject === subject && one.at > nowS() - rememberedS)
      .reverse();
  }

  /** Returns the people whom an administrator invited, oldest first. */
  people(): readonly InvitedPerson[] {
    return this.#recent().people;
  }

  /**
   * Returns when the person's last open link expires, in seconds since 1970; null if none is open.
   */
  openUntil(subject: string): number | null {
    const open = this.#recent().invitations.filter(
      (one) => one.subject === subject && one.expires_at > nowS(),
    );
    return open.reduce<number | null>((last, { expires_at: end }) => Math.max(last ?? 0, end), null);
  }

  /** Removes an invited person with their open links, and ends their sessions. */
  removePerson(subject: string): void {
    this.revokeAll(subject);
    this.#change((kept) => ({
      ...kept,
      people: kept.people.filter((one) => one.subject !== subject),
      asked: kept.asked.filter(({ request }) => request.person.subject !== subject),
      invitations: kept.invitations.filter((one) => one.subject !== subject),
    }));
  }

  /**
   * Returns the open invitation with this secret, which stays open. Throws what `redeem` throws.
   */
  opened(secret: string, by?: string): OpenInvitation {
    const { id, subject, made_by: maker } = openInvitation(keptIn(this.#file.read().text), secret, by);
    return {
      id: id ?? invitationIdOf(secret),
      subject,
      made_by: maker === undefined ? 'installation' : 'person',
    };
  }

  /**
   * Uses up an invitation and returns the invited person's subject. `by` is the person of the
   * current session. Throws `unauthenticated` for an unknown, used or expired invitation. Throws
   * `same-person`, and keeps the invitation, if the person who requested it would sign in as
   * somebody else.
   */
  redeem(secret: string, by?: string): string {
    let subject = '';
    this.#change((kept) => {
      const found = openInvitation(kept, secret, by);
      subject = found.subject;
      return { ...kept, invitations: kept.invitations.filter((one) => one !== found) };
    });
    return subject;
  }

  /** Records that a session began. */
  began(session: KeptSession): void {
    this.#change((kept) => {
      const still = kept.sessions.filter(({ expires_at: end }) => end > nowS()).slice(1 - sessionLimit);
      return { ...kept, sessions: [...still, session] };
    });
  }

  /** Returns the current sessions, latest first. */
  sessions(): readonly KeptSession[] {
    const { sessions } = this.#recent();
    return sessions
      .filter((one) => one.expires_at > nowS() && !this.isRevoked(one.id, one.subject, one.began_at))
      .reverse();
  }

  /** Ends a session early. */
  revoke(session: string, expiresAt: number): void {
    this.#change((kept) => {
      const still = Object.entries(kept.revoked).filter(([, end]) => end > nowS());
      return { ...kept, revoked: { ...Object.fromEntries(still), [session]: expiresAt } };
    });
  }

  /**
   * Ends every session of a person that has begun. One that begins later in the same second
   * continues.
   */
  revokeAll(subject: string): void {
    this.#change((kept) => withoutSessions(kept, subject));
  }

  isRevoked(session: string, subject: string, beganAt: number): boolean {
    const { revoked, ended_before: ended } = this.#recent();
    return Object.hasOwn(revoked, session) || beganAt < (ended[subject] ?? 0);
  }
}
