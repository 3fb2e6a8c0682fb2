import type { RecordedEvent } from '@interlock/kernel';
import { sha256 as portable } from '@noble/hashes/sha2.js';
import { toBase64 } from '../base64.js';
import {
  correlationHasher,
  correlationOf,
  entryOf,
  eventHash,
  tenantKey,
  type LeafEntry,
  type Sha256,
} from './entry.js';
import { eventLine } from './exported.js';
import type { TenantKeys } from '../seal.js';
import type { Hash } from '../tree/merkle.js';
import { tenantOf } from '../tree/tree-name.js';

const encoder = new TextEncoder();

type Tenant = { readonly key: Uint8Array; readonly correlated: (id: string) => Hash; size: number };

/**
 * Makes the entries of a log's events, which must be passed in order from the first one. `audit`
 * does this, and so can everybody who has the whole log.
 */
export class LogEntries {
  readonly #tenants = new Map<string, Tenant>();

  constructor(private readonly sha256: Sha256 = portable) {}

  take(event: RecordedEvent): LeafEntry {
    const line = encoder.encode(eventLine(event));
    const name = tenantOf(event.stream);
    const tenant = this.#tenants.get(name) ?? this.#begun(line);
    this.#tenants.set(name, tenant);
    const entry = entryOf(
      event,
      tenant.size,
      eventHash(line, this.sha256),
      toBase64(tenant.correlated(correlationOf(event))),
    );
    tenant.size += 1;
    return entry;
  }

  #begun(firstLine: Uint8Array): Tenant {
    const key = tenantKey(firstLine, this.sha256);
    return { key, correlated: correlationHasher(key, this.sha256), size: 0 };
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
