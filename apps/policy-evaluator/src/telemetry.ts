import type { EvaluationV1 } from '@interlock/contracts';
import { isProblem } from '@interlock/kernel';
import { counterOf, histogramOf, type ServiceContext } from '@interlock/platform';

export type EvaluationTelemetry = {
  readonly evaluated: (
    evaluation: EvaluationV1,
    about: { readonly tenantId: string; readonly agent: string; readonly actionType: string },
    seconds: number,
  ) => void;
  readonly failed: (error: unknown) => void;
};

/**
 * Writes one log line and the metrics of each evaluation, without entities, parameters or people.
 */
export const evaluationTelemetry = ({
  logger,
  metrics,
}: Pick<ServiceContext, 'logger' | 'metrics'>): EvaluationTelemetry => {
  const decisions = counterOf(metrics, 'interlock_policy_decisions_total');
  const errors = counterOf(metrics, 'interlock_policy_errors_total');
  const duration = histogramOf(metrics, 'interlock_policy_evaluation_seconds');
  return {
    evaluated: (evaluation, { tenantId, agent, actionType }, seconds) => {
      decisions.inc({ decision: evaluation.decision, variant: evaluation.bundle.variant });
      duration.observe(seconds);
      logger.info(
        {
          trace_id: evaluation.trace_id,
          tenant_id: tenantId,
          agent,
          action_type: actionType,
          decision: evaluation.decision,
          confidence: evaluation.confidence,
          evaluation_id: evaluation.evaluation_id,
          bundle_version: evaluation.bundle.bundle_version,
          rule_id: evaluation.bundle.rule_id,
        },
        'policy evaluated',
      );
    },
    failed: (error) => errors.inc({ code: isProblem(error) ? error.code : 'internal-error' }),
  };
};
