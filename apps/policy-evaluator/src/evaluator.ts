import type {
  Actor,
  AutoApproveAnswer,
  AutoApproveRequest,
  EvaluationAnswer,
  EvaluationV1,
  ShadowEvaluation,
  JsonObject,
  ThresholdShift,
  Timestamp,
} from '@interlock/contracts';
import { checkAutoApprovalInput, evaluateAutoApproval } from '@interlock/autonomy';
import type { LogFollower } from '@interlock/eventstore';
import { activeTraceparent, traceparentWithin } from '@interlock/jetstream';
import {
  contentHash,
  isProblem,
  positionText,
  ProblemError,
  refuseViolations,
  uuidV5,
  type EventToAppend,
} from '@interlock/kernel';
import { newId, nowText } from '@interlock/platform';
import {
  buildContext,
  evaluate,
  evaluationStream,
  shadowOf,
  type EvaluationRequest,
  type RecordedEvaluation,
  type RecordedInput,
} from '@interlock/policy';
import { Inject, Injectable } from '@nestjs/common';
import { systemLoad } from './load.js';
import { PolicyIndex, type TenantRules } from './policy-index.js';
import { Recorder } from './recorder.js';
import type { EvaluationTelemetry } from './telemetry.js';
import { EVALUATION_TELEMETRY, FOLLOWER } from './tokens.js';

/** The maximum age, in milliseconds, of the proof that the index is current. */
export const currentWithinMs = 2000;

export type EvaluationCall = EvaluationRequest & {
  readonly tenant_id: string;
  readonly fresh?: boolean;
  readonly action_id?: string;
  readonly request_id?: string;
};

/**
 * The evaluation and its log position. The position is null for an action's evaluation, which the
 * action's own stream records.
 */
export type Evaluated = { readonly evaluation: EvaluationAnswer; readonly recorded_position: string | null };

type Made = {
  readonly evaluation: EvaluationV1;
  readonly input: RecordedInput;
  readonly shadow?: ShadowEvaluation;
};

const named = (value: string | undefined, pointer: string): string => {
  if (value === undefined)
    throw new ProblemError('validation-failed', 'the intent has 1 fault', {
      violations: [{ pointer, detail: 'is missing' }],
    });
  return value;
};

/**
 * Evaluates requests by the tenant's rules in the log. Each evaluation is recorded before the
 * answer.
 */
@Injectable()
export class Evaluator {
  constructor(
    private readonly index: PolicyIndex,
    @Inject(FOLLOWER) private readonly follower: LogFollower,
    private readonly recorder: Recorder,
    @Inject(EVALUATION_TELEMETRY) private readonly telemetry?: EvaluationTelemetry,
  ) {}

