import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  anyTenantPattern,
  mostSecrets,
  type PlacedSecret,
  type RecordSecretsRequest,
} from '@interlock/contracts';
import type { Logger } from 'pino';

import { newId } from '../base/ids.js';
import { bindingEnd, bindingEntries, variableBindingEnd } from './secret-binding.js';
import type { TenantSecretsOptions } from './tenant-secrets.js';

type Places = Pick<TenantSecretsOptions, 'directory' | 'prefix' | 'environment'>;
type ByTenant = Map<string, PlacedSecret[]>;

const everyMs = 60_000;
const byReference = (a: PlacedSecret, b: PlacedSecret): number => (a.reference < b.reference ? -1 : 1);

const textOf = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
};

const add = (found: ByTenant, tenant: string, secret: PlacedSecret): void => {
  if (anyTenantPattern.test(tenant)) found.set(tenant, [...(found.get(tenant) ?? []), secret]);
};

const inFiles = (directory: string, found: ByTenant): void => {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    const own = join(directory, entry.name);
    for (const name of readdirSync(own, { recursive: true, encoding: 'utf8' })) {
      const path = join(own, name);
      const file = statSync(path, { throwIfNoEntry: false });
      if (file?.isFile() !== true || name.endsWith(bindingEnd) || name.endsWith('.new')) continue;
      add(found, entry.name, {
        reference: `file:${name}`,
        destinations: bindingEntries(textOf(`${path}${bindingEnd}`)),
        changed_at: file.mtime.toISOString(),
      });
    }
  }
};

const inVariables = ({ prefix, environment }: Places, found: ByTenant): void => {
  for (const name of Object.keys(environment)) {
    const [, tenant] = /^(.+?)__./.exec(name.slice(prefix.length)) ?? [];
    if (!name.startsWith(prefix) || tenant === undefined || name.endsWith(variableBindingEnd)) continue;
    add(found, tenant.toLowerCase().replaceAll('_2d', '-').replaceAll('_5f', '_'), {
      reference: `env:${name}`,
      destinations: bindingEntries(environment[`${name}${variableBindingEnd}`] ?? ''),
      changed_at: null,
    });
  }
};

/**
 * Returns the secrets of each tenant and where each may be sent, but never a value. Throws if the
 * directory cannot be read.
 */
export const placedSecrets = (places: Places): ReadonlyMap<string, readonly PlacedSecret[]> => {
  const found: ByTenant = new Map();
  if (places.directory !== undefined && statSync(places.directory, { throwIfNoEntry: false }) !== undefined)
    inFiles(places.directory, found);
  inVariables(places, found);
  return new Map([...found].map(([tenant, secrets]) => [tenant, secrets.sort(byReference)]));
};

/**
 * Reports to audit which secrets a service finds, and where each may be sent: at the start and
 * after changes. A report that audit did not take is repeated at the next look.
 */
export class SecretWatch {
  /** The last report that audit took, by tenant. */
  readonly #recorded = new Map<string, string>();
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly places: Places,
    private readonly record: (request: RecordSecretsRequest) => Promise<unknown>,
    private readonly logger: Pick<Logger, 'warn'>,
  ) {}

  start(): void {
    void this.look();
    this.#timer = setInterval(() => {
      void this.look();
    }, everyMs);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Looks for changes and reports them. It never throws. */
  async look(): Promise<void> {
    try {
      const found = placedSecrets(this.places);
      for (const tenant of new Set([...this.#recorded.keys(), ...found.keys()]))
        await this.#tell(tenant, found.get(tenant) ?? []);
    } catch (error) {
      this.logger.warn({ err: error }, 'the secrets could not be recorded in the log yet');
    }
  }

  async #tell(tenant_id: string, all: readonly PlacedSecret[]): Promise<void> {
    const secrets = all.slice(0, mostSecrets);
    if (secrets.length < all.length)
      this.logger.warn({ tenant_id, count: all.length }, `only ${mostSecrets} secrets are recorded`);
    const text = JSON.stringify(secrets);
    if (this.#recorded.get(tenant_id) === text) return;
    await this.record({ request_id: newId(), tenant_id, secrets });
    this.#recorded.set(tenant_id, text);
  }
}
