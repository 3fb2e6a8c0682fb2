import { Inject, Injectable } from '@nestjs/common';
import { parseStream, postureAccount, systemTenant, tenantOfUser } from '@interlock/contracts';
import { EVENT_STORE, SERVICE_CONTEXT, type ServiceContext } from '@interlock/platform';
import { createFollower, type LogFollower } from '@interlock/eventstore';
import { ProblemError, type EventStore, type Recorded } from '@interlock/kernel';
import {
  busCredential,
  needsRegistration,
  tenantDecider,
  wrongAgent,
  type Names,
  type TenantEvent,
  type TenantState,
} from '@interlock/rails';

export type { TenantHandler } from '../handlers.js';
export type Naming = {
  readonly tenantId: string;
  readonly requester: string;
  readonly agent: string;
  readonly account: string;
};

/** The registration of every tenant, from the log. */
@Injectable()
export class Tenants {
  readonly #states = new Map<string, TenantState>();
  /**
   * The names that a token without a list of its own may use; null means none. Users of the bus and
   * registered agents never use this.
   */
  readonly #anyToken: Names | null;
  readonly follower: LogFollower;

  constructor(@Inject(EVENT_STORE) store: EventStore, @Inject(SERVICE_CONTEXT) { auth }: ServiceContext) {
    this.#anyToken = auth.may_name ?? null;
    this.follower = createFollower(store, {
      name: 'safety-rails-tenants',
      prefixes: ['tenant-'],
      onEvent: (event) => {
        const stream = parseStream(event.stream);
        if (stream?.id === 'registry')
          this.#states.set(
            stream.tenant,
            tenantDecider.evolve(this.of(stream.tenant), event as Recorded<TenantEvent>),
          );
      },
    });
  }

  of(tenantId: string): TenantState {
    return this.#states.get(tenantId) ?? tenantDecider.initial;
  }

  all(): readonly (readonly [string, TenantState])[] {
    return [...this.#states];
  }

  /**
   * Checks that a requester may use an agent and an account. Posture's own responses need no
   * registration. Throws `tenant-suspended`, `wrong-agent` if the credential is not registered for
   * both names, or `not-current` if that is unknown.
   */
  async check({ tenantId, requester, agent, account }: Naming): Promise<void> {
    await this.follower.ensureCurrent(false);
    const { status, credentials } = this.of(tenantId);
    if (status === 'suspended' || status === 'removed')
      throw new ProblemError(
        'tenant-suspended',
        `the tenant \`${tenantId}\` is ${status}: its intents are not taken`,
      );
    if (
      tenantId === systemTenant &&
      requester === 'service:posture' &&
      agent === account &&
      agent === postureAccount
    )
      return;
    const names = credentials.get(requester) ?? (needsRegistration(requester) ? null : this.#anyToken);
    const refusal = wrongAgent(requester, names, agent, account);
    if (refusal !== null) throw refusal;
  }
}

/**
 * Returns the identity of a user of the bus. Throws `wrong-caller` if it is not a tenant's user.
 */
export const busRequester = (
  user: string,
): { readonly tenantId: string; readonly requester: string; readonly service: string } => {
  const tenantId = tenantOfUser(user);
  if (tenantId === undefined)
    throw new ProblemError('wrong-caller', `\`${user.slice(0, 64)}\` is not a user of a tenant`);
  return { tenantId, requester: busCredential(user), service: `nats.${user}` };
};
