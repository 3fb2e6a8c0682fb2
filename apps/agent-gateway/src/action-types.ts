import { parseStream, type ActionTypeV1 } from '@interlock/contracts';
import { createFollower, type AdapterLogger, type LogFollower } from '@interlock/eventstore';
import type { EventStore } from '@interlock/kernel';

const isType = (value: unknown): value is ActionTypeV1 =>
  typeof value === 'object' && value !== null && 'action_type' in value && 'handler' in value;

/**
 * Every version of those tenants' action types that have a handler of their own, read from the log.
 */
export class ActionTypes {
  readonly #versions = new Map<string, ActionTypeV1>();
  readonly follower: LogFollower;

  constructor(store: EventStore, logger: AdapterLogger) {
    this.follower = createFollower(store, {
      name: 'agent-gateway-action-types',
      prefixes: ['action_type-'],
      logger,
      onEvent: (event) => {
        const stream = parseStream(event.stream);
        if (stream === undefined || event.type !== 'ActionTypeRegistered') return;
        const entry: unknown = Object.entries(event.data).find(([name]) => name === 'action_type')?.[1];
        if (isType(entry) && entry.version !== undefined && entry.handler?.service === 'agent-gateway')
          this.#versions.set(`${stream.tenant}/${entry.action_type}/${entry.version}`, entry);
      },
    });
  }

  /**
   * Returns one version of a tenant's action type, including replaced and retired versions. Throws
   * the log's errors if the version cannot be looked up.
   */
  async find(tenantId: string, name: string, version: number): Promise<ActionTypeV1 | undefined> {
    const key = `${tenantId}/${name}/${version}`;
    if (!this.#versions.has(key)) await this.follower.confirmCurrent();
    return this.#versions.get(key);
  }
}
