import type { Scalar } from '../condition.js';
import type { SimulationCase } from './case.js';

const made = (n: number, group: string, name: string, agent: string, action: string, fields: { readonly [field: string]: Scalar }): SimulationCase =>
  ({ id: `fixture-${n}`, group, name, agent, action, context: { agent, action_type: action, ...fields } });

const calm = { affected_entity_count: 1, confidence_score: 0.9, external_contact: false, dry_run: false, posture: 'GREEN', 'time.hour': 10, 'time.weekday': 'Tuesday', 'system.load_pct': 35, 'system.error_rate_5m': 0.5 };
const [inbox, knowledge, planner, edges] = ['High-risk inbox', 'Knowledge reindex', 'Planner deploys', 'Edge cases'] as const;

/** The nine curated cases of seed 003, with fields that the built-in action types declare. */
export const simulationFixtures: readonly SimulationCase[] = [
  made(1, inbox, 'new domain', 'inbox_triage', 'inbox.quarantine', { ...calm, risk_score: 92, risk_level: 'HIGH', 'parameters.risk_score': 92, 'parameters.sender': 'billing@new-domain.example', 'parameters.domain_age_days': 3 }),
  made(2, inbox, 'known domain', 'inbox_triage', 'inbox.quarantine', { ...calm, risk_score: 88, risk_level: 'HIGH', 'parameters.risk_score': 88, 'parameters.sender': 'accounts@partner.example', 'parameters.domain_age_days': 2900 }),
  made(3, inbox, 'low risk', 'inbox_triage', 'inbox.quarantine', { ...calm, risk_score: 12, risk_level: 'LOW', 'parameters.risk_score': 12, 'parameters.sender': 'news@company.example', 'parameters.domain_age_days': 4100 }),
  made(4, knowledge, 'full 100 GB', 'knowledge_sync', 'knowledge.reindex', { ...calm, risk_score: 55, risk_level: 'MEDIUM', estimated_cost: 60, estimated_compute: 40, 'parameters.size_gb': 100, 'parameters.cost': 60 }),
  made(5, knowledge, 'small 1 GB', 'knowledge_sync', 'knowledge.reindex', { ...calm, risk_score: 8, risk_level: 'LOW', estimated_cost: 0.5, estimated_compute: 1, 'parameters.size_gb': 1, 'parameters.cost': 0.5 }),
  made(6, planner, 'canary', 'planner', 'planner.deploy', { ...calm, external_contact: true, risk_score: 35, risk_level: 'MEDIUM', estimated_cost: 10, estimated_compute: 5, 'parameters.env': 'prod', 'parameters.canary': true, 'parameters.version': '4.2.0' }),
  made(7, planner, 'rollback', 'planner', 'planner.rollback', { ...calm, posture: 'YELLOW', risk_score: 40, risk_level: 'MEDIUM', estimated_cost: 5, estimated_compute: 2, 'system.error_rate_5m': 12, 'parameters.env': 'prod', 'parameters.emergency': true }),
  made(8, edges, 'missing fields', 'inbox_triage', 'inbox.quarantine', {}),
  made(9, edges, 'extreme values', 'knowledge_sync', 'knowledge.reindex', {
    ...calm, posture: 'RED', risk_score: 99, risk_level: 'HIGH', confidence_score: 0, affected_entity_count: 1_000_000_000, estimated_cost: 1e9, estimated_compute: 1e9, 'time.hour': 23, 'time.weekday': 'Sunday',
    'system.load_pct': 100, 'system.error_rate_5m': 100, 'parameters.size_gb': 1e9, 'parameters.cost': 1e9,
  }),
];
