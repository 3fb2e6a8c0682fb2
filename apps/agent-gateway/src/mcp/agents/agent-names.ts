import { parseStream } from '@interlock/contracts';
import { createFollower, type AdapterLogger, type LogFollower } from '@interlock/eventstore';
import { ProblemError, type EventStore, type Recorded } from '@interlock/kernel';
import {
  needsRegistration,
  tenantDecider,
  wrongAgent,
  type Names,
  type TenantEvent,
  type TenantState,
} from '@interlock/rails';

export type AgentName = { readonly agent: string; readonly account_id: string };

const only = (names: readonly string[]): string | undefined =>
  names.length === 1 && names[0] !== '*' ? names[0] : undefined;

/**
 * Finds the agent and account that a caller acts as: those that it names, or the only ones that its
 * credential may name. The intake of safety-rails checks them again.
 */
export class AgentNames {
  readonly follower: LogFollower;
  readonly #states = new Map<string, TenantState>();
  readonly #anyToken: Names | null;

  constructor(store: EventStore, logger: AdapterLogger, anyToken: Names | undefined) {
    this.#anyToken = anyToken ?? null;
    this.follower = createFollower(store, {
      name: 'agent-gateway-tenants',
      prefixes: ['tenant-'],
      logger,
      onEvent: (event) => {
        const at = parseStream(event.stream);
        if (at?.id !== 'registry' || !tenantDecider.types.some((type) => type === event.type)) return;
        const before = this.#states.get(at.tenant) ?? tenantDecider.initial;
        this.#states.set(at.tenant, tenantDecider.evolve(before, event as unknown as Recorded<TenantEvent>));
      },
    });
  }

  /**
   * Returns the agent and account of a caller. Throws `wrong-agent` if the caller names none, or
   * one that it may not name. Throws `not-current` if the log cannot be read.
   */
  async of(
    tenantId: string,
    requester: string,
    said: { readonly agent: string | undefined; readonly account: string | undefined },
  ): Promise<AgentName> {
    await this.follower.ensureCurrent(false);
    const names =
      this.#states.get(tenantId)?.credentials.get(requester) ??
      (needsRegistration(requester) ? null : this.#anyToken);
    const agent = said.agent ?? only(names?.agents ?? []);
    const account = said.account ?? only(names?.accounts ?? []);
    if (names === null || agent === undefined || account === undefined)
      throw new ProblemError('wrong-agent', 'it is not said which agent and account ask', {
        remedy:
          'send the headers `Interlock-Agent` and `Interlock-Account`, or have the credential registered for one of each',
      });
    const refusal = wrongAgent(requester, names, agent, account);
    if (refusal !== null) throw refusal;
    return { agent, account_id: account };
  }
}
