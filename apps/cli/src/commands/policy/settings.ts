import { ask, all, group } from '../../program/declare.js';
import { list } from '../../lists.js';

const team = { '--team <team>': "those of this team instead of the tenant's" } as const;

/**
 * Adds `interlock policy settings`, `interlock policy runs` and `interlock teams`: the requirements
 * for bundles, running simulations, and the teams with their own bundles.
 */
export const addPolicySettings = all(
  group('settings', 'the settings that bundles of the tenant must meet', [
    ask({
      command: 'rollout',
      about: 'show gates, dwell and what an incident does to a canary',
      route: 'GET /api/v1/policy/rollout/settings',
      query: team,
    }),
    ask({
      command: 'set-rollout <file>',
      about: 'change what the JSON names',
      route: 'PUT /api/v1/policy/rollout/settings',
      query: team,
    }),
    ask({
      command: 'lint',
      about: 'show invariants, and how severe findings are',
      route: 'GET /api/v1/policy/lint/settings',
    }),
    ask({
      command: 'set-lint <file>',
      about: 'set invariants and severities, as JSON',
      route: 'PUT /api/v1/policy/lint/settings',
      ifMatch: 'read',
    }),
    ask({
      command: 'signing',
      about: 'show which signatures imported bundles need',
      route: 'GET /api/v1/policy/signing',
    }),
    ask({
      command: 'set-signing <file>',
      about: 'set the signatures that imported bundles need, as JSON',
      route: 'PUT /api/v1/policy/signing',
      ifMatch: 'read',
    }),
    ask({
      command: 'keys',
      about: 'show the public keys that sign bundles',
      route: 'GET /api/v1/policy/signing/keys',
      piped: 'json',
    }),
    ask({
      command: 'schema',
      about: 'print the JSON Schema of bundles',
      route: 'GET /api/v1/policy/schema',
      piped: 'json',
    }),
    ask({
      command: 'fixtures',
      about: 'list the cases for simulations',
      route: 'GET /api/v1/policy/simulate/fixtures',
      piped: 'json',
    }),
  ]),
  group('runs', 'simulations that run in the background', [
    ask({
      command: 'show <run>',
      about: 'show the progress of one',
      route: 'GET /api/v1/policy/simulate/runs/{id}',
    }),
    ask({ command: 'cancel <run>', about: 'stop one', route: 'DELETE /api/v1/policy/simulate/runs/{id}' }),
  ]),
);

/** `interlock teams`: agents and accounts with their own bundles. */
export const addTeams = group('teams', 'agents and accounts that have bundles of their own', [
  list({
    command: 'list',
    about: 'the teams',
    route: 'GET /api/v1/policy/teams',
    what: 'teams',
    topics: ['policies'],
    columns: [
      { head: 'TEAM', of: ({ team_id }) => team_id },
      { head: 'NAME', of: ({ name }) => name, fit: 12 },
      { head: 'AGENTS', of: ({ agents }) => agents.join(', '), fit: 12 },
      { head: 'ACCOUNTS', of: ({ accounts }) => accounts.join(', '), fit: 12 },
    ],
    id: ({ team_id }) => team_id,
  }),
  ask({ command: 'show <team>', about: 'one', route: 'GET /api/v1/policy/teams/{teamId}' }),
  ask({
    command: 'set <team>',
    about: 'create or change a team',
    route: 'PUT /api/v1/policy/teams/{teamId}',
    body: {
      '--name <name>': { about: 'the name that people see', required: true },
      '--agents <names>': { about: 'by comma', list: true },
      '--accounts <names>': { about: 'by comma', list: true },
    },
    ifMatch: 'option',
  }),
]);
