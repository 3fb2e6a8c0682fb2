import { parseStream, type MatchedPolicy } from '@interlock/contracts';
import { positionText } from '@interlock/kernel';
import {
  evaluationsIn,
  type EvaluationRecorded,
  type RecordedEvaluation,
  type RecordedInput,
} from '@interlock/policy';
import { defineProjection, insertRows, perBatch, type ProjectedEvent } from '@interlock/postgres';
import type { ActionEvent } from '@interlock/rails';
import type { Transaction } from 'kysely';
import { evaluationsTable } from '../migrations/0001-evaluations.js';

type EvaluationsTable = {
  tenant_id: string;
  evaluation_id: string;
  at: string | Date;
  recorded_at: string | Date;
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
  input: RecordedInput;
  position: string;
};
export type EvaluationsDatabase = { evaluations: EvaluationsTable };

const lookedAt = (versions: RecordedEvaluation['versions']): string[] =>
  (Array.isArray(versions['policies'])
    ? (versions['policies'] as readonly { readonly policy_id: string }[])
    : []
  ).map(({ policy_id: id }) => id);

const batch = perBatch<EvaluationsDatabase, EvaluationsTable[]>(() => []);

type Followed = EvaluationRecorded | Extract<ActionEvent, { readonly type: 'GatesJudged' }>;

const onEvaluations = (event: ProjectedEvent<Followed>, db: Transaction<EvaluationsDatabase>): void => {
  const stream = parseStream(event.stream);
  if (stream === undefined) return;
  batch(db).push(
    ...evaluationsIn(event).map((data) => ({
      tenant_id: stream.tenant,
      evaluation_id: data.evaluation_id,
      at: data.input.at,
      recorded_at: event.metadata.occurred_at,
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
      input: data.input,
      position: positionText(event.position),
    })),
  );
};

/**
 * All evaluations, with or without an action, indexed by the policies that they used. They are the
 * audit trail of policies. A repeated evaluation has the id of the first one, which is kept.
 */
export const evaluationsProjection = defineProjection<EvaluationsDatabase, Followed>({
  name: 'evaluations',
  version: 1,
  prefixes: ['evaluation-', 'action-'],
  migrations: [evaluationsTable],
  retained: [
    {
      kind: 'evaluations',
      table: 'evaluations',
      at: 'recorded_at',
      key: ['tenant_id', 'evaluation_id'],
      ended: 'true',
    },
  ],
  handlers: { EvaluationRecorded: onEvaluations, GatesJudged: onEvaluations },
  flush: (db) => insertRows(db, 'evaluations', batch(db)),
});
