import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { ProblemError } from '@interlock/kernel';

type Invitation = { readonly subject: string; readonly hash: string; readonly expires_at: number };
/** A session that was begun here: enough to know it by when somebody looks for one that is not theirs. */
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
type Kept = {
  /** Those that have not expired, the oldest first. */
  readonly sessions: readonly KeptSession[];
  readonly invitations: readonly Invitation[];
  /** Session ids that were signed out before their end, with that end; seconds. */
  readonly revoked: { readonly [session: string]: number };
  /** Sessions of a person that began before this second have ended. */
  readonly ended_before: { readonly [subject: string]: number };
};

const hashOf = (secret: string): string => createHash('sha256').update(secret).digest('base64url');
const nowS = (): number => Math.floor(Date.now() / 1000);
/** Seven days: whoever starts Interlock on a Friday finds the links good on Monday. */
const invitationS = 7 * 24 * 3600;
/** More than anybody makes by hand; the oldest go. */
const invitationLimit = 100;
/** Sessions that are listed; of more than so many at once the oldest go on, but are no longer seen. */
const sessionLimit = 2000;
const nothing: Kept = { sessions: [], invitations: [], revoked: {}, ended_before: {} };

/** Invitations, sessions and revocations, in one file that is written whole or not at all. Secrets are kept as hashes. */
export class LoginState {
  #known: { readonly kept: Kept; readonly at: number } | undefined;

  constructor(private readonly file: string) {}

  /** Whether nobody was ever invited: the first start. */
  get isNew(): boolean {
    return !existsSync(this.file);
  }

  #read(): Kept {
    if (!existsSync(this.file)) return nothing;
    return { ...nothing, ...(JSON.parse(readFileSync(this.file, 'utf8')) as Partial<Kept>) };
  }

  /** As this process wrote it, or as the file said a second ago: it is looked at with every request. */
  #recent(): Kept {
    if (this.#known === undefined || this.#known.at + 1000 < Date.now())
      this.#known = { kept: this.#read(), at: Date.now() };
    return this.#known.kept;
  }

  #write(kept: Kept): void {
    writeFileSync(`${this.file}.tmp`, JSON.stringify(kept), { mode: 0o600 });
    renameSync(`${this.file}.tmp`, this.file);
    this.#known = { kept, at: Date.now() };
  }

  /** A secret that signs its holder in once, as the person, within seven days. */
  invite(subject: string): string {
    const secret = randomBytes(24).toString('base64url');
    const kept = this.#read();
    const open = kept.invitations.filter(({ expires_at: end }) => end > nowS()).slice(1 - invitationLimit);
    this.#write({
      ...kept,
      invitations: [...open, { subject, hash: hashOf(secret), expires_at: nowS() + invitationS }],
    });
    return secret;
  }

  /** The invited person's subject; the invitation is used up. Throws `unauthenticated` for one that is unknown, used or too old. */
  redeem(secret: string): string {
    const kept = this.#read();
    const asked = Buffer.from(hashOf(secret));
    const found = kept.invitations.find(({ hash }) => timingSafeEqual(Buffer.from(hash), asked));
    if (found === undefined || found.expires_at <= nowS())
      throw new ProblemError('unauthenticated', 'the invitation is unknown, used or too old', {
        remedy: 'start Interlock with `--invite` for new links',
      });
    this.#write({ ...kept, invitations: kept.invitations.filter((one) => one !== found) });
    return found.subject;
  }

  /** Writes down that a session began. */
  began(session: KeptSession): void {
    const kept = this.#read();
    const still = kept.sessions.filter(({ expires_at: end }) => end > nowS()).slice(1 - sessionLimit);
    this.#write({ ...kept, sessions: [...still, session] });
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
    const kept = this.#read();
    const still = Object.entries(kept.revoked).filter(([, end]) => end > nowS());
    this.#write({ ...kept, revoked: { ...Object.fromEntries(still), [session]: expiresAt } });
  }

  /** Ends every session of a person that began until now. */
  revokeAll(subject: string): void {
    const kept = this.#read();
    this.#write({ ...kept, ended_before: { ...kept.ended_before, [subject]: nowS() + 1 } });
  }

  isRevoked(session: string, subject: string, beganAt: number): boolean {
    const { revoked, ended_before: ended } = this.#recent();
    return Object.hasOwn(revoked, session) || beganAt < (ended[subject] ?? 0);
  }
}
