import type { Observation, PredictionV1, Reason, TxStatus } from '@interlock/contracts';
import { ProblemError, uuidV5 } from '@interlock/kernel';
import type { ActionCommand } from './action-commands.js';
import { after, expiryOf, finished, isOpen, refusalOf, withGiveBack } from './action-ends.js';
import { lapse, refusedBy, requestTurn } from './action-turn.js';
import type { ActionEvent, HoldRecord, KpiVerdict, ValidationResult } from './action-events.js';
import { holdsOf, sawOf, type ActionState, type Yes } from './action-state.js';
import { approvalsRequired, askApproval, differenceOf, digestParts, irreversibleHold, isSameWindow, refusalOfPlan, reserve } from './action-walk.js';
import { gateNames, judge } from './gates.js';
import { killSwitchEpoch } from './kill-switch.js';

type Of<Kind extends ActionCommand['kind']> = Extract<ActionCommand, { kind: Kind }>;

export const recordReservation = (command: Of<'record_reservation'>, state: ActionState): readonly ActionEvent[] => {
  if (state.status !== 'PENDING' || state.reservation === null || state.reservation.status === 'granted') return [];
  if (command.granted !== null) return [{ type: 'ReservationGranted', data: command.granted }, ...(command.before_turns === true ? [] : [requestTurn(state, command.now)])];
  return state.reservation.status === 'waiting' ? [] : [{ type: 'ReservationAwaited', data: { held_by: command.held_by } }];
};

/** What a yes does not cover: a gate it was not asked for, an approval where only time passed or a window was confirmed, another window, more people. */
const uncoveredBy = (yes: Yes, holds: readonly HoldRecord[], state: ActionState): readonly HoldRecord[] => {
  if (yes.basis === 'approved' && approvalsRequired(state) > (state.approval?.approved_by.length ?? 0)) return holds;
  if (yes.basis === 'elapsed' && !isSameWindow(state)) return holds;
  return holds.filter((h) => !yes.covered.includes(h.gate) || (yes.basis !== 'approved' && h.hold !== 'window'));
};

/** Gate 12: what holds now must be covered by the yes that was given; stricter ends the action or asks again. */
export const recordLastLook = (command: Of<'record_last_look'>, state: ActionState): readonly ActionEvent[] => {
  const { yes, reservation } = state;
  // INVARIANT: without a turn only what was recorded before there were turns is decided again; nextEffect always asks for one.
  if (state.status !== 'PENDING' || yes === null || reservation?.status !== 'granted' || state.execution !== null || state.turn?.status === 'requested') return [];
  const accepted = state.accepted!;
  const notAfter = accepted.intent.not_after;
  if (notAfter !== undefined && command.now > notAfter) {
    return withGiveBack(state, [{ type: 'ActionExpired', data: { cause: 'intent', reasons: [{ code: 'intent-expired', detail: `not after ${notAfter}`, at: notAfter }] } }]);
  }
  const expired = expiryOf(state, command.now);
  if (expired !== null) return withGiveBack(state, [expired]);

  // The lease must outlast what is started under it.
  if (reservation.expires_at !== null && after(command.now, command.confirm_timeout_s) >= reservation.expires_at) return [reserve(state, command.now)];

  const records = command.looks.map(judge);
  const gates = { ...state.gates, ...Object.fromEntries(records.map((r) => [r.gate, r])) };
  const parts = digestParts(state, command.plan, gates);
  const difference = yes.digest_parts === null ? [] : differenceOf(yes.digest_parts, parts);
  const taken: ActionEvent = { type: 'LastLookTaken', data: { gates: records, plan: command.plan, digest_parts: parts, difference } };

  const stopped = gateNames.map((gate) => gates[gate]).find((r) => r?.verdict === 'fail' || r?.verdict === 'error');
  if (stopped !== undefined) return withGiveBack(state, [taken, refusalOf(stopped)]);
  const refused = refusalOfPlan(state, command.plan);
  if (refused !== null) return withGiveBack(state, [taken, refused]);
  const looked = new Set(records.map((r) => r.gate));
  const missing = gateNames.filter((gate) => gate !== 'budget' && !looked.has(gate));
  if (missing.length > 0) {
    return withGiveBack(state, [taken, { type: 'ActionDeniedByGateError', data: { gate: 'last_look', reasons: missing.map((gate): Reason => ({ code: 'gate-error', detail: `gate ${gate} was not looked at`, gate })) } }]);
  }
  const holds = [...holdsOf(gates), ...irreversibleHold(state, command.plan)];
  if (uncoveredBy(yes, holds, { ...state, gates }).length > 0 || difference.length > 0) {
    return [taken, askApproval({ ...state, gates }, 'changed', holds, parts, difference, command.now)];
  }
  const plan = command.plan!;
  return [taken, {
    type: 'ExecutionStarted',
    data: {
      plan_hash: plan.plan_hash, epoch: killSwitchEpoch(command.switches), switches: command.switches, request_id: state.turn === null ? uuidV5(accepted.action_id, 'apply') : uuidV5(accepted.action_id, 'apply', `${state.turn.number}`), soak_s: command.soak_s,
      confirm_timeout_s: command.confirm_timeout_s, handler: accepted.action_type.handler!, fencing: reservation.fencing ?? '', basis: yes.basis, ...(state.turn === null ? {} : { turn: state.turn.number }),
    },
  }];
};

