import {
  attributeOf,
  childElement,
  childElements,
  childText,
  elementBuilder,
  NETCONF_NS,
  rpcFault,
  type XmlElement,
} from '@interlock/netconf';
import type { AccessControl } from './access/control.js';
import { notification } from './events.js';
import { filterSubtree } from './filter.js';
import { startLongTimer, type LongTimer } from './long-timer.js';
import { bad, missing } from './parameters.js';

/** Namespace of a server's data about its streams (RFC 5277, 3.4). */
export const STREAMS_NS = 'urn:ietf:params:xml:ns:netmod:notification';
const streams = elementBuilder(STREAMS_NS);
const stream = 'NETCONF';
/** The most events that a device keeps for a replay. */
const mostKept = 100;

type Kept = { readonly at: Date; readonly event: XmlElement };
type Subscription = {
  readonly username: string;
  readonly filters: readonly XmlElement[] | undefined;
  readonly send: (message: XmlElement) => void;
  readonly timer: LongTimer | undefined;
};

const timeOf = (rpc: XmlElement, name: string): Date | undefined => {
  const said = childText(rpc, name);
  if (said === undefined) return undefined;
  const at = new Date(said);
  if (Number.isNaN(at.getTime()) || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(said))
    throw bad(name, `\`${said.slice(0, 64)}\` is not a time`);
  return at;
};

const filtersOf = (rpc: XmlElement): readonly XmlElement[] | undefined => {
  const filter = childElement(rpc, 'filter');
  if (filter === undefined) return undefined;
  const type = attributeOf(filter, 'type') ?? attributeOf(filter, 'type', NETCONF_NS) ?? 'subtree';
  if (type !== 'subtree')
    throw rpcFault('bad-attribute', `filter type \`${type}\` is not known`, { type: 'protocol' });
  return childElements(filter);
};

/** The events of one device: the latest of them, and their subscribers (RFC 5277). */
export class Subscriptions {
  readonly #access: AccessControl;
  readonly #created = new Date();
  readonly #sessions = new Map<number, Subscription>();
  readonly #kept: Kept[] = [];

  constructor(access: AccessControl) {
    this.#access = access;
  }

  /** Returns the device's only stream, in the form of `get`. */
  get state(): XmlElement {
    return streams(
      'netconf',
      streams(
        'streams',
        streams(
          'stream',
          streams('name', stream),
          streams('description', 'Everything that the device tells.'),
          streams('replaySupport', true),
          streams('replayLogCreationTime', this.#created.toISOString()),
        ),
      ),
    );
  }

  tell(event: XmlElement): void {
    const kept = { at: new Date(), event };
    this.#kept.push(kept);
    if (this.#kept.length > mostKept) this.#kept.shift();
    for (const session of this.#sessions.values()) this.#send(session, kept);
  }

  /**
   * Runs `create-subscription`. A replay follows the reply.
   * @throws NetconfRpcError for invalid times, filters and streams, and for a second subscription
   */
  subscribe(id: number, username: string, rpc: XmlElement, send: (message: XmlElement) => void): void {
    const named = childText(rpc, 'stream') ?? stream;
    if (named !== stream)
      throw rpcFault('invalid-value', `there is no stream \`${named}\``, { type: 'protocol' });
    const [start, stop] = [timeOf(rpc, 'startTime'), timeOf(rpc, 'stopTime')];
    if (start === undefined && stop !== undefined) throw missing('startTime');
    if (start !== undefined && start.getTime() > Date.now())
      throw bad('startTime', '`startTime` is in the future');
    if (start !== undefined && stop !== undefined && stop < start)
      throw bad('stopTime', '`stopTime` is before `startTime`');
    if (this.#sessions.has(id))
      throw rpcFault('operation-failed', 'this session has a subscription already', { type: 'protocol' });
    const filters = filtersOf(rpc);
    const complete = (): void => {
      this.end(id);
      send(notification(streams('notificationComplete'), new Date()));
    };
    const replay =
      start === undefined
        ? []
        : this.#kept.filter(({ at }) => at >= start && (stop === undefined || at <= stop));
    const left = stop === undefined ? undefined : stop.getTime() - Date.now();
    const session: Subscription = {
      username,
      filters,
      send,
      timer: left === undefined || left <= 0 ? undefined : startLongTimer(left, complete),
    };
    // The reply is sent first. Events that occur meanwhile are sent after it, too.
    this.#sessions.set(id, session);
    setImmediate(() => {
      for (const kept of replay) this.#send(session, kept);
      if (start !== undefined) send(notification(streams('replayComplete'), new Date()));
      if (left !== undefined && left <= 0) complete();
    });
  }

  end(id: number): void {
    this.#sessions.get(id)?.timer?.stop();
    this.#sessions.delete(id);
  }

  #send({ username, filters, send }: Subscription, { at, event }: Kept): void {
    if (filters !== undefined && filterSubtree([event], filters, () => []).length === 0) return;
    if (this.#access.mayReceive(username, event)) send(notification(event, at));
  }
}
