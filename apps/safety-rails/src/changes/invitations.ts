import { actorKey, parseStream } from '@interlock/contracts';
import { createFollower, type LogFollower } from '@interlock/eventstore';
import { invitedWithinDays, type EventStore } from '@interlock/kernel';
import { EVENT_STORE } from '@interlock/platform';
import { isFounderAlone, noneSignedIn, withSignIn, type SignedIn } from '@interlock/rails';
import { Inject, Injectable } from '@nestjs/common';

type Invitation = { readonly by: string; readonly of: string; readonly at: number };

const withinMs = invitedWithinDays * 24 * 3_600_000;

/**
 * The invitations between people, from the log. Two people count as one for 30 days after one
 * invited the other, because the invited person may act for the inviter.
 */
@Injectable()
export class Invitations {
  readonly follower: LogFollower;
  /** The invitations by tenant. */
  readonly #invitations = new Map<string, Invitation[]>();
  /** The people who have signed in, by tenant. */
  readonly #signedIn = new Map<string, SignedIn>();

  constructor(@Inject(EVENT_STORE) store: EventStore) {
    this.follower = createFollower(store, {
      name: 'safety-rails-invitations',
      prefixes: ['person-'],
      onEvent: ({ type, stream, metadata, data }) => {
        const person = parseStream(stream);
        if (person === undefined) return;
        this.#signedIn.set(
          person.tenant,
          withSignIn(this.#signedIn.get(person.tenant) ?? noneSignedIn, person.id, { type, data }),
        );
        if (type !== 'PersonInvited') return;
        const known = this.#invitations.get(person.tenant) ?? [];
        known.push({
          by: actorKey(metadata.actor),
          of: `person:${person.id}`,
          at: Date.parse(metadata.occurred_at),
        });
        this.#invitations.set(person.tenant, known);
      },
    });
  }

  /**
   * Returns true while the tenant's only signed-in person is one whom the installation invited.
   * Throws `not-current` if the log cannot be read to its end.
   */
  async isFounderAlone(tenantId: string): Promise<boolean> {
    await this.follower.ensureCurrent(true);
    return isFounderAlone(this.#signedIn.get(tenantId) ?? noneSignedIn);
  }

  /**
   * Returns everybody whom the person invited within 30 days before `now`, and the person's
   * inviters. Throws `not-current` if the log cannot be read to its end.
   */
  async related(tenantId: string, keys: readonly string[], now: Date): Promise<readonly string[]> {
    await this.follower.ensureCurrent(true);
    const since = now.getTime() - withinMs;
    return [
      ...new Set(
        (this.#invitations.get(tenantId) ?? [])
          .filter(({ at }) => at >= since)
          .flatMap(({ by, of }) => (keys.includes(by) ? [of] : keys.includes(of) ? [by] : [])),
      ),
    ];
  }
}
