import {
  childElement,
  childText,
  DATASTORES_NS,
  diffConfig,
  elementBuilder,
  NETCONF_NS,
  rpcFault,
  SUBSCRIBED_NS,
  YANG_PUSH_NS,
  type ListKeys,
  type XmlElement,
} from '@interlock/netconf';
import type { Module } from '../models/model.js';
import type { AccessControl } from './access/control.js';
import type { Config } from './configuration.js';
import { notification } from './events.js';
import { bad, missing, type Parameters } from './parameters.js';

const PATCH_NS = 'urn:ietf:params:xml:ns:yang:ietf-yang-patch';
const [nc, sn, yp, yt] = [NETCONF_NS, SUBSCRIBED_NS, YANG_PUSH_NS, PATCH_NS].map(elementBuilder) as [
  ReturnType<typeof elementBuilder>,
  ReturnType<typeof elementBuilder>,
  ReturnType<typeof elementBuilder>,
  ReturnType<typeof elementBuilder>,
];
const operationOf = { added: 'create', removed: 'delete', changed: 'replace' } as const;

/** The modules by which a device says that it pushes changes (RFC 8639, RFC 8641). */
export const pushModules: readonly Module[] = [
  {
    name: 'ietf-subscribed-notifications',
    revision: '2019-09-09',
    namespace: SUBSCRIBED_NS,
    features: ['encode-xml', 'subtree'],
  },
  { name: 'ietf-yang-push', revision: '2019-09-09', namespace: YANG_PUSH_NS, features: ['on-change'] },
];

/** The parameters of `establish-subscription` that a simulated device knows. */
export const pushParameters: Parameters = {
  datastore: { holds: 'text', namespace: YANG_PUSH_NS },
  'on-change': { holds: 'any', namespace: YANG_PUSH_NS },
};

type Push = {
  readonly id: number;
  readonly username: string;
  readonly send: (message: XmlElement) => void;
};

/** The subscriptions to changes of running (RFC 8639, RFC 8641), one at most for each session. */
export class Pushes {
  readonly #access: AccessControl;
  readonly #sessions = new Map<number, Push>();
  #last = 0;

  constructor(access: AccessControl) {
    this.#access = access;
  }

  /**
   * Runs `establish-subscription`, and returns the id of the subscription. Unless it
   * is not wanted, the content of running follows the reply.
   * @throws NetconfRpcError for another datastore, another trigger and a second subscription
   */
  establish(
    session: number,
    { username, send }: Omit<Push, 'id'>,
    rpc: XmlElement,
    running: readonly XmlElement[],
  ): XmlElement {
    const datastore = childElement(rpc, 'datastore', YANG_PUSH_NS);
    if (datastore === undefined) throw missing('datastore');
    const [prefix = '', name] = (childText(rpc, 'datastore') ?? '').split(':');
    const namespace = { ...rpc.prefixes, ...datastore.prefixes }[prefix];
    if (name !== 'running' || (namespace ?? DATASTORES_NS) !== DATASTORES_NS)
      throw bad('datastore', 'only `running` of ietf-datastores is pushed');
    const onChange = childElement(rpc, 'on-change', YANG_PUSH_NS);
    if (onChange === undefined) throw missing('on-change');
    const syncs = childText(onChange, 'sync-on-start') ?? 'true';
    if (syncs !== 'true' && syncs !== 'false') throw bad('sync-on-start', 'is `true` or `false`');
    if (this.#sessions.has(session))
      throw rpcFault('operation-failed', 'this session has a subscription already', { type: 'protocol' });
    this.#last += 1;
    const push = { id: this.#last, username, send };
    this.#sessions.set(session, push);
    if (syncs === 'true')
      setImmediate(() => {
        this.#send(push, yp('push-update', yp('id', push.id), yp('datastore-contents', ...running)));
      });
    return sn('id', push.id);
  }

  /** Pushes what a change of running has changed. */
  tell(before: Config, after: Config, keys: ListKeys): void {
    const differences = diffConfig(nc('data', ...before), nc('data', ...after), keys);
    if (differences.length === 0) return;
    const edits = differences.map(({ path, kind }, i) =>
      yt('edit', yt('edit-id', `edit-${i + 1}`), yt('operation', operationOf[kind]), yt('target', path)),
    );
    for (const push of this.#sessions.values())
      this.#send(
        push,
        yp(
          'push-change-update',
          yp('id', push.id),
          yp('datastore-changes', yt('yang-patch', yt('patch-id', 'changes'), ...edits)),
        ),
      );
  }

  end(session: number): void {
    this.#sessions.delete(session);
  }

  #send({ username, send }: Push, event: XmlElement): void {
    if (this.#access.mayReceive(username, event)) send(notification(event, new Date()));
  }
}
