import { Inject, Injectable } from '@nestjs/common';
import type { ActionIntentV1, Reason } from '@interlock/contracts';
import { isProblem } from '@interlock/kernel';
import { nowText } from '@interlock/platform';
import {
  isInFlight,
  isOpen,
  isRollbackPending,
  isTakingBack,
  nodeActionId,
  nodeIntentId,
  previewOf,
  requireUndoable,
  type ActionCommand,
  type ActionState,
  type KnownPlan,
  type NodeEnd,
  type NodeIntent,
  type NodeRole,
  type PartOfPlan,
  type PlanCommand,
  type PlanWork,
} from '@interlock/rails';
import { actionStream } from '../actions/action-stream.js';
import { IntentIntake } from '../intents/intent-intake.js';
import { Effects } from '../actions/effects.js';
import { isUnreachable } from '../gates/gate-looks.js';
import { ActionHandler } from '../handlers.js';
import { Orchestrator } from '../actions/orchestrator.js';
import { planContext } from './plan-stream.js';

type Work<Kind extends PlanWork['kind']> = Extract<PlanWork, { readonly kind: Kind }>;
type End = { readonly state: NodeEnd; readonly reasons: readonly Reason[] };
type EndedState = Exclude<
  Extract<ActionState, { readonly ended_at: string }>,
  { readonly status: 'ROLLING_BACK' }
>;
const own = 'service:safety-rails';
const killed = [{ code: 'kill-switch-engaged', detail: 'the kill switch stopped its plan' }];

/**
 * Performs one work item of a plan, and returns the command that records it; null while its action
 * is in progress. Every item may be repeated, because ids follow from the plan.
 */
@Injectable()
export class PlanNodes {
  constructor(
    @Inject(Effects) private readonly effects: Pick<Effects, 'planUndo'>,
    @Inject(ActionHandler) private readonly actions: Pick<ActionHandler, 'load'>,
    @Inject(IntentIntake) private readonly intake: Pick<IntentIntake, 'submit'>,
    @Inject(Orchestrator) private readonly orchestrator: Pick<Orchestrator, 'command'>,
  ) {}

  async perform(work: PlanWork, plan: KnownPlan): Promise<PlanCommand | null> {
    const { node_id } = work.node.node;
    switch (work.kind) {
      case 'preview':
        return this.#preview(work, plan);
      case 'run': {
        const end = await this.#submitted(plan, work.node.node.intent, node_id, 'node', null);
        return end === null ? null : { kind: 'record_end', node_id, now: nowText(), ...endOf(end) };
      }
      case 'stop':
        return this.#stop(work, plan);
      case 'take_back':
        return this.#takeBack(work, plan);
    }
  }

