import { parseStream, type MatchedPolicy } from '@interlock/contracts';
import { positionText } from '@interlock/kernel';
import type { EvaluationRecorded } from '@interlock/policy';
import { defineProjection, insertRows, perBatch, type ProjectedEvent } from '@interlock/postgres';
import type { Transaction } from 'kysely';
import { evaluationsTable } from '../migrations/0001-evaluations.js';

type EvaluationsTable = {
  tenant_id: string;
  evaluation_id: string;
  at: string | Date;
  action_id: string | null;
  agent: string;
  action_type: string;
  decision: string;
  confidence: number;
  explanation: string;
  trace_id: string;
  bundle_version: string | null;
  rule_id: string | null;
  dry_run: boolean;
  policy_ids: string[];
  matched: readonly MatchedPolicy[];
  position: string;
};
export type EvaluationsDatabase = { evaluations: EvaluationsTable };

const lookedAt = (versions: EvaluationRecorded['data']['versions']): string[] =>
  (Array.isArray(versions['policies'])
    ? (versions['policies'] as readonly { readonly policy_id: string }[])
    : []
  ).map(({ policy_id: id }) => id);

const batch = perBatch<EvaluationsDatabase, EvaluationsTable[]>(() => []);

const onEvaluation = (
  event: ProjectedEvent<EvaluationRecorded>,
  db: Transaction<EvaluationsDatabase>,
): void => {
  const stream = parseStream(event.stream);
  if (stream === undefined) return;
  const { data } = event;
  batch(db).push({
    tenant_id: stream.tenant,
    evaluation_id: data.evaluation_id,
    at: data.input.at,
    action_id: data.input.action_id,
    agent: data.input.agent,
    action_type: data.input.action_type,
    decision: data.decision,
    confidence: data.confidence,
    explanation: data.explanation,
    trace_id: data.trace_id,
    bundle_version: data.bundle.bundle_version,
    rule_id: data.bundle.rule_id,
    dry_run: data.input.dry_run,
    policy_ids: lookedAt(data.versions),
    matched: data.policies.matched,
    position: positionText(event.position),
  });
};

/** Every evaluation, found by the policies that it looked at: their audit trail. A repeated evaluation has the id of the first, which stays. */
export const evaluationsProjection = defineProjection<EvaluationsDatabase, EvaluationRecorded>({
  name: 'evaluations',
  version: 1,
  prefixes: ['evaluation-'],
  migrations: [evaluationsTable],
  handlers: { EvaluationRecorded: onEvaluation },
  flush: (db) => insertRows(db, 'evaluations', batch(db)),
});
