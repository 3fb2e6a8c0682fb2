import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { ActionIntentV1, RiskLevel } from '@interlock/contracts';
import type { RecipeRequest } from '@interlock/policy';

/** The facts of a case, in the words of its file. */
export type KnownFacts = { readonly [name: string]: string | number | boolean | readonly string[] };
type Case = {
  readonly id: string;
  readonly input: { readonly recipe: number; readonly name: string; readonly context: KnownFacts };
  readonly expect: { readonly governed: boolean; readonly outcome?: string };
};
export const suite = JSON.parse(
  readFileSync(fileURLToPath(new URL('../../fixtures/acceptance/recipes.json', import.meta.url)), 'utf8'),
) as { readonly counts: { readonly [category: string]: number }; readonly cases: readonly Case[] };

const days: { readonly [day: string]: string } = {
  Saturday: '2026-03-07',
  Sunday: '2026-03-08',
  Monday: '2026-03-09',
};
/** Maps the words of the cases to the project's fields. */
export const asked: { readonly [recipe: number]: (given: KnownFacts) => RecipeRequest } = {
  1: (given) => ({
    agent: 'inbox_triage',
    action: 'inbox.quarantine',
    parameters: { risk_score: given['risk_score'] as number },
  }),
  2: (given) => ({
    agent: 'inbox_triage',
    action: 'inbox.quarantine',
    parameters: { risk_score: given['risk_score'] as number },
  }),
  3: (given) => ({
    agent: 'inbox_triage',
    action: 'inbox.allow',
    parameters: given as ActionIntentV1['parameters'],
  }),
  4: ({ size_gb, cost }) => ({
    agent: 'knowledge_sync',
    action: 'knowledge.reindex',
    parameters: { size_gb: size_gb as number },
    estimated_cost: cost as number,
  }),
  5: ({ size_gb, cost }) => ({
    agent: 'knowledge_sync',
    action: 'knowledge.reindex',
    parameters: { size_gb: size_gb as number },
    estimated_cost: cost as number,
  }),
  6: (given) => ({
    agent: 'knowledge_sync',
    action: 'knowledge.delete',
    parameters: given as ActionIntentV1['parameters'],
  }),
  7: (given) => ({
    agent: 'planner',
    action: 'planner.deploy',
    parameters: given as ActionIntentV1['parameters'],
  }),
  9: (given) => ({
    agent: 'planner',
    action: 'planner.deploy',
    at: `2026-03-02T${given['time'] as string}:00.000Z`,
  }),
  10: (given) => ({
    agent: 'knowledge_sync',
    action: 'knowledge.reindex',
    estimated_cost: given['cost'] as number,
  }),
  11: (given) => ({
    agent: 'knowledge_sync',
    action: 'knowledge.reindex',
    estimated_compute: 10,
    system: { load_pct: given['load_pct'] as number },
  }),
  12: (given) => ({
    agent: 'planner',
    action: 'planner.schedule',
    parameters: { priority: given['priority'] as string },
    at: `${days[given['weekday'] as string]!}T12:00:00.000Z`,
  }),
  13: (given) => ({
    agent: 'planner',
    action: 'planner.deploy',
    risk_level: (given['risk'] as string).toUpperCase() as RiskLevel,
  }),
  14: (given) => ({
    agent: 'inbox_triage',
    action: 'inbox.archive',
    parameters: given as ActionIntentV1['parameters'],
  }),
  15: (given) => ({
    agent: 'inbox_triage',
    action: 'inbox.quarantine',
    parameters: given as ActionIntentV1['parameters'],
  }),
  16: (given) => ({
    agent: 'inbox_triage',
    action: 'inbox.quarantine',
    parameters: { risk_score: given['risk_score'] as number },
  }),
  17: (given) => ({
    agent: 'inbox_triage',
    action: 'inbox.quarantine',
    history: { failure_rate_5m: given['error_rate_pct'] as number },
  }),
};
export const decisions: { readonly [outcome: string]: string } = {
  quarantine: 'ALLOW',
  'manual review': 'NEEDS_APPROVAL',
  allow: 'ALLOW',
  needs_approval: 'NEEDS_APPROVAL',
  'not allowed': 'DENY',
  deny: 'DENY',
  'not now': 'DENY',
  waits: 'NEEDS_APPROVAL',
  approved: 'NEEDS_APPROVAL',
  'archive allowed': 'ALLOW',
  'quarantine denied': 'DENY',
};
