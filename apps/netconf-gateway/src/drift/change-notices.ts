import {
  capability,
  childElement,
  childElements,
  childText,
  NetconfError,
  NetconfRpcError,
  SUBSCRIBED_NS,
  YANG_PUSH_NS,
  type NetconfClient,
  type XmlElement,
} from '@interlock/netconf';
import { cutText, sameJson } from '@interlock/kernel';
import { isWithin, type ChangedBy } from '@interlock/network';
import { nowText } from '@interlock/platform';
import { yangLibraryOf } from '../devices/models.js';
import { isUnreached, type DeviceAddress, type DeviceSessions } from '../sessions/sessions.js';

/** Namespace of the base notifications (RFC 6470). */
const eventsNamespace = 'urn:ietf:params:xml:ns:yang:ietf-netconf-notifications';
/** How many of a device's latest changed nodes are kept, and how long their paths may be. */
const mostChanges = 256;
const longestTarget = 8192;
/** The most characters of a name that an event records. */
const longestName = 256;

type Change = { readonly target: string; readonly by: ChangedBy };
type Subscription = {
  readonly address: DeviceAddress;
  client: NetconfClient | undefined;
  changes: readonly Change[];
};

const text = (element: XmlElement | undefined, name: string): string | null =>
  (element === undefined ? undefined : childText(element, name)) ?? null;

const nameIn = (element: XmlElement | undefined, name: string): string | null => {
  const found = text(element, name);
  return found === null ? null : cutText(found, longestName);
};

/** Returns the time of a notification in the form of all times; now if it has no valid one. */
const timeOf = (notification: XmlElement): string => {
  const time = new Date(text(notification, 'eventTime') ?? '');
  return Number.isNaN(time.getTime()) ? nowText() : time.toISOString();
};

/**
 * Returns the changed nodes of running that a notification reports; null if it reports something
 * else.
 */
const changesIn = (notification: XmlElement): readonly Change[] | null => {
  const change = childElement(notification, 'netconf-config-change', eventsNamespace);
  if (change === undefined || (text(change, 'datastore') ?? 'running') !== 'running') return null;
  const by = childElement(change, 'changed-by');
  const author: ChangedBy = {
    username: nameIn(by, 'username'),
    session_id: nameIn(by, 'session-id'),
    source_host: nameIn(by, 'source-host'),
    at: timeOf(notification),
  };
  return childElements(change, 'edit').flatMap((edit) => {
    const target = text(edit, 'target');
    return target === null || target.length > longestTarget ? [] : [{ target, by: author }];
  });
};

/**
 * True if a device pushed a change of a datastore (RFC 8641). It names the changed nodes, and not
 * who changed them.
 */
const isPushed = (notification: XmlElement): boolean =>
  childElement(notification, 'push-change-update', YANG_PUSH_NS) !== undefined;

/** True if a device says that it pushes each change (RFC 8641). */
const isPushing = async (client: NetconfClient): Promise<boolean> =>
  (await yangLibraryOf(client)).modules.some(
    ({ name, features }) => name === 'ietf-yang-push' && features.includes('on-change'),
  );

/** Subscribes to pushes, or to notifications if the device has none or refuses to push. */
const subscribeTo = async (client: NetconfClient, pushes: boolean): Promise<void> => {
  if (pushes) {
    try {
      await client.subscribeOnChange('running');
      return;
    } catch (error) {
      if (!(error instanceof NetconfRpcError) || !client.has(capability.notification)) throw error;
    }
  }
  await client.subscribe();
};

/** True if a device has ended a subscription while the session goes on (RFC 8639). */
const isTerminated = (notification: XmlElement): boolean =>
  childElement(notification, 'subscription-terminated', SUBSCRIBED_NS) !== undefined;

const keyOf = ({ tenant_id, device_id }: Pick<DeviceAddress, 'tenant_id' | 'device_id'>): string =>
  JSON.stringify([tenant_id, device_id]);

export type NoticesOptions = {
  readonly sessions: Pick<DeviceSessions, 'open'>;
  /** How many devices are subscribed to at most. */
  readonly most: number;
  /** True while a transaction of Interlock is open on the device, whose changes are its own. */
  readonly isChanging: (address: DeviceAddress) => boolean;
  /** Called when a device says that its running configuration was changed. */
  readonly onChange: (address: DeviceAddress) => void;
};

