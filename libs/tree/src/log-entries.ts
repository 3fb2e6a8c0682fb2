import type { RecordedEvent } from '@interlock/kernel';
import { correlationHash, correlationOf, entryOf, eventHash, tenantKey, type LeafEntry } from './entry.js';
import { eventLine } from './exported.js';
import type { TenantKeys } from './seal.js';
import { tenantOf } from './tree-name.js';

const encoder = new TextEncoder();

/**
 * Makes the entries of a log's events, which must be passed in order from the first one. `audit`
 * does this, and so can everybody who has the whole log.
 */
export class LogEntries {
  readonly #tenants = new Map<string, { readonly key: Uint8Array; size: number }>();

  take(event: RecordedEvent): LeafEntry {
    const line = encoder.encode(eventLine(event));
    const name = tenantOf(event.stream);
    const tenant = this.#tenants.get(name) ?? { key: tenantKey(line), size: 0 };
    this.#tenants.set(name, tenant);
    const entry = entryOf(
      event,
      tenant.size,
      eventHash(line),
      correlationHash(tenant.key, correlationOf(event)),
    );
    tenant.size += 1;
    return entry;
  }

  /** The keys of tenants that have an event. */
  keysOf(tenants: Iterable<string>): TenantKeys {
    return Object.fromEntries(
      [...tenants].flatMap((name) => {
        const tenant = this.#tenants.get(name);
        return tenant === undefined ? [] : [[name, tenant.key]];
      }),
    );
  }
}
