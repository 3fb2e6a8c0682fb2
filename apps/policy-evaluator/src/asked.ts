import type { ActionIntentV1, SeenPrediction, Timestamp } from '@interlock/contracts';
import type { EvaluateBodyDto } from './evaluate.dto.js';
import type { EvaluationCall } from './evaluator.js';

/** A checked request; times in UTC with milliseconds. */
export const askedOf = (tenantId: string, body: EvaluateBodyDto, at: Timestamp): EvaluationCall => ({
  tenant_id: tenantId,
  intent: { ...body.intent, tenant_id: tenantId } as Partial<ActionIntentV1>,
  prediction:
    body.prediction === undefined || body.prediction === null
      ? null
      : ({ ...body.prediction } as unknown as Partial<SeenPrediction>),
  posture: body.posture ?? null,
  at: new Date(at).toISOString(),
  ...(body.fresh === undefined ? {} : { fresh: body.fresh }),
  ...(body.action_id === undefined ? {} : { action_id: body.action_id }),
  ...(body.request_id === undefined ? {} : { request_id: body.request_id }),
  ...(body.dry_run === undefined ? {} : { dry_run: body.dry_run }),
});
