import type { ActionIntentV1, SeenPrediction, Timestamp } from '@interlock/contracts';
import type { EvaluateBodyDto } from './evaluate.dto.js';
import type { EvaluationCall } from './evaluator.js';

// The bus refuses a member that a DTO lacks. So these types name every member that safety-rails
// sends: adding one to an intent or a prediction alone does not compile here.
type GivenIntent = Pick<EvaluateBodyDto['intent'], keyof ActionIntentV1 | 'traceparent'>;
type GivenPrediction = Pick<NonNullable<EvaluateBodyDto['prediction']>, keyof SeenPrediction>;

const intentOf = (tenant_id: string, given: GivenIntent): Partial<ActionIntentV1> =>
  ({ ...given, tenant_id }) as Partial<ActionIntentV1>;
const predictionOf = (given: GivenPrediction): Partial<SeenPrediction> =>
  ({ ...given }) as unknown as Partial<SeenPrediction>;

/** Converts a validated request. Times become UTC with milliseconds. */
export const askedOf = (tenantId: string, body: EvaluateBodyDto, at: Timestamp): EvaluationCall => ({
  tenant_id: tenantId,
  intent: intentOf(tenantId, body.intent),
  prediction:
    body.prediction === undefined || body.prediction === null ? null : predictionOf(body.prediction),
  posture: body.posture ?? null,
  at: new Date(at).toISOString(),
  ...(body.fresh === undefined ? {} : { fresh: body.fresh }),
  ...(body.action_id === undefined ? {} : { action_id: body.action_id }),
  ...(body.request_id === undefined ? {} : { request_id: body.request_id }),
  ...(body.dry_run === undefined ? {} : { dry_run: body.dry_run }),
});
