import { observationOf, reasonsOfAnswer, type CallCommand, type CallState } from '@interlock/agents';
import type { JsonValue, Observation, Reason } from '@interlock/contracts';
import { StepFailed, type SendRollback } from '@interlock/executor';
import { uuidV5 } from '@interlock/kernel';
import { askStatus, pollStatus, settle } from './apply.js';
import { bodyOf, hasStep, msUntil, type Call, type CallAt, type CallTools } from './call-context.js';
import type { CallResult } from '../handlers/handler-client.js';
import { openNotes } from '../notes-key.js';

const because = (code: string, detail: string): readonly Reason[] => [{ code, detail }];
const timeLeft = ({ state }: CallAt): number =>
  msUntil(state.requested_at, state.apply?.confirm_timeout_s ?? 0);

/**
 * Resolves a call with an unknown outcome. It asks only for the status until the handler answers or
 * the time is up, and then follows the type's `on_unknown`. A call whose sender is gone becomes one
 * with an unknown outcome.
 */
export const settleCall = async (tools: CallTools, call: Call, at: CallAt): Promise<void> => {
  if (at.state.phase === 'requested') {
    const detail = 'the sender of the call is gone, and its answer with it';
    await call.record({ kind: 'RecordUnknown', reasons: because('outcome-unknown', detail) }, at.revision);
    return;
  }
  if (await pollStatus(tools, call, at.state.apply?.request_id ?? '', () => timeLeft(at))) return;
  const reasons = because('outcome-unknown', 'the handler did not say in time whether it had acted');
  await call.record(
    at.state.turn?.on_unknown === 'undo'
      ? { kind: 'TakeBack', reasons }
      : { kind: 'RecordUndoFailed', reasons },
  );
};

/**
 * What was observed of a call, or why it is taken back without further waiting. Null if the
 * handler's answer is inconclusive.
 */
type Observed = { readonly observation: Observation } | { readonly reasons: readonly Reason[] } | null;

const observed = async (tools: CallTools, call: Call, at: CallAt): Promise<Observed> => {
  const apply = at.state.apply?.request_id ?? '';
  if (!hasStep(call, 'observe')) {
    // A handler without the step `status` is trusted on what it answered to `apply`.
    if (!hasStep(call, 'status')) return { observation: observationOf(null) };
    const result = await askStatus(tools, call, apply);
    if (result.kind !== 'answered' || result.answer.status === 'in_progress') return null;
    if (result.answer.status === 'applied') return { observation: observationOf(null) };
    const detail = `the handler said that it had applied the action, and says \`${result.answer.status}\` after the soak`;
    return { reasons: because('not-applied', detail) };
  }
  const result = await tools.client.call({
    step: 'observe',
    tenant_id: call.tenant_id,
    type: call.type,
    request_id: uuidV5(apply, 'observe'),
    body: bodyOf(call, { apply_request_id: apply }),
    signal: call.signal,
    always: true,
  });
  if (result.kind === 'answered') return { observation: observationOf(result.answer) };
  return result.kind === 'refused' && !result.again
    ? { reasons: because('not-observed', `the handler refuses to say what came of it: ${result.detail}`) }
    : null;
};

/**
 * Adds a breach for each KPI that the type declares and the handler did not report, so that the
 * validation sees every gap.
 */
const withDeclared = (observation: Observation, kpis: readonly string[] | undefined): Observation => ({
  ...observation,
  breaches: [
    ...observation.breaches,
    ...(kpis ?? [])
      .filter((kpi) => observation.delta[kpi] === undefined)
      .map((kpi): Reason => ({ code: 'kpi-missing', detail: `the handler did not report ${kpi}`, kpi })),
  ],
});

/**
 * Waits for the soak time, and then asks the handler what it observed. A call that cannot be
 * observed in time is taken back.
 */
