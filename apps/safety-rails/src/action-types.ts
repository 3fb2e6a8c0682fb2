import { Inject, Injectable } from '@nestjs/common';
import type { ActionTypeV1 } from '@interlock/contracts';
import { parseStream, systemTenant } from '@interlock/contracts';
import type { EventStore } from '@interlock/kernel';
import { EVENT_STORE } from '@interlock/platform';
import { createFollower, type LogFollower } from '@interlock/eventstore';
import type { ActionTypeRegistered } from '@interlock/policy';
import { builtInActionTypes } from '@interlock/rails';

/** The catalogue as the log has it: a tenant's own types before the built-in ones. */
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
        if (event.type !== 'ActionTypeRegistered' || stream === undefined) return;
        const { action_type: type } = event.data as ActionTypeRegistered['data'];
        this.#types.set(`${stream.tenant}/${type.action_type}`, type);
      },
    });
  }

  find(tenantId: string, name: string): ActionTypeV1 | undefined {
    return this.#types.get(`${tenantId}/${name}`) ?? this.#types.get(`${systemTenant}/${name}`);
  }
}