/** Nothing was sent to the device: the action ends CANCELLED, its budget is given back. */
export const recordRefusal = (command: Of<'record_refusal'>, state: ActionState): readonly ActionEvent[] => {
  if (state.status !== 'EXECUTING' && state.status !== 'ROLLING_BACK') return [];
  return refusedBy(state, command.reasons);
};

/** Which way a KPI is better, and how much of a change is noise of the measurement, in its own unit. One that is not named counts as worse both ways, with no noise. */
const natures: { readonly [kpi: string]: { readonly better: 'lower' | 'higher'; readonly noise: number } } = {
  drop_rate_pct: { better: 'lower', noise: 0.5 }, latency_ms: { better: 'lower', noise: 5 }, load_pct: { better: 'lower', noise: 5 },
  throughput_mbps: { better: 'higher', noise: 50 }, availability_pct: { better: 'higher', noise: 0.5 }, users: { better: 'higher', noise: 10 },
};

/**
 * Observed against predicted, per KPI, and the handler's own limits. Worse than the interval by more than noise is a fail; better is noted. Each of several
 * KPIs leaves its own interval now and then: without the noise every other harmless change would be taken back.
 */
export const validateOutcome = (prediction: PredictionV1 | undefined, observation: Observation): { readonly result: ValidationResult; readonly reasons: readonly Reason[] } => {
  const kpis = Object.entries(observation.delta).map(([kpi, observed]): KpiVerdict => {
    const predicted = prediction?.interval_by_kpi[kpi] ?? null;
    if (predicted === null || (observed >= predicted[0] && observed <= predicted[1])) return { kpi, observed, predicted, verdict: 'inside' };
    const nature = natures[kpi];
    const below = observed < predicted[0];
    if (nature !== undefined && nature.better === (below ? 'lower' : 'higher')) return { kpi, observed, predicted, verdict: 'better' };
    const beyond = below ? predicted[0] - observed : observed - predicted[1];
    return { kpi, observed, predicted, verdict: beyond <= (nature?.noise ?? 0) ? 'inside' : 'worse' };
  });
  const worse = kpis.filter((k) => k.verdict === 'worse').map((k): Reason => ({
    code: 'kpi-worse', detail: `${k.kpi} changed by ${k.observed}, predicted ${k.predicted![0]} to ${k.predicted![1]}`, kpi: k.kpi, observed: k.observed, predicted: [...k.predicted!],
  }));
  const reasons = [...observation.breaches, ...worse];
  const blind: readonly Reason[] = observation.samples > 0 ? [] : [{ code: 'not-observed', detail: 'no sample was taken over the soak time' }];
  const all = [...blind, ...reasons];
  return {
    result: { verdict: all.length === 0 ? 'pass' : 'fail', kpis, impact_delta: prediction?.impact_delta ?? null, predicted_interval: prediction?.confidence_interval ?? null },
    reasons: all,
  };
};