export const observeSoak = async (tools: CallTools, call: Call, at: CallAt): Promise<void> => {
  const { state, revision } = at;
  if (state.was_unknown) {
    const reasons = because(
      'outcome-unknown',
      'the outcome of the call was unknown, and it turned out to be applied',
    );
    await call.record(
      state.turn?.on_unknown === 'undo'
        ? { kind: 'TakeBack', reasons }
        : { kind: 'RecordUndoFailed', reasons },
      revision,
    );
    return;
  }
  const looksLater = hasStep(call, 'observe') || hasStep(call, 'status');
  const soak = looksLater ? msUntil(state.applied_at, state.apply?.soak_s ?? 0) : 0;
  if (soak > 0) {
    await call.waitOrWake(soak);
    return;
  }
  const seen = await observed(tools, call, at);
  if (seen !== null) {
    await call.record(
      'reasons' in seen
        ? { kind: 'TakeBack', reasons: seen.reasons }
        : { kind: 'RecordObservation', observation: withDeclared(seen.observation, call.type.kpis) },
      revision,
    );
    return;
  }
  if (timeLeft(at) <= 0) {
    await call.record(
      { kind: 'TakeBack', reasons: because('not-observed', 'the handler did not say what came of it') },
      revision,
    );
    return;
  }
  await call.waitOrWake(500);
};

export const confirmCall = async (tools: CallTools, call: Call, at: CallAt): Promise<void> => {
  if (!hasStep(call, 'confirm')) {
    await call.record({ kind: 'RecordConfirmed', answer: null }, at.revision);
    return;
  }
  const result = await tools.client.call({
    step: 'confirm',
    tenant_id: call.tenant_id,
    type: call.type,
    request_id: uuidV5(at.state.apply?.request_id ?? '', 'confirm'),
    body: bodyOf(call),
    signal: call.signal,
    always: true,
  });
  if (result.kind === 'answered' && result.answer.status === 'confirmed') {
    await call.record({ kind: 'RecordConfirmed', answer: result.mark }, at.revision);
    return;
  }
  const isRefused =
    result.kind === 'answered' || (result.kind === 'refused' && !result.again) || timeLeft(at) <= 0;
  if (isRefused) {
    const reasons =
      result.kind === 'answered' ? reasonsOfAnswer(result.answer) : because('confirm-failed', result.detail);
    await call.record(
      {
        kind: 'TakeBack',
        reasons: reasons.length > 0 ? reasons : because('confirm-failed', 'the handler did not confirm'),
      },
      at.revision,
    );
    return;
  }
  await call.waitOrWake(500);
};

const notesOf = (tools: CallTools, call: Call, { state }: CallAt): JsonValue =>
  state.undo === null ? null : openNotes(tools.notesKeys, call.tenant_id, call.action_id, state.undo);

/**
 * Returns how an undo ended according to the handler's answer. Null if the answer is inconclusive.
 */
const undoEnd = (
  result: CallResult<'undo'>,
):
  | { readonly kind: 'RecordUndone'; readonly how: 'undo'; readonly reasons: readonly Reason[] }
  | { readonly kind: 'RecordUndoFailed'; readonly reasons: readonly Reason[] }
  | null => {
  if (result.kind !== 'answered')
    return result.kind === 'refused' && !result.again
      ? { kind: 'RecordUndoFailed', reasons: because('undo-refused', result.detail) }
      : null;
  const reasons = reasonsOfAnswer(result.answer);
  return result.answer.status === 'undone'
    ? { kind: 'RecordUndone', how: 'undo', reasons }
    : {
        kind: 'RecordUndoFailed',
        reasons: reasons.length > 0 ? reasons : because('undo-failed', 'the handler could not undo it'),
      };
};

/**
 * Sends the undo. The undo of an action that had already ended is a new execution, so its permit
 * must be valid at the moment of the write. Returns null if it was refused and nothing was sent.
 */
