import { findIn } from '../../find-action.js';
import { ask, group } from '../../program/declare.js';
import { list } from '../../lists.js';
import { whole } from '../../readers.js';

const findPolicy = findIn(
  'policies',
  'GET /api/v1/policies/{tenantId}',
  ({ policy_id }) => policy_id,
  ({ name }) => [name],
);

/** `interlock policies`: a tenant's guardrails, in addition to its bundles of rules. */
export const addPolicies = group(
  'policies',
  "a tenant's guardrails: decision, limits and conditions by action type",
  [
    list({
      command: 'list',
      about: 'the guardrails',
      route: 'GET /api/v1/policies/{tenantId}',
      what: 'policies',
      query: {
        '--status <status>': {
          about: 'only those of this status',
          choices: ['active', 'disabled', 'retired'],
        },
      },
      limit: 50,
      topics: ['policies'],
      columns: [
        { head: 'POLICY', of: ({ policy_id }) => policy_id, fit: 13 },
        { head: 'NAME', of: ({ name }) => name, fit: 12 },
        { head: 'DECISION', of: ({ decision }) => decision, toned: true },
        { head: 'STATUS', of: ({ status }) => status, toned: true },
        { head: 'VERSION', of: ({ version }) => version, right: true },
        { head: 'ACTION TYPES', of: ({ action_types }) => action_types.join(', '), fit: 12 },
        {
          head: 'ENTITIES',
          of: ({ max_affected_entities }) => max_affected_entities,
          wide: true,
          right: true,
        },
        { head: 'CONFIDENCE', of: ({ min_confidence }) => min_confidence, wide: true, right: true },
        { head: 'CHANGED (UTC)', time: ({ updated_at }) => updated_at, wide: true },
        { head: 'BY', of: ({ updated_by }) => updated_by, wide: true },
      ],
      id: ({ policy_id }) => policy_id,
    }),
    ask({
      command: 'show <policy>',
      about: 'one, by its id, the beginning of it or its name',
      route: 'GET /api/v1/policies/{tenantId}/{policyId}',
      find: findPolicy,
    }),
    list({
      command: 'versions <policy>',
      about: 'list all versions of a policy, newest first',
      route: 'GET /api/v1/policies/{tenantId}/{policyId}/versions',
      what: 'versions',
      limit: 50,
      find: findPolicy,
      columns: [
        { head: 'VERSION', of: ({ version }) => version, right: true },
        { head: 'STATUS', of: ({ status }) => status, toned: true },
        { head: 'DECISION', of: ({ decision }) => decision, toned: true },
        { head: 'MADE (UTC)', time: ({ made_at }) => made_at },
        { head: 'BY', of: ({ made_by }) => made_by, fit: 12 },
        { head: 'CHANGED', of: ({ changed }) => changed.join(', '), fit: 12 },
      ],
      id: ({ version }) => `${version}`,
    }),
    list({
      command: 'uses <policy>',
      about: 'list evaluations by a policy, newest first',
      route: 'GET /api/v1/policies/{tenantId}/{policyId}/audit-trail',
      what: 'uses',
      limit: 50,
      find: findPolicy,
      columns: [
        { head: 'AT (UTC)', time: ({ at }) => at },
        { head: 'DECISION', of: ({ decision }) => decision, toned: true },
        { head: 'MATCHED', of: ({ matched }) => (matched ? 'yes' : 'no') },
        { head: 'AGENT', of: ({ agent }) => agent, fit: 10 },
        { head: 'TYPE', of: ({ action_type }) => action_type, fit: 12 },
        { head: 'ACTION', of: ({ action_id }) => action_id, fit: 13 },
        { head: 'WHY', of: ({ explanation }) => explanation, wide: true },
      ],
      id: ({ evaluation_id }) => evaluation_id,
    }),
    ask({
      command: 'version <policy> <version>',
      about: 'show one version',
      route: 'GET /api/v1/policies/{tenantId}/{policyId}/versions/{version}',
      find: findPolicy,
    }),
    ask({
      command: 'compare <policy> <version> <other>',
      about: 'show what changed between two versions',
      route: 'GET /api/v1/policies/{tenantId}/{policyId}/versions/{version}/compare/{other}',
      find: findPolicy,
    }),
    ask({
      command: 'create <file>',
      about: 'add a new one, as JSON',
      route: 'POST /api/v1/policies/{tenantId}',
    }),
    ask({
      command: 'change <policy> <file>',
      about: 'change the fields that the JSON names',
      route: 'PATCH /api/v1/policies/{tenantId}/{policyId}',
      ifMatch: 'read',
      find: findPolicy,
    }),
    ask({
      command: 'restore <policy>',
      about: 'restore an earlier version as the newest',
      route: 'PATCH /api/v1/policies/{tenantId}/{policyId}',
      body: {
        '--to <version>': {
          about: 'the version to go back to',
          as: 'restore_version',
          required: true,
          read: whole(1),
        },
      },
      ifMatch: 'read',
      find: findPolicy,
    }),
    ask({
      command: 'set-status <policy> <status>',
      about: 'set it to active, disabled or retired',
      route: 'PATCH /api/v1/policies/{tenantId}/{policyId}',
      argumentsAs: [null, { as: 'status' }],
      ifMatch: 'read',
      find: findPolicy,
    }),
    ask({
      command: 'evaluate <file>',
      about: 'show what would be decided about an intent, given as JSON; does nothing',
      route: 'POST /api/v1/policies/{tenantId}/evaluate',
    }),
  ],
);
