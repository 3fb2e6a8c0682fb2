import { streamName, type Violation } from '@interlock/contracts';
import { ProblemError, refuseViolations, sameJson, type Decider } from '@interlock/kernel';
import { printableName } from '../condition/condition-schema.js';
import { schemaViolations, type Schema } from '../condition/json-schema.js';

/** A part of a tenant with its own bundles, which decide for its agents and accounts. */
type TeamContent = {
  readonly name: string;
  readonly agents: readonly string[];
  readonly accounts: readonly string[];
};
export type TeamV1 = TeamContent & { readonly team_id: string };
/** The complete team from now on. */
export type TeamDefined = { readonly type: 'TeamDefined'; readonly data: TeamV1 };
export type TeamState = { readonly team: TeamV1 | null };
/** Content must have passed `checkTeam`. */
export type TeamCommand = { readonly kind: 'DefineTeam'; readonly team: TeamV1 };

/** Returns the stream `team-<tenant>:<team_id>`. */
export const teamStream = (tenantId: string, teamId: string): string => streamName('team', tenantId, teamId);

/** The id of the tenant-wide rollout's stream; no team may have it. */
const everyone = 'all';
/** The pattern of a team's id. */
export const teamPattern = '^[a-z0-9][a-z0-9_-]{0,62}$';

/** True if a text can be a team's id. */
export const isTeamId = (text: string): boolean =>
  text !== everyone && new RegExp(teamPattern, 'u').test(text);

const names = (description: string): Schema => ({
  type: 'array',
  description,
  maxItems: 10_000,
  uniqueItems: true,
  items: { type: 'string', minLength: 1, maxLength: 256 },
});
const schema: Schema = {
  type: 'object',
  additionalProperties: false,
  required: ['name'],
  properties: {
    name: printableName,
    agents: names("Agents whose requests are the team's"),
    accounts: names("Accounts whose requests are the team's"),
  },
};

/**
 * Returns a submitted team with its names in order. Throws `validation-failed`, which names every
 * violation.
 */
export const checkTeam = (teamId: string, input: unknown): TeamV1 => {
  const own: readonly Violation[] = isTeamId(teamId)
    ? []
    : [
        {
          pointer: '/path/team_id',
          code: 'pattern',
          detail: `must match ${teamPattern} and not be \`${everyone}\``,
        },
      ];
  refuseViolations([...own, ...schemaViolations(schema, input)], 'the team');
  const {
    name,
    agents = [],
    accounts = [],
  } = input as {
    readonly name: string;
    readonly agents?: readonly string[];
    readonly accounts?: readonly string[];
  };
  return { team_id: teamId, name, agents: [...agents].sort(), accounts: [...accounts].sort() };
};

/**
 * The decider of a tenant's team: stream `team-<tenant>:<team_id>`. Defining the same again writes
 * nothing. A team without agents and accounts decides for nobody.
 */
export const teamDecider: Decider<TeamCommand, TeamDefined, TeamState> = {
  name: 'team',
  types: ['TeamDefined'],
  initial: { team: null },
  decide: ({ team }, state) => {
    if (state.team !== null && state.team.team_id !== team.team_id)
      throw new ProblemError('wrong-state', `the stream is that of team \`${state.team.team_id}\``);
    return state.team !== null && sameJson(state.team, team) ? [] : [{ type: 'TeamDefined', data: team }];
  },
  evolve: (_, { data }) => ({ team: data }),
};
