import { planOf } from '@interlock/agents';
import { heldTurn, isTurnAsked, movedOn, readAction, type ActionThat } from '@interlock/executor';
import { ProblemError, uuidV5 } from '@interlock/kernel';
import { bodyOf, hasStep, type Call, type CallAt, type CallTools, type HeldPlace } from './call-context.js';
import { endpointKey } from '../handlers/handler-client.js';

/**
 * Waits for a place within the endpoint's limit of concurrent calls, and plans the request. Returns
 * undefined if the turn has ended in another way, or if no place is free yet.
 */
export const takeTurn = async (
  tools: CallTools,
  call: Call,
  { state, revision }: CallAt,
): Promise<HeldPlace | undefined> => {
  const asked = state.turn;
  if (asked === null) return undefined;
  const actionThat: ActionThat = (tenantId, actionId) => readAction(tools.store, tenantId, actionId);
  if (!(await isTurnAsked(actionThat, call, asked.request_id))) {
    await call.record({ kind: 'RecordLapse', reasons: [movedOn] }, revision);
    return undefined;
  }
  if (!(await tools.mayRun(call.tenant_id, call.intent.intent_id, call.action_id))) {
    await call.waitOrWake(1000);
    return undefined;
  }
  const release = tools.places.take(
    endpointKey(call.tenant_id, call.type, 'apply'),
    call.type.handler?.endpoint?.max_calls ?? 0,
  );
  if (release === undefined) {
    await call.waitOrWake(100);
    return undefined;
  }
  let isHeld = false;
  try {
    const planned = hasStep(call, 'plan')
      ? await tools.client.call({
          step: 'plan',
          tenant_id: call.tenant_id,
          type: call.type,
          request_id: uuidV5(asked.request_id, 'plan'),
          body: bodyOf(call),
          signal: call.signal,
        })
      : null;
    if (planned !== null && planned.kind !== 'answered')
      throw new ProblemError('handler-unreachable', `the handler gave no plan: ${planned.detail}`);
    const plan = planOf(
      call.type,
      {
        action_id: call.action_id,
        entity_id: call.intent.entity_id,
        parameters: call.intent.parameters,
      },
      planned?.answer ?? null,
    );
    if (plan.violations.length > 0) {
      await call.record(
        { kind: 'RefuseApply', request_id: asked.request_id, reasons: plan.violations },
        revision,
      );
      return undefined;
    }
    const sent = performance.now();
    await call.record(
      {
        kind: 'RecordTurn',
        turn: asked.turn,
        instance: tools.instance,
        plan_hash: plan.plan_hash,
        diff: plan.diff,
      },
      revision,
    );
    isHeld = true;
    return heldTurn(asked.turn, sent, release);
  } finally {
    if (!isHeld) release();
  }
};