  /**
   * Evaluates a request. An evaluation without an action is recorded before the answer. Throws
   * `not-current` if the index may be stale, the store's errors if the recording failed,
   * `internal-error` if the evaluation threw.
   */
  async evaluate(asked: EvaluationCall, actor: Actor): Promise<Evaluated> {
    const began = performance.now();
    try {
      await this.follower.ensureCurrent(asked.fresh === true);
      const now = nowText();
      const made = guarded(() => this.#evaluate(asked));
      const { tenant_id: tenantId, agent, action_type: actionType, action_id: actionId, at } = made.input;
      const recorded =
        actionId === null
          ? await this.recorder.record(
              evaluationStream(tenantId, now.slice(0, 10)),
              recordOf(made, actor, now),
            )
          : null;
      this.telemetry?.evaluated(
        made.evaluation,
        { tenantId, agent, actionType },
        (performance.now() - began) / 1000,
      );
      const { evaluation, input, ...shadow } = made;
      return {
        evaluation: { ...evaluation, input: { context: input.context, at }, ...shadow },
        recorded_position: recorded === null ? null : positionText(recorded.position),
      };
    } catch (error) {
      this.telemetry?.failed(error);
      throw error;
    }
  }

  /**
   * Applies the auto-approval policy of the tenant's configuration. Throws `validation-failed` or
   * `not-current`.
   */
  async autoApprove(request: AutoApproveRequest): Promise<AutoApproveAnswer> {
    const { fresh = false, ...input } = request;
    refuseViolations(checkAutoApprovalInput(input), 'the request');
    await this.follower.ensureCurrent(fresh);
    const { config, version, shift } = this.index.rules(input.tenant_id).autoApprovalOf(input.action_type);
    return {
      ...evaluateAutoApproval(input, config),
      config: config as unknown as JsonObject,
      version,
      ...(shift === undefined ? {} : { threshold_shift: shift }),
    };
  }

  #evaluate(asked: EvaluationCall): Made {
    const { tenant_id: tenantId, intent, request_id: requestId } = asked;
    const agent = named(intent.agent, '/intent/agent');
    const actionType = named(intent.action_type, '/intent/action_type');
    const rules = this.index.rules(tenantId);
    const { system, ...derived } = this.index.derived(tenantId, intent, asked.at);
    const context = buildContext(
      asked,
      rules.timeZone,
      { ...derived, system: { ...system, ...systemLoad() } },
      this.index.actionType(tenantId, actionType)?.external_contact === true,
    );
    const input: RecordedInput = {
      tenant_id: tenantId,
      agent,
      action_type: actionType,
      context,
      at: asked.at,
      action_id: asked.action_id ?? null,
      request_id: requestId ?? null,
      dry_run: context['dry_run'] === true,
    };
    const position = this.follower.position();
    const {
      bundle,
      shadow: other,
      floor,
      stage,
      team,
    } = rules.route({
      agent,
      accountId: textOf(context['account_id']),
      entityId: textOf(context['entity_id']),
    });
    const { config, shift: thresholdShift } = rules.autoApprovalOf(actionType);
    const outcome = evaluate({
      evaluation_id: '',
      trace_id: '',
      agent,
      action_type: actionType,
      context,
      policies: rules.policies,
      bundle,
      floor,
      confidence_thresholds: config.confidence_thresholds,
      ...(thresholdShift === undefined ? {} : { threshold_shift: thresholdShift }),
      versions: versionsOf(rules, stage, team, thresholdShift),
      position: position === null ? '0' : positionText(position),
    });
    const shadow =
      other === null
        ? {}
        : { shadow: shadowOf({ agent, action_type: actionType, context, policies: rules.policies }, other) };
    const hash = contentHash({ input, versions: outcome.versions });
    // A repeated request under the same rules gets the same id, so readers drop it. Under other
    // rules, it is a new evaluation.
    const id = requestId === undefined ? newId() : uuidV5('evaluation', tenantId, requestId, hash);
    const traceparent = activeTraceparent();
    const evaluation: EvaluationV1 = {
      ...outcome,
      evaluation_id: id,
      trace_id: traceparent?.split('-')[1] ?? id.replaceAll('-', ''),
    };
    return { evaluation, input, ...shadow };
  }
}

const recordOf = ({ evaluation, input, shadow }: Made, actor: Actor, now: Timestamp): EventToAppend => {
  const { evaluation_id: id } = evaluation;
  const data: RecordedEvaluation = { ...evaluation, input, ...(shadow === undefined ? {} : { shadow }) };
  return {
    id,
    type: 'EvaluationRecorded',
    data,
    metadata: {
      $correlationId: id,
      $causationId: input.request_id ?? id,
      tenant_id: input.tenant_id,
      actor,
      schema_version: 1,
      occurred_at: now,
      command_id: input.request_id ?? id,
      ...traceparentWithin(null),
    },
  };
};

const versionsOf = (
  { autoApproval, timeZone }: TenantRules,
  stage: string | null,
  team: string | null,
  shift: ThresholdShift | undefined,
): JsonObject => ({
  auto_approval: autoApproval.version,
  time_zone: timeZone,
  ...(stage === null ? {} : { canary_stage: stage }),
  ...(team === null ? {} : { team }),
  ...(shift === undefined ? {} : { thresholds: shift.revision }),
});
const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/**
 * Runs a step of an evaluation. INVARIANT: an exception during an evaluation is an error of the
 * gate, never a decision.
 */
const guarded = <T>(work: () => T): T => {
  try {
    return work();
  } catch (error) {
    if (isProblem(error)) throw error;
    throw new ProblemError('internal-error', 'the evaluation failed', { cause: error });
  }
};

/** The actor of evaluations that a service requests. */
export const evaluatorActor: Actor = { kind: 'service', service: 'policy-evaluator' };
