import type { Schema } from '@interlock/api-types';
import type { Command } from 'commander';
import { addAsks, words, type Ask, type Field } from '../../asks.js';
import { addList } from '../../lists.js';
import type { Globals } from '../../connection/session.js';

const team: Field = { flags: '--team <team>', about: "a team's instead of the tenant's" };

/**
 * Adds `interlock policy settings`, `interlock policy runs` and `interlock teams`: the requirements
 * for bundles, running simulations, and the teams with their own bundles.
 */
export const addPolicySettings = (policy: Command, globals: () => Globals): void => {
  const settings = policy.command('settings').description('what bundles of the tenant are held to');
  const asks: readonly Ask<never>[] = [
    {
      command: 'rollout',
      about: 'gates, dwell and what an incident does to a canary',
      route: 'GET /api/v1/policy/rollout/settings',
      query: [team],
    },
    {
      command: 'set-rollout <file>',
      about: 'change what the JSON names',
      route: 'PUT /api/v1/policy/rollout/settings',
      query: [team],
    },
    {
      command: 'lint',
      about: 'invariants, and how severe findings are',
      route: 'GET /api/v1/policy/lint/settings',
    },
    {
      command: 'set-lint <file>',
      about: 'set both, as JSON',
      route: 'PUT /api/v1/policy/lint/settings',
      ifMatch: 'read',
    },
    {
      command: 'signing',
      about: 'which signatures imported bundles need',
      route: 'GET /api/v1/policy/signing',
    },
    {
      command: 'set-signing <file>',
      about: 'change them, as JSON',
      route: 'PUT /api/v1/policy/signing',
      ifMatch: 'read',
    },
    {
      command: 'keys',
      about: 'public keys of bundles',
      route: 'GET /api/v1/policy/signing/keys',
      piped: 'json',
    },
    {
      command: 'schema',
      about: 'the JSON Schema of bundles',
      route: 'GET /api/v1/policy/schema',
      piped: 'json',
    },
    {
      command: 'fixtures',
      about: 'the cases that simulations are tried on',
      route: 'GET /api/v1/policy/simulate/fixtures',
      piped: 'json',
    },
  ];
  addAsks(settings, globals, asks);
  const runs = policy.command('runs').description('simulations that take longer');
  const ofRuns: readonly Ask<never>[] = [
    { command: 'show <run>', about: 'how far one is', route: 'GET /api/v1/policy/simulate/runs/{id}' },
    { command: 'cancel <run>', about: 'stop one', route: 'DELETE /api/v1/policy/simulate/runs/{id}' },
  ];
  addAsks(runs, globals, ofRuns);
};

/** `interlock teams`: agents and accounts with their own bundles. */
export const addTeams = (program: Command, globals: () => Globals): void => {
  const teams = program.command('teams').description('agents and accounts that have bundles of their own');
  addList<Schema<'TeamDto'>>(teams, globals, {
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
  });
  const asks: readonly Ask<never>[] = [
    { command: 'show <team>', about: 'one', route: 'GET /api/v1/policy/teams/{teamId}' },
    {
      command: 'set <team>',
      about: 'define one, or change it',
      route: 'PUT /api/v1/policy/teams/{teamId}',
      body: [
        { flags: '--name <name>', about: 'the name that people see', required: true },
        { flags: '--agents <names>', about: 'by comma', read: words },
        { flags: '--accounts <names>', about: 'by comma', read: words },
      ],
      ifMatch: 'option',
    },
  ];
  addAsks(teams, globals, asks);
};
