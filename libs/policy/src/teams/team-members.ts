import type { TeamV1 } from './team.js';

/** Returns the owning team of each name. If two teams list one, the first by id owns it. */
const owners = (teams: readonly TeamV1[], of: 'agents' | 'accounts'): ReadonlyMap<string, string> => {
  const owner = new Map<string, string>();
  for (const team of teams) for (const name of team[of]) if (!owner.has(name)) owner.set(name, team.team_id);
  return owner;
};

/** A tenant's teams at one moment; immutable. */
export class TeamMembers {
  /** The teams, ordered by id. */
  readonly teams: readonly TeamV1[];
  readonly #agents: ReadonlyMap<string, string>;
  readonly #accounts: ReadonlyMap<string, string>;

  constructor(teams: Iterable<TeamV1> = []) {
    this.teams = [...teams].sort((a, b) => (a.team_id < b.team_id ? -1 : 1));
    this.#agents = owners(this.teams, 'agents');
    this.#accounts = owners(this.teams, 'accounts');
  }

  /**
   * Returns the team of a request: the one that lists its agent, else the one that lists its
   * account; null if none does. The registry prevents two teams from listing one name, but a race
   * may cause it. Then the first by id counts.
   */
  teamOf(agent: string, accountId: string | undefined): string | null {
    return (
      this.#agents.get(agent) ?? (accountId === undefined ? undefined : this.#accounts.get(accountId)) ?? null
    );
  }

  ownerOf(of: 'agents' | 'accounts', name: string): string | undefined {
    return (of === 'agents' ? this.#agents : this.#accounts).get(name);
  }

  /** A copy with one team added or replaced. */
  with(team: TeamV1): TeamMembers {
    return new TeamMembers([...this.without(team.team_id).teams, team]);
  }

  without(teamId: string): TeamMembers {
    return new TeamMembers(this.teams.filter(({ team_id: id }) => id !== teamId));
  }
}