/**
 * Subscribes to the changes of running that a device pushes (RFC 8641), or else to its
 * `netconf-config-change` notifications (RFC 5277, RFC 6470). Each subscription is one session.
 * After its end, the next check opens it again.
 */
export class ChangeNotices {
  readonly #options: NoticesOptions;
  readonly #subscriptions = new Map<string, Subscription>();
  /** Devices that send or allow no notifications, with the address at which this was found. */
  readonly #silent = new Map<string, DeviceAddress>();
  #stopped = false;

  constructor(options: NoticesOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#subscriptions.size;
  }

  /**
   * Subscribes to a device, unless it is subscribed to already, sends no notifications, or the
   * limit is reached.
   */
  async subscribe(address: DeviceAddress): Promise<void> {
    const key = keyOf(address);
    const known = this.#subscriptions.get(key);
    if (sameJson(known?.address ?? this.#silent.get(key), address)) return;
    this.#end(key);
    if (this.#stopped || this.#subscriptions.size >= this.#options.most) return;
    const subscription: Subscription = { address, client: undefined, changes: [] };
    this.#subscriptions.set(key, subscription);
    try {
      const client = await this.#options.sessions.open(address, { yields: true });
      subscription.client = client;
      const pushes = await isPushing(client);
      if (!pushes && !client.has(capability.notification)) {
        this.#silent.set(key, address);
        this.#subscriptions.delete(key);
        return await client.close();
      }
      client.session.onNotification((notification) => this.#record(subscription, notification));
      void client.session.ended.then(() => {
        if (this.#subscriptions.get(key) === subscription) this.#subscriptions.delete(key);
      });
      await subscribeTo(client, pushes);
      if (this.#subscriptions.get(key) !== subscription) client.destroy();
    } catch (error) {
      if (this.#subscriptions.get(key) === subscription) this.#end(key);
      if (error instanceof NetconfRpcError) this.#silent.set(key, address);
      if (!(error instanceof NetconfError) && !isUnreached(error)) throw error;
    }
  }

  /** Returns who last changed a leaf of a device, if the device has reported it. */
  authorOf(address: DeviceAddress, path: string): ChangedBy | null {
    const changes = this.#subscriptions.get(keyOf(address))?.changes ?? [];
    return changes.findLast(({ target }) => isWithin(path, target))?.by ?? null;
  }

  /**
   * Marks the changes that were reported so far. The returned function forgets them, once the
   * device is as expected.
   */
  mark(address: DeviceAddress): () => void {
    const subscription = this.#subscriptions.get(keyOf(address));
    const seen = new Set(subscription?.changes);
    return () => {
      if (subscription !== undefined)
        subscription.changes = subscription.changes.filter((one) => !seen.has(one));
    };
  }

  /** Ends the subscriptions of devices that are no longer registered. */
  keep(addresses: readonly DeviceAddress[]): void {
    const kept = new Set(addresses.map(keyOf));
    for (const key of [...this.#subscriptions.keys()]) if (!kept.has(key)) this.#end(key);
    for (const key of [...this.#silent.keys()]) if (!kept.has(key)) this.#silent.delete(key);
  }

  stop(): void {
    this.#stopped = true;
    for (const key of [...this.#subscriptions.keys()]) this.#end(key);
  }

  #record(subscription: Subscription, notification: XmlElement): void {
    const { address } = subscription;
    if (isTerminated(notification)) {
      // The next check subscribes again.
      subscription.client?.destroy();
      return;
    }
    if (isPushed(notification)) {
      this.#options.onChange(address);
      return;
    }
    const changes = changesIn(notification);
    if (changes === null) return;
    if (!this.#options.isChanging(address))
      subscription.changes = [...subscription.changes, ...changes].slice(-mostChanges);
    this.#options.onChange(address);
  }

  #end(key: string): void {
    const subscription = this.#subscriptions.get(key);
    this.#subscriptions.delete(key);
    subscription?.client?.destroy();
  }
}
