import { parseStream, reachOf, type ChannelReach, type ReachSettings } from '@interlock/contracts';
import { createFollower, type LogFollower } from '@interlock/eventstore';
import type { EventStore, RecordedEvent } from '@interlock/kernel';
import { EVENT_STORE } from '@interlock/platform';
import { Inject, Injectable } from '@nestjs/common';

/** The alert that tells people that an action needs them; its subject is the action's stream. */
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

/**
 * Which tenants have channels, and for which open confirmation windows somebody was notified,
 * according to the log of alerting. Its memory grows only with the open requests.
 */
@Injectable()
export class NotifiedPeople {
  readonly follower: LogFollower;
  /** The receivers of each channel, by tenant. */
  readonly #channels = new Map<string, Map<string, ChannelReach>>();
  /** The actions for which people were asked, by the alert's stream. */
  readonly #asked = new Map<string, Asked>();
  /** The channel that delivered the notice of a window, by the action's stream. */
  readonly #notified = new Map<string, string>();
  #onNotified: (tenantId: string, actionId: string) => void = () => undefined;

  constructor(@Inject(EVENT_STORE) store: EventStore) {
    this.follower = createFollower(store, {
      name: 'safety-rails-notified-people',
      prefixes: ['channel-', 'alert-', 'delivery-'],
      onEvent: (event) => this.#fold(event),
    });
  }

  /**
   * Calls the listener with each action whose window somebody was notified of. Set it once, before
   * the index starts.
   */
  onNotified(listener: (tenantId: string, actionId: string) => void): void {
    this.#onNotified = listener;
  }

  /** Throws `not-current` if the log's end has not been seen within 2 s. */
  async current(): Promise<void> {
    await this.follower.ensureCurrent(false);
  }

  /**
   * Returns the best reach of the tenant's channels; null if it has none. With any channel, silence
   * does not show that somebody knows.
   */
  reachOf(tenantId: string): ChannelReach | null {
    const all = [...(this.#channels.get(tenantId)?.values() ?? [])];
    if (all.length === 0) return null;
    return all.includes('people') ? 'people' : 'programs';
  }

  /** Returns the channel that has notified somebody of the action's window; null if none has. */
  notifyingChannel(actionStream: string): string | null {
    return this.#notified.get(actionStream) ?? null;
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
        // An episode that continues in the next one ends in the same append; the alert that then
        // fires is kept.
        if ((data as { readonly superseded?: boolean }).superseded === true) return;
        const asked = this.#asked.get(`${tenant}:${id}`);
        this.#asked.delete(`${tenant}:${id}`);
        if (asked !== undefined) this.#notified.delete(asked.action);
        return;
      }
      case 'NotificationDelivered':
        this.#delivered(tenant, id, data as Delivered);
    }
  }

  #delivered(tenant: string, alertId: string, { channel_id, what, episode }: Delivered): void {
    const asked = this.#asked.get(`${tenant}:${alertId}`);
    if (asked?.ofWindow !== true || asked.episode !== episode || what !== 'trigger') return;
    // If a program receives it, no person has seen it.
    if (this.#channels.get(tenant)?.get(channel_id) !== 'people') return;
    this.#notified.set(asked.action, channel_id);
    const action = parseStream(asked.action);
    // INVARIANT: an alert counts only for its own tenant's actions.
    if (action?.category === 'action' && action.tenant === tenant) this.#onNotified(tenant, action.id);
  }
}
