import { existsSync, readFileSync } from 'node:fs';
import { busAccounts, busOperator, busServices, parseStream, type BusUser } from '@interlock/contracts';
import { createFollower, type LogFollower } from '@interlock/eventstore';
import type { EventStore, Recorded } from '@interlock/kernel';
import { atThisPace } from '@interlock/pace';
import {
  busCredential,
  grantsOf,
  nkeyUsers,
  tenantDecider,
  type TenantEvent,
  type TenantState,
} from '@interlock/rails';
import type { Logger } from 'pino';
import type { Children } from './processes/children.js';
import { writeWhole, type Home } from './home.js';
import { demoUser } from './demo-user.js';

type Tenants = readonly (readonly [tenant: string, users: readonly BusUser[]])[];

const reloaded = /Reloaded server configuration/g;
const timeoutMs = atThisPace(2000);
const lookEveryMs = 25;

/**
 * The accounts and users of the bus. They are written for nats-server at the start, and again
 * whenever tenants or their users change. A running server reloads them.
 */
export class BusAccounts {
  readonly #states = new Map<string, TenantState>();
  #follower: LogFollower | undefined;
  #applying: Promise<void> = Promise.resolve();

  constructor(
    private readonly home: Home,
    private readonly children: Children,
    private readonly logger: Logger,
  ) {}

  get file(): string {
    return this.home.path('nats', 'accounts.conf');
  }

  /**
   * Writes the accounts. At the start the log has not been read yet, so the last known tenants are
   * used.
   */
  write(tenants: Tenants = this.#known()): void {
    const passwords = this.home.busPasswords();
    const services = [busOperator, ...busServices].map((user): BusUser => ({
      user,
      secret: { password: passwords[user]! },
    }));
    const registered = this.#states.get('demo')?.credentials.get(busCredential(demoUser));
    const demo: BusUser = {
      user: demoUser,
      secret: { password: passwords[demoUser]! },
      grants: grantsOf(registered),
    };
    const byTenant = new Map(tenants);
    // `runtime.json` contains the demo's own user. A home without that tenant is about to create
    // it.
    byTenant.set('demo', [demo, ...(byTenant.get('demo') ?? [])]);
    if (this.#states.get('demo')?.status === 'removed') byTenant.delete('demo');
    writeWhole(this.file, busAccounts(services, byTenant));
    writeWhole(this.home.path('nats', 'tenants.json'), JSON.stringify(tenants));
  }

  /** Follows the registrations in the log. Resolves once nats-server has all existing ones. */
  async follow(store: EventStore): Promise<void> {
    let isFollowing = false;
    this.#follower = createFollower(store, {
      name: 'interlock-bus-accounts',
      prefixes: ['tenant-'],
      onEvent: (event) => {
        const stream = parseStream(event.stream);
        if (stream?.id !== 'registry') return;
        this.#states.set(
          stream.tenant,
          tenantDecider.evolve(
            this.#states.get(stream.tenant) ?? tenantDecider.initial,
            event as Recorded<TenantEvent>,
          ),
        );
        if (isFollowing) this.#apply();
      },
    });
    await this.#follower.start();
    isFollowing = true;
    this.#apply();
    await this.#applying;
  }

  async stop(): Promise<void> {
    await this.#follower?.stop();
    await this.#applying;
  }

  #known(): Tenants {
    const path = this.home.path('nats', 'tenants.json');
    return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Tenants) : [];
  }

  #apply(): void {
    this.#applying = this.#applying
      .then(() => this.#reload())
      .catch((error: unknown) => this.logger.error({ err: error }, 'the bus did not learn its users'));
  }

  async #reload(): Promise<void> {
    const before = existsSync(this.file) ? readFileSync(this.file, 'utf8') : '';
    const known = new Set(this.#known().map(([tenant]) => tenant));
    const tenants: Tenants = [...this.#states]
      .filter(([, { status }]) => status !== 'removed')
      .map(([tenant, state]) => [tenant, nkeyUsers(state.credentials.values())] as const)
      .filter(([, users]) => users.length > 0);
    this.write(tenants);
    if (readFileSync(this.file, 'utf8') === before) return;
    // A new account's imports take effect only at the next reload after the account was added
    // (tested on 2.9.10). Until then nobody answers its requests, so its users are added only then.
    if (tenants.some(([tenant]) => !known.has(tenant))) {
      this.write(tenants.map(([tenant, users]) => [tenant, known.has(tenant) ? users : []]));
      await this.#signal();
      this.write(tenants);
    }
    await this.#signal();
  }

  async #signal(): Promise<void> {
    const count = (): number => [...this.children.output('nats').matchAll(reloaded)].length;
    const seen = count();
    this.children.signal('nats', 'SIGHUP');
    const until = performance.now() + timeoutMs;
    while (count() === seen && performance.now() < until)
      await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
  }
}
