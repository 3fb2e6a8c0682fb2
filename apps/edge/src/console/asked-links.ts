import { randomUUID } from 'node:crypto';
import type { RecordPersonAnswer } from '@interlock/contracts';
import { ProblemError } from '@interlock/kernel';
import { invitationS, newSecret, type AskedLink, type LoginState, type Maker } from './login-state.js';
import type { ConsolePerson } from './options.js';
import { sessionsRevoked, type PersonLog } from './person-log.js';

type Requested = RecordPersonAnswer['requested'];
/**
 * The answer for a link that one person wants for another: the changes that people must approve
 * first, or the secret once they have.
 */
export type LinkAnswer = { readonly requested: Requested } | { readonly secret: string };

const ended: readonly string[] = ['rejected', 'expired', 'void'];

/** Returns the requests with the person's name as the requester gave it, because audit seals it. */
const named = (requested: Requested, name: string): Requested =>
  requested.map((one) => ({
    ...one,
    loosened: one.loosened.map((each) => (each.pointer === '/name' ? { ...each, detail: name } : each)),
  }));

/**
 * Links that one person wants for another. Each is a change request. Once it is approved, only the
 * person who asked for the link can take it, because its holder could use it.
 */
export class AskedLinks {
  /** `onTaken` is called when the recipient's sessions have ended. */
  constructor(
    private readonly state: LoginState,
    private readonly log: PersonLog,
    private readonly onTaken: () => void,
  ) {}

  /** Returns the link that this person has asked for and not taken yet. */
  of(subject: string, by: string): AskedLink | undefined {
    return this.state
      .asked()
      .findLast(({ request, maker }) => request.person.subject === subject && maker.subject === by);
  }

  /**
   * Requests a link. Throws `overloaded`, and what the log throws, so that nobody is invited
   * without a record.
   */
  async ask(
    { subject, tenants, role, name }: ConsolePerson,
    maker: Maker,
    occasion: 'new' | 'link',
  ): Promise<LinkAnswer> {
    const request = {
      request_id: randomUUID(),
      person: { subject, tenants },
      by: maker.subject,
      change: {
        kind: 'invite' as const,
        invitation_id: newSecret(),
        occasion,
        role,
        name,
        expires_at: new Date(Date.now() + invitationS * 1000).toISOString(),
        // They end when the link is taken.
        ends_sessions: false,
      },
    };
    const requested = named(await this.log.requests(request), name);
    const changes = requested.map(({ tenant_id, change_id }) => ({ tenant_id, change_id }));
    const asked: AskedLink = { request, maker, changes };
    this.state.ask(asked);
    return requested.length > 0 ? { requested } : this.#taken(asked);
  }

  /**
   * Returns the link of an approved change, or the change requests if people have not approved all
   * of them. Throws `wrong-state` if one was refused; the link is then forgotten.
   */
  async take(asked: AskedLink): Promise<LinkAnswer> {
    const requested = named(await this.log.requests(asked.request), asked.request.change.name);
    const refused = requested.find(({ status }) => ended.includes(status));
    if (refused !== undefined) {
      this.state.dropAsked(asked.request.request_id);
      throw new ProblemError('wrong-state', `the change request is ${refused.status}: there is no link`, {
        remedy: 'ask for the link again',
        members: { state: refused.status },
      });
    }
    return requested.length > 0 ? { requested } : this.#taken(asked);
  }

  #taken(asked: AskedLink): LinkAnswer {
    const secret = this.state.take(asked);
    const { person, change, by } = asked.request;
    if (change.occasion === 'link') {
      this.onTaken();
      this.log.ended({ person, by, change: sessionsRevoked(null, 'new-link') });
    }
    return { secret };
  }
}
