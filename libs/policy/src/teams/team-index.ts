import { parseStream, type Violation } from '@interlock/contracts';
import type { RecordedEvent } from '@interlock/kernel';
import type { TeamDefined, TeamV1 } from './team.js';

type Tenant = { readonly teams: Map<string, TeamV1>; /** Whose team an agent or an account is; made on first use after a change. */ byAgent: Map<string, string> | undefined; byAccount: Map<string, string> | undefined };

const ordered = (teams: Iterable<TeamV1>): readonly TeamV1[] => [...teams].sort((a, b) => (a.team_id < b.team_id ? -1 : 1));

const owners = (teams: readonly TeamV1[], of: 'agents' | 'accounts'): Map<string, string> => {
  const owner = new Map<string, string>();
  for (const team of teams) for (const name of team[of]) if (!owner.has(name)) owner.set(name, team.team_id);
  return owner;
};

/** Every tenant's teams, folded from `team-*` streams. */
export class TeamIndex {
  readonly #tenants = new Map<string, Tenant>();

  static readonly prefixes = ['team-'] as const;

  /** Folds one event; events of other streams are not looked at. */
  readonly fold = (event: RecordedEvent): void => {
    const stream = parseStream(event.stream);
    if (stream?.category !== 'team' || event.type !== 'TeamDefined') return;
    const tenant = this.#tenants.get(stream.tenant) ?? { teams: new Map<string, TeamV1>(), byAgent: undefined, byAccount: undefined };
    this.#tenants.set(stream.tenant, tenant);
    tenant.teams.set(stream.id, (event.data as TeamDefined['data']));
    tenant.byAgent = tenant.byAccount = undefined;
  };

  /** A tenant's teams, by id. */
  list(tenantId: string): readonly TeamV1[] {
    return ordered(this.#tenants.get(tenantId)?.teams.values() ?? []);
  }

  get(tenantId: string, teamId: string): TeamV1 | undefined {
    return this.#tenants.get(tenantId)?.teams.get(teamId);
  }

  /**
   * The team that a request belongs to: the one that lists its agent, else the one that lists its account; null for none of them.
   * Where two teams list the same name, which `claims` keeps from happening but a race may bring about, the first by id has it.
   */
  teamOf(tenantId: string, agent: string, accountId: string | undefined): string | null {
    const tenant = this.#tenants.get(tenantId);
    if (tenant === undefined) return null;
    tenant.byAgent ??= owners(this.list(tenantId), 'agents');
    tenant.byAccount ??= owners(this.list(tenantId), 'accounts');
    return tenant.byAgent.get(agent) ?? (accountId === undefined ? undefined : tenant.byAccount.get(accountId)) ?? null;
  }

  /** What of a team another one lists already. */
  claims(tenantId: string, team: TeamV1): readonly Violation[] {
    const others = this.list(tenantId).filter(({ team_id: id }) => id !== team.team_id);
    return (['agents', 'accounts'] as const).flatMap((of) => {
      const owner = owners(others, of);
      return team[of].flatMap((name): readonly Violation[] => (owner.has(name) ? [{ pointer: `/${of}`, code: 'taken', detail: `\`${name.slice(0, 64)}\` is listed by team \`${owner.get(name)!}\`` }] : []));
    });
  }
}
