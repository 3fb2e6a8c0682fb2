import {
  reasonsOfAnswer,
  type AnswerMark,
  type CallCommand,
  type CallState,
  type HandlerAnswers,
} from '@interlock/agents';
import type { JsonValue, Reason } from '@interlock/contracts';
import { refused, type SendChange } from '@interlock/executor';
import { uuidV5 } from '@interlock/kernel';
import {
  bodyOf,
  hasStep,
  msUntil,
  type Call,
  type CallAt,
  type CallTools,
  type HeldPlace,
} from './call-context.js';
import type { CallResult } from '../handlers/handler-client.js';
import { sealNotes } from '../notes-key.js';

const applied = async (
  tools: CallTools,
  call: Call,
  by: 'apply' | 'status',
  undo: JsonValue | undefined,
  answer: AnswerMark,
): Promise<CallAt> =>
  call.record({
    kind: 'RecordApplied',
    by,
    undo:
      undo === undefined || undo === null
        ? null
        : sealNotes(tools.notesKeys, call.tenant_id, call.action_id, undo),
    answer,
  });

const failed = (answer: { readonly reasons?: readonly Reason[] }): readonly Reason[] => {
  const reasons = reasonsOfAnswer(answer);
  return reasons.length > 0
    ? reasons
    : [{ code: 'handler-failed', detail: 'the handler says that nothing was done' }];
};

/**
 * Asks the handler how an action stands. A circuit breaker never blocks this question, because its
 * answer lets a change end.
 */
export const askStatus = async (
  tools: CallTools,
  call: Call,
  applyRequest: string,
): Promise<CallResult<'status'>> => {
  if (!hasStep(call, 'status'))
    return { kind: 'not-sent', code: 'no-step', detail: "the handler's answer has no status", again: false };
  return tools.client.call({
    step: 'status',
    tenant_id: call.tenant_id,
    type: call.type,
    request_id: uuidV5(applyRequest, 'status', `${Date.now()}`),
    body: bodyOf(call, { apply_request_id: applyRequest }),
    signal: call.signal,
    always: true,
  });
};

/**
 * Records what the handler's status says about a call that may be applied. Returns false if the
 * status is inconclusive.
 */
export const settle = async (
  tools: CallTools,
  call: Call,
  result: CallResult<'status'>,
): Promise<boolean> => {
  if (result.kind !== 'answered') return false;
  const { answer, mark } = result;
  switch (answer.status) {
    case 'applied':
      await applied(tools, call, 'status', answer.undo, mark);
      return true;
    case 'not_applied':
    case 'failed':
    case 'undone':
      await call.record({ kind: 'RecordFailed', reasons: failed(answer) });
      return true;
    case 'in_progress':
      return false;
  }
};

const statusEveryMs = 250;
const slowestMs = 5000;

/**
 * Asks for the status until it is conclusive, or until another event has moved the call on. Returns
 * false if the time is up first. `left` returns the remaining milliseconds.
 */
export const pollStatus = async (
  tools: CallTools,
  call: Call,
  applyRequest: string,
  left: () => number,
): Promise<boolean> => {
  if (!hasStep(call, 'status')) return false;
  for (let pause = statusEveryMs; ; pause = Math.min(slowestMs, pause * 2)) {
    if (await settle(tools, call, await askStatus(tools, call, applyRequest))) return true;
    if (left() <= 0) return false;
    await call.waitOrWake(Math.max(1, Math.min(pause, left())));
    const { state } = await call.now();
    if (state.phase !== 'requested' && state.phase !== 'unknown') return true;
  }
};

const recordAnswer = async (
  tools: CallTools,
  call: Call,
  state: CallAt['state'],
  against: () => Promise<readonly Reason[]>,
  answer: HandlerAnswers['apply'],
  mark: AnswerMark,
): Promise<void> => {
  switch (answer.status) {
    case 'failed':
      await call.record({ kind: 'RecordFailed', reasons: failed(answer) });
      return;
    case 'in_progress':
      if (
        await pollStatus(tools, call, state.apply?.request_id ?? '', () =>
          msUntil(state.requested_at, state.apply?.confirm_timeout_s ?? 0),
        )
      )
        return;
      await call.record({
        kind: 'RecordUnknown',
        reasons: [{ code: 'handler-slow', detail: 'the handler was still at work when its time was up' }],
      });
      return;
    case 'applied': {
      await applied(tools, call, 'apply', answer.undo, mark);
      // The lease expired while the handler was at work, so an engaged switch takes the call back.
      const reasons = await against();
      if (reasons.length > 0) await call.record({ kind: 'TakeBack', reasons });
    }
  }
};

/**
 * Drives a call from the accepted execution to the handler's answer. The request is repeated only
 * if no handler can have received it. A change that was sent but not answered has an unknown
 * outcome.
 */
export const applyCall = async (
  tools: CallTools,
  call: Call,
  { state }: CallAt,
  held: HeldPlace,
  sendChange: SendChange<CallCommand, CallState>,
): Promise<void> => {
  const { result, asked, against } = await sendChange<CallResult<'apply'>>({
    request: { kind: 'RequestCall', instance: tools.instance },
    requested: () => tools.probe('requested', call.action_id),
    send: async (check) => {
      const sent = await tools.client.call({
        step: 'apply',
        tenant_id: call.tenant_id,
        type: call.type,
        request_id: state.apply?.request_id ?? '',
        body: bodyOf(call),
        signal: call.signal,
        beforeSend: check,
      });
      if (sent.kind !== 'not-sent' || !sent.again) return sent;
      await call.wait(200);
      return 'unheard';
    },
  });
  await held.release();
  await tools.probe('answered', call.action_id);
  switch (result.kind) {
    case 'answered':
      await recordAnswer(tools, call, asked.state, against, result.answer, result.mark);
      return;
    case 'not-sent':
      throw refused(result.code, result.detail);
    case 'refused':
      await call.record({
        kind: 'RecordFailed',
        reasons: [{ code: 'handler-refused', detail: `${result.detail}: it did nothing` }],
      });
      return;
    case 'unknown':
      await call.record({
        kind: 'RecordUnknown',
        reasons: [{ code: 'outcome-unknown', detail: `the outcome is unknown: ${result.detail}` }],
      });
  }
};
