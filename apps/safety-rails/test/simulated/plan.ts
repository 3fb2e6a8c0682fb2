import type { NodeIntent } from '@interlock/rails';
import type { ReadPlan } from '../../src/plans/plan.dto.js';
import type { Machine } from './machine.js';
import { account, actionType } from './weather.js';

const intentOf = (entity: string): NodeIntent => ({
  account_id: account,
  agent: 'ran-optimizer',
  action_type: actionType.action_type,
  entity_id: entity,
  parameters: {},
  affected_entity_count: 1,
  confidence_score: 0.95,
  external_contact: false,
});

/**
 * A plan of three actions: one, and two that depend on it; each can be taken back by another
 * action.
 */
export const planOf = (machine: Machine): ReadPlan => ({
  submission_id: 'a-plan',
  description: null,
  failure_rule: machine.pick(['rollback_all', 'rollback_all', 'stop', 'continue']),
  approval: machine.pick(['required', 'if_held']),
  max_affected_entities: machine.chance(0.08) ? 2 : 10,
  dry_run: machine.chance(0.1),
  nodes: ['first', 'second', 'third'].map((node_id, i) => ({
    node_id,
    depends_on: i === 0 ? [] : ['first'],
    intent: intentOf(`plan-${node_id}`),
    compensation: intentOf(`plan-${node_id}`),
  })),
});
