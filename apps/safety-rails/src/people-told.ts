import { parseStream, reachOf, type ChannelReach, type ReachSettings } from '@interlock/contracts';
import { createFollower, type LogFollower } from '@interlock/eventstore';
import type { EventStore, RecordedEvent } from '@interlock/kernel';
import { EVENT_STORE } from '@interlock/platform';
import { Inject, Injectable } from '@nestjs/common';

/** The alert that tells people that an action asks for them; its subject is the action's stream. */
const personAsked = 'person_asked';
type Configured = { readonly channel_id: string; readonly settings: ReachSettings };
type Fired = {
  readonly name: string;
  readonly subject?: string;
  readonly episode?: number;
  readonly cause: { readonly type: string };
};
type Delivered = { readonly channel_id: string; readonly what: string; readonly episode: number };
type Asked = { readonly action: string; readonly episode: number | undefined; readonly ofWindow: boolean };

/** Which tenants have channels, and which open confirmation windows somebody has been told of, as the log of alerting says. Its memory is that of what is asked now. */
@Injectable()
export class PeopleTold {
  readonly follower: LogFollower;
  /** By tenant, whom each of its channels reaches. */
  readonly #channels = new Map<string, Map<string, ChannelReach>>();
  /** By the alert's stream. */
  readonly #asked = new Map<string, Asked>();
  /** By the action's stream, the channel that told of its window. */
  readonly #told = new Map<string, string>();
  #onTold: (tenantId: string, actionId: string) => void = () => undefined;

  constructor(@Inject(EVENT_STORE) store: EventStore) {
    this.follower = createFollower(store, {
      name: 'safety-rails-people-told',
      prefixes: ['channel-', 'alert-', 'delivery-'],
      onEvent: (event) => {
        this.#fold(event);
      },
    });
  }

  /** Calls this with an action of whose window somebody has been told; asked for once, before the index is started. */
  onTold(listener: (tenantId: string, actionId: string) => void): void {
    this.#onTold = listener;
  }

  /** Throws `not-current` where the log's end has not been seen within 2 s. */
  async current(): Promise<void> {
    await this.follower.ensureCurrent(false);
  }

  /** Whom the tenant's channels reach at best; null where it has none. With any channel, silence is no sign that somebody knows. */
  reachOf(tenantId: string): ChannelReach | null {
    const all = [...(this.#channels.get(tenantId)?.values() ?? [])];
    if (all.length === 0) return null;
    return all.includes('people') ? 'people' : 'programs';
  }

  /** The channel that has told somebody of the action's window; null where none has. */
  channelThatTold(actionStream: string): string | null {
    return this.#told.get(actionStream) ?? null;
  }

  #fold({ stream, type, data }: RecordedEvent): void {
    const at = parseStream(stream);
    if (at === undefined) return;
    const { tenant, id } = at;
    switch (type) {
      case 'ChannelConfigured': {
        const channels = this.#channels.get(tenant) ?? new Map<string, ChannelReach>();
        this.#channels.set(tenant, channels.set(id, reachOf((data as Configured).settings)));
        return;
      }
      case 'ChannelRemoved':
        this.#channels.get(tenant)?.delete(id);
        return;
      case 'AlertFired': {
        const { name, subject, episode, cause } = data as Fired;
        if (name !== personAsked || subject === undefined) return;
        this.#asked.set(`${tenant}:${id}`, {
          action: subject,
          episode,
          ofWindow: cause.type === 'ConfirmationWindowOpened',
        });
        return;
      }
      case 'AlertResolved': {
        // An episode that goes on in the next ends in the same append; what fires then is kept.
        if ((data as { readonly superseded?: boolean }).superseded === true) return;
        const asked = this.#asked.get(`${tenant}:${id}`);
        this.#asked.delete(`${tenant}:${id}`);
        if (asked !== undefined) this.#told.delete(asked.action);
        return;
      }
      case 'NotificationDelivered':
        this.#delivered(tenant, id, data as Delivered);
    }
  }

  #delivered(tenant: string, alertId: string, { channel_id, what, episode }: Delivered): void {
    const asked = this.#asked.get(`${tenant}:${alertId}`);
    if (asked?.ofWindow !== true || asked.episode !== episode || what !== 'trigger') return;
    // What a program takes, no person has seen.
    if (this.#channels.get(tenant)?.get(channel_id) !== 'people') return;
    this.#told.set(asked.action, channel_id);
    const action = parseStream(asked.action);
    // INVARIANT: an alert speaks for its own tenant's actions alone.
    if (action?.category === 'action' && action.tenant === tenant) this.#onTold(tenant, action.id);
  }
}
