import { parseStream, type Violation } from '@interlock/contracts';
import type { RecordedEvent } from '@interlock/kernel';
import { TeamMembers } from './team-members.js';
import type { TeamDefined, TeamV1 } from './team.js';

const none = new TeamMembers();

/** Every tenant's teams, folded from `team-*` streams. */
export class TeamIndex {
  readonly #tenants = new Map<string, TeamMembers>();

  static readonly prefixes = ['team-'] as const;

  /** Folds one event; events of other streams are ignored. */
  readonly fold = (event: RecordedEvent): void => {
    const stream = parseStream(event.stream);
    if (stream?.category !== 'team' || event.type !== 'TeamDefined') return;
    this.#tenants.set(stream.tenant, this.#of(stream.tenant).with(event.data as TeamDefined['data']));
  };

  /** A tenant's teams, by id. */
  list(tenantId: string): readonly TeamV1[] {
    return this.#of(tenantId).teams;
  }

  /** Returns the team that a request of a tenant belongs to; null for none. */
  teamOf(tenantId: string, agent: string, accountId: string | undefined): string | null {
    return this.#of(tenantId).teamOf(agent, accountId);
  }

  /** Returns a violation for each name of a team that another team already lists. */
  claims(tenantId: string, team: TeamV1): readonly Violation[] {
    const others = this.#of(tenantId).without(team.team_id);
    return (['agents', 'accounts'] as const).flatMap((of) =>
      team[of].flatMap((name): readonly Violation[] => {
        const owner = others.ownerOf(of, name);
        return owner === undefined
          ? []
          : [
              {
                pointer: `/${of}`,
                code: 'taken',
                detail: `\`${name.slice(0, 64)}\` is listed by team \`${owner}\``,
              },
            ];
      }),
    );
  }

  #of(tenantId: string): TeamMembers {
    return this.#tenants.get(tenantId) ?? none;
  }
}
