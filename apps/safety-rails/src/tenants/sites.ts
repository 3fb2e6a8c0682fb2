import { parseStream } from '@interlock/contracts';
import { createFollower, type LogFollower } from '@interlock/eventstore';
import type { EventStore } from '@interlock/kernel';
import { EVENT_STORE } from '@interlock/platform';
import { Inject, Injectable } from '@nestjs/common';

/** Every site, by tenant, at which a device was ever registered. */
@Injectable()
export class Sites {
  readonly #sites = new Map<string, Set<string>>();
  readonly follower: LogFollower;

  constructor(@Inject(EVENT_STORE) store: EventStore) {
    this.follower = createFollower(store, {
      name: 'safety-rails-sites',
      prefixes: ['device-'],
      onEvent: ({ stream, data }) => {
        const tenant = parseStream(stream)?.tenant;
        const { site_id: site } = data as { readonly site_id?: unknown };
        if (tenant === undefined || typeof site !== 'string') return;
        this.#sites.set(tenant, (this.#sites.get(tenant) ?? new Set()).add(site));
      },
    });
  }

  of(tenantId: string): ReadonlySet<string> {
    return this.#sites.get(tenantId) ?? new Set();
  }
}