  async #preview({ node: { node } }: Work<'preview' | 'run'>, plan: KnownPlan): Promise<PlanCommand | null> {
    const end = await this.#submitted(plan, node.intent, node.node_id, 'preview', null);
    if (end === null) return null;
    return {
      kind: 'record_preview',
      node_id: node.node_id,
      now: nowText(),
      preview:
        'ended_at' in end
          ? previewOf(end, nodeActionId(plan.submitted, node.node_id, 'node'))
          : {
              ...end,
              holds: [],
              digest_parts: null,
              affected_entity_count: node.intent.affected_entity_count,
              approvals_required: 1,
            },
    };
  }

  /**
   * Stops a node's action. An action in flight is asked to stop. One that does not exist is
   * submitted as already expired, so that no late process can submit it.
   */
  async #stop({ node: { node }, how }: Work<'stop'>, plan: KnownPlan): Promise<PlanCommand | null> {
    const end = await this.#submitted(plan, node.intent, node.node_id, 'node', plan.halt?.at ?? null);
    if (end !== null) return { kind: 'record_end', node_id: node.node_id, now: nowText(), ...endOf(end) };
    if (how !== 'wait') await this.#tell(plan, nodeActionId(plan.submitted, node.node_id, 'node'), how);
    return null;
  }

  async #takeBack(
    { node: { node }, killed: stopped }: Work<'take_back'>,
    plan: KnownPlan,
  ): Promise<PlanCommand | null> {
    const { node_id, compensation } = node;
    const record = (end: End): PlanCommand => ({
      kind: 'record_compensation',
      node_id,
      now: nowText(),
      ...end,
    });
    if (compensation === null) return this.#rollBack(plan, node_id, record);
    const end = await this.#submitted(
      plan,
      compensation,
      node_id,
      'take_back',
      stopped ? (plan.halt?.at ?? null) : null,
    );
    if (end !== null) return record(endOf(end));
    if (stopped) await this.#tell(plan, nodeActionId(plan.submitted, node_id, 'take_back'), 'kill_switch');
    return null;
  }

  /**
   * Rolls back a completed action without a compensation. One that changed nothing counts as
   * undone. Any other is rolled back under the plan's approval, unless its leaves have changed
   * since.
   */
  async #rollBack(
    plan: KnownPlan,
    nodeId: string,
    record: (end: End) => PlanCommand,
  ): Promise<PlanCommand | null> {
    const { tenant_id: tenant } = plan.submitted;
    const actionId = nodeActionId(plan.submitted, nodeId, 'node');
    const { state } = await this.actions.load(actionStream(tenant, actionId));
    if (state.status === 'ROLLED_BACK' || state.status === 'ROLLBACK_FAILED')
      return record({ state: state.status, reasons: state.reasons });
    if (state.status !== 'COMPLETED') return null;
    if (state.accepted.action_type.read_only)
      return record({
        state: 'ROLLED_BACK',
        reasons: [{ code: 'read-only', detail: 'it only read, so nothing had to be taken back' }],
      });
    const { rollback } = state;
    if (isRollbackPending(rollback)) return null;
    // Its change was temporary, and was undone at the end of its time.
    if (rollback?.status === 'done') return record({ state: 'ROLLED_BACK', reasons: rollback.reasons });
    // A rollback that the plan's approval includes is tried once. A refusal explains why the action
    // remains.
    if (rollback?.status === 'refused' && rollback.approved_by === own && !rollback.temporary)
      return record({ state: 'REFUSED', reasons: rollback.reasons });
    try {
      requireUndoable(state, nowText());
      const shown = await this.effects.planUndo(state);
      await this.#command(plan, actionId, { kind: 'prepare_rollback', by: own, plan: shown, now: nowText() });
      await this.#command(plan, actionId, { kind: 'approve_rollback_by_plan', by: own, now: nowText() });
      return null;
    } catch (error) {
      return record({ state: 'REFUSED', reasons: [refusalOf(error)] });
    }
  }

  async #tell(plan: KnownPlan, actionId: string, how: 'cancel' | 'kill_switch'): Promise<void> {
    const now = nowText();
    const command: ActionCommand =
      how === 'cancel'
        ? { kind: 'cancel', by: own, now }
        : { kind: 'stop_by_kill_switch', reasons: killed, rollback_in_flight: false, now };
    try {
      await this.#command(plan, actionId, command);
    } catch (error) {
      // Its confirmation was already requested, so it ends by itself.
      if (!isProblem(error, 'wrong-state')) throw error;
    }
  }

  async #command(plan: KnownPlan, actionId: string, command: ActionCommand): Promise<void> {
    await this.orchestrator.command(
      plan.submitted.tenant_id,
      actionId,
      command,
      planContext(plan, command.now),
    );
  }

  /**
   * Submits the intent unless its action exists. Returns the action once it has ended, or why it
   * was refused, and null while it is in progress. With `expired`, an action that does not exist is
   * created as expired at that time.
   */
  async #submitted(
    plan: KnownPlan,
    intent: NodeIntent,
    nodeId: string,
    role: NodeRole,
    expired: string | null,
  ): Promise<EndedState | End | null> {
    const { plan_id, tenant_id, requester } = plan.submitted;
    const stream = actionStream(tenant_id, nodeActionId(plan.submitted, nodeId, role));
    let { state } = await this.actions.load(stream);
    if (state.status === 'NONE') {
      const whole: ActionIntentV1 = {
        ...intent,
        intent_id: nodeIntentId(plan_id, nodeId, role),
        tenant_id,
        ...(role === 'preview' ? { dry_run: true } : {}),
        ...(expired === null ? {} : { not_after: expired }),
      };
      try {
        await this.intake.submit({
          intent: whole,
          requestedBy: null,
          traceparent: plan.traceparent,
          tenantId: tenant_id,
          requester,
          actor: plan.actor,
          source: 'plan',
          time: nowText(),
          partOf: { plan_id, node_id: nodeId, role, approval: role === 'node' ? yesOf(plan, nodeId) : null },
        });
      } catch (error) {
        const refusal = refusalOf(error);
        // Another instance may have submitted it in another form meanwhile.
        if (refusal.code !== 'intent-conflict') return { state: 'REFUSED', reasons: [refusal] };
      }
      ({ state } = await this.actions.load(stream));
    }
    if (state.status === 'NONE') return null;
    if (state.accepted.part_of?.plan_id !== plan_id)
      return {
        state: 'REFUSED',
        reasons: [{ code: 'intent-conflict', detail: 'someone else submitted an intent of this id' }],
      };
    return isOpen(state) || isInFlight(state) || isTakingBack(state) ? null : state;
  }
}

/**
 * Returns the reason why a request was refused. Throws everything else: errors, and services to
 * wait for.
 */
const refusalOf = (error: unknown): Reason => {
  const waits: boolean = isUnreachable(error);
  if (waits || !isProblem(error)) throw error;
  return { code: error.code, detail: error.detail };
};

const endOf = (end: EndedState | End): End =>
  'ended_at' in end ? { state: end.status, reasons: end.reasons } : end;

/** The people's approval of a node within the plan; null if nobody was asked. */
const yesOf = ({ approval, nodes }: KnownPlan, nodeId: string): PartOfPlan['approval'] => {
  const node = approval?.nodes.find(({ node_id }) => node_id === nodeId);
  if (approval === null || node === undefined || approval.approved_by.length < approval.required) return null;
  const { digest, required, approved_by, approved_as, expires_at } = approval;
  const { digest_parts, holds } = node;
  const rollsBack =
    approval.rolls_back === true &&
    nodes.some((each) => each.node.node_id === nodeId && each.node.compensation === null);
  return {
    digest,
    digest_parts,
    holds,
    approvals_required: required,
    approved_by,
    approved_as,
    expires_at,
    ...(rollsBack ? { rolls_back: true } : {}),
  };
};
