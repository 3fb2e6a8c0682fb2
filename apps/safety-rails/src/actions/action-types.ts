import { Inject, Injectable } from '@nestjs/common';
import type { ActionTypeV1 } from '@interlock/contracts';
import { parseStream, systemTenant } from '@interlock/contracts';
import type { EventStore } from '@interlock/kernel';
import { EVENT_STORE } from '@interlock/platform';
import { createFollower, type LogFollower } from '@interlock/eventstore';
import type { ActionTypeEvent } from '@interlock/policy';
import { builtInActionTypes } from '@interlock/rails';

/** The catalogue from the log. A tenant's own types take precedence over the built-in ones. */
@Injectable()
export class ActionTypes {
  readonly #types = new Map<string, ActionTypeV1>(
    builtInActionTypes.map((type) => [`${systemTenant}/${type.action_type}`, type]),
  );
  readonly follower: LogFollower;

  constructor(@Inject(EVENT_STORE) store: EventStore) {
    this.follower = createFollower(store, {
      name: 'safety-rails-action-types',
      prefixes: ['action_type-'],
      onEvent: (event) => {
        const stream = parseStream(event.stream);
        if (stream === undefined) return;
        const { type, data } = event as unknown as ActionTypeEvent;
        const key = `${stream.tenant}/${stream.id}`;
        if (type === 'ActionTypeRegistered') this.#types.set(key, data.action_type);
        // Without its own version, a tenant has the built-in type. A type that the index does not
        // know might be a forbidden one.
        else this.#types.delete(key);
      },
    });
  }

  /**
   * Finds a type like `find`. If there is none, it first reads the log's end, because the type may
   * have been registered a moment ago.
   */
  async current(tenantId: string, name: string): Promise<ActionTypeV1 | undefined> {
    const known = this.find(tenantId, name);
    if (known !== undefined) return known;
    await this.follower.confirmCurrent();
    return this.find(tenantId, name);
  }

  /** Returns the names of the tenant's own types and of the built-in ones. */
  names(tenantId: string): readonly string[] {
    return [...this.#types.keys()].flatMap((key) => {
      const [owner = '', name = ''] = key.split(/\/(.*)/s);
      return owner === tenantId || owner === systemTenant ? [name] : [];
    });
  }

  /** Returns a tenant's own type before the built-in one. */
  find(tenantId: string, name: string): ActionTypeV1 | undefined {
    return this.#types.get(`${tenantId}/${name}`) ?? this.#types.get(`${systemTenant}/${name}`);
  }
}