const sendUndo = async (
  tools: CallTools,
  call: Call,
  at: CallAt,
  apply: string,
  sendRollback: SendRollback<CallCommand, CallState>,
): Promise<CallResult<'undo'> | null> => {
  const send = (beforeSend?: () => void): Promise<CallResult<'undo'>> =>
    tools.client.call({
      step: 'undo',
      tenant_id: call.tenant_id,
      type: call.type,
      request_id: uuidV5(apply, 'undo'),
      body: bodyOf(call, { apply_request_id: apply, undo: notesOf(tools, call, at) }),
      signal: call.signal,
      always: true,
      ...(beforeSend === undefined ? {} : { beforeSend }),
    });
  const { rollback } = at.state;
  if (rollback === null || rollback.is_sent) return send();
  let isWritten = false;
  try {
    return await sendRollback<CallResult<'undo'>>({
      request_id: rollback.request_id,
      action_type: call.type.action_type,
      request: { kind: 'RequestUndoCall', instance: tools.instance },
      at: at.revision,
      requested: () => tools.probe('undo-requested', call.action_id),
      send: (check) =>
        send(() => {
          check();
          isWritten = true;
        }),
    });
  } catch (error) {
    if (isWritten || !(error instanceof StepFailed)) throw error;
    await call.record({ kind: 'RefuseUndo', reasons: error.reasons });
    return null;
  }
};

/**
 * Takes a call back. If its outcome is unknown, the handler is asked for the status first. An undo
 * that was not answered is checked in the same way, and repeated under the same key only if it is
 * not done.
 */
export const undoCall = async (
  tools: CallTools,
  call: Call,
  at: CallAt,
  sendRollback: SendRollback<CallCommand, CallState>,
): Promise<void> => {
  const { state } = at;
  const apply = state.apply?.request_id ?? '';
  const isOver =
    !hasStep(call, 'status') || msUntil(state.undo_requested_at, tools.config.AGENT_GIVE_UP_MS / 1000) <= 0;
  const status = await askStatus(tools, call, apply);
  const said = status.kind === 'answered' ? status.answer.status : null;
  if (said === 'undone') {
    await call.record({ kind: 'RecordUndone', how: 'found-undone', reasons: [] });
    return;
  }
  if (state.rollback?.is_sent === false && (said === 'not_applied' || said === 'failed')) {
    const detail = `the handler says that the action is \`${said}\` now`;
    await call.record({ kind: 'RefuseUndo', reasons: because('leaves-changed', detail) });
    return;
  }
  if (!state.is_applied) {
    if (said === 'not_applied' || said === 'failed') {
      await call.record({ kind: 'RecordUndone', how: 'nothing-applied', reasons: [] });
      return;
    }
    if (said === 'applied') {
      await settle(tools, call, status);
      return;
    }
  }
  // A call that is still under way, or whose status is unavailable, is waited for. When the time is
  // up, the undo is tried anyway.
  const isKnown = state.is_applied && said !== 'in_progress';
  if ((isKnown || isOver) && hasStep(call, 'undo') && call.type.reversible) {
    const result = await sendUndo(tools, call, at, apply, sendRollback);
    if (result === null) return;
    const end = undoEnd(result);
    if (end !== null) {
      await call.record(end);
      return;
    }
    // An unanswered undo is checked before it is repeated. It has succeeded if nothing is applied.
    const after = await askStatus(tools, call, apply);
    if (after.kind === 'answered' && ['undone', 'not_applied'].includes(after.answer.status)) {
      await call.record({ kind: 'RecordUndone', how: 'found-undone', reasons: [] });
      return;
    }
  } else if (isKnown) {
    await call.record({
      kind: 'RecordUndoFailed',
      reasons: because('cannot-undo', 'the handler cannot undo what it has done'),
    });
    return;
  }
  if (isOver) {
    await call.record({
      kind: 'RecordUndoFailed',
      reasons: because('undo-unknown', 'the handler did not say in time that it had undone it'),
    });
    return;
  }
  await call.waitOrWake(Math.min(5000, 250 + Math.random() * 500));
};