const observed = (state: ActionState, status: TxStatus): readonly ActionEvent[] => {
  if (status.observation === null || state.validation_result !== null || state.undo !== null) return [];
  const { result, reasons } = validateOutcome(sawOf(state, 'prediction')?.answer, status.observation);
  const validated: ActionEvent = { type: 'OutcomeValidated', data: { validation_result: result, observation: status.observation, reasons } };
  const id = state.accepted!.action_id;
  return [validated, result.verdict === 'pass'
    ? { type: 'ConfirmRequested', data: { request_id: uuidV5(id, 'confirm') } }
    : { type: 'UndoRequested', data: { request_id: uuidV5(id, 'undo'), cause: 'validation', reasons } }];
};

/** The handler's own word closes its transaction, so that a late apply finds it closed. */
const takeBack = (state: ActionState, cause: 'stale' | 'validation', reason: Reason): readonly ActionEvent[] =>
  state.undo === null ? [{ type: 'UndoRequested', data: { request_id: uuidV5(state.accepted!.action_id, 'undo'), cause, reasons: [reason] } }] : [];

/** Follows the handler's transaction; what it says last about the device is the end. Throws `internal-error` for another action's. */
export const recordTransaction = ({ status, now, before_turns: beforeTurns }: Of<'record_transaction'>, state: ActionState): readonly ActionEvent[] => {
  if (state.execution === null || state.ended_at !== null || isOpen(state)) return [];
  const { action_id: id } = state.accepted!;
  if (status.tx_id !== id) throw new ProblemError('internal-error', `the handler of action \`${id}\` answered for transaction \`${status.tx_id}\``);
  const applied: readonly ActionEvent[] = state.execution.tx_id === null && (status.state === 'TENTATIVE' || status.state === 'OBSERVED' || status.state === 'CONFIRMED')
    ? [{ type: 'ExecutionApplied', data: { tx_id: status.tx_id, diff: status.diff } }] : [];
  const because = (code: string, detail: string): readonly Reason[] => [...(state.undo?.reasons ?? []), ...status.reasons, ...(status.reasons.length + (state.undo?.reasons.length ?? 0) === 0 ? [{ code, detail }] : [])];
  const observation = status.observation ?? state.observation;
  const seen = { ...state, observation };
  switch (status.state) {
    case 'NONE': case 'QUEUED': case 'READY': case 'PREPARING':
      // Before there were turns, an execution that nobody began for two minutes was taken back.
      return beforeTurns === true && status.state === 'NONE' ? takeBack(state, 'stale', { code: 'start-too-late', detail: `nobody began the execution of ${state.execution.started_at} in time` }) : [];
    case 'STALE': return state.undo === null && state.execution.tx_id === null && (status.turn ?? 0) === (state.execution.turn ?? 0) ? lapse(state, status.reasons, now) : [];
    case 'TENTATIVE': return applied;
    case 'OBSERVED': return [...applied, ...observed(state, status)];
    case 'CONFIRMED':
      if (state.confirm === null) return [...applied, ...takeBack(state, 'validation', { code: 'confirmed-unasked', detail: 'the change was made permanent though nobody had asked for it' })];
      return [...applied, { type: 'ActionCompleted', data: finished(seen, status.reasons) }];
    case 'REFUSED': return refusedBy(state, because('refused', 'the handler refused'));
    case 'FAILED': return [{ type: 'ActionRolledBack', data: { ...finished(seen, because('execution-failed', 'the change could not be made, nothing is left of it')), cause: 'execution-failed' } }];
    case 'ROLLED_BACK': return [{ type: 'ActionRolledBack', data: { ...finished(seen, because('rolled-back', 'the device took the change back')), cause: state.undo?.cause ?? 'device' } }];
    case 'ROLLBACK_FAILED': return [{ type: 'ActionRollbackFailed', data: { ...finished(seen, because('rollback-failed', 'the device is not as it was')), cause: state.undo?.cause ?? 'device' } }];
  }
};
