import { windowOutcome } from '@interlock/contracts';
import { short, shown } from '@interlock/kernel';
import { type ActionEvent, type FinishedData, type RecordedGate } from '@interlock/rails';
import { modelOf } from '../questions/decided.js';
import { kpiLines } from './device.js';
import {
  changeLines,
  digestLines,
  gateStep,
  holdLines,
  planLines,
  reasonLines,
  type StepText,
} from './gates.js';

const ended = (
  state: string,
  data: { readonly reasons: FinishedData['reasons'] },
  ...lines: readonly string[]
): StepText => ({ title: `ended: ${state}`, lines: [...reasonLines(data.reasons), ...lines] });
/** The evaluation and the rule that a refusal names, if any. */
const evaluationLines = (data: {
  readonly reasons: FinishedData['reasons'];
  readonly evaluation_id?: string | null;
  readonly rule_id?: string | null;
}): readonly string[] =>
  'evaluation_id' in data
    ? [`evaluation ${data.evaluation_id ?? 'none'}, rule ${data.rule_id ?? 'none'}`]
    : [];
const gates = (records: readonly RecordedGate[]): readonly string[] =>
  records.flatMap((record) => {
    const { title, lines } = gateStep(record);
    return [title, ...(record.verdict === 'pass' ? [] : lines.map((line) => `  ${line}`))];
  });
const step = (title: string, ...lines: readonly string[]): StepText => ({ title, lines });

const judged = (data: Extract<ActionEvent, { readonly type: 'GatesJudged' }>['data']): StepText => {
  switch (data.occasion) {
    case 'first': {
      const { consume } = data;
      return step(
        'gates looked at',
        ...data.gates.flatMap((record) => {
          const { title, lines } = gateStep(record);
          return [title, ...lines.map((line) => `  ${line}`)];
        }),
        ...(consume === undefined
          ? []
          : [`budget of ${consume.day} (${consume.time_zone}) asked for, request ${consume.request_id}`]),
      );
    }
    case 'again':
      return step('gates looked at again', ...gates(data.gates));
    case 'last':
      return step(
        'last look',
        ...gates(data.gates),
        ...planLines(data.plan, false).slice(0, 1),
        ...reasonLines(data.difference),
      );
  }
};

/** Describes an event. The payloads of a plan are included if no device reports them. */
const inWords = (event: ActionEvent, dryRun: boolean): StepText => {
  const { type, data } = event;
  switch (type) {
    case 'IntentAccepted': {
      const { intent } = data;
      return step(
        `intent ${intent.intent_id} accepted`,
        `from ${data.source}, sent at ${data.time}, requested by ${data.requester}${data.claimed_by === undefined ? '' : `, for ${data.claimed_by}`}, agent ${intent.agent}${modelOf(intent) === null ? '' : ` with the model ${modelOf(intent)}`}, account ${intent.account_id}`,
        `${intent.action_type} on ${intent.entity_id} with ${JSON.stringify(intent.parameters)}`,
        `${intent.affected_entity_count} entities, confidence ${intent.confidence_score}, risk ${intent.risk_level ?? 'as the twin says'}${intent.dry_run === true ? ', a dry run' : ''}; first gate by ${data.first_gate_by}`,
        `content ${data.content_hash}`,
      );
    }
    case 'GatesJudged':
      return judged(data);
    case 'ServiceAwaited':
      return step(`waits for ${data.service} until ${data.expires_at}`, `gate ${data.gate}: ${data.detail}`);
    case 'PlanPrepared':
      return step('plan prepared', ...planLines(data.plan, dryRun));
    case 'ConfirmationWindowOpened':
      return step(
        data.notify_within_s === undefined
          ? `window of ${data.window_s} s opened by policy ${data.policy_id ?? 'none'}, until ${data.due_at}, then ${windowOutcome({ on_elapse: data.on_elapse }).detail}`
          : `window of ${data.window_s} s opened by policy ${data.policy_id ?? 'none'}, from when somebody has been told; at ${data.due_at} ${windowOutcome({ ...data, unnotified_s: data.window_s }).detail}`,
        ...holdLines(data.holds),
        ...digestLines(data.digest, data.digest_parts),
      );
    case 'ConfirmationWindowStarted':
      return step(`window runs until ${data.due_at}: channel ${data.channel_id} has told of it`);
    case 'ConfirmationWindowExtended':
      return step(`window extended to ${data.due_at} by ${data.by}`);
    case 'ConfirmationWindowElapsed':
      return step(`window elapsed: policy ${data.policy_id ?? 'none'} lets it go on`);
    case 'ActionConfirmed':
      return step(`confirmed by ${data.by}`, `digest ${data.digest}`);
    case 'ApprovalRequested':
      return step(
        `${data.approvals_required === 1 ? 'an approval is' : 'two approvals are'} asked for, until ${data.expires_at} (${data.cause})`,
        ...holdLines(data.holds),
        ...reasonLines(data.difference),
        ...digestLines(data.digest, data.digest_parts),
      );
    case 'ApprovalEscalated':
      return step(
        `nobody has answered since ${data.requested_at}: others should be asked, until ${data.expires_at}`,
      );
    case 'ActionApproved':
      return step(
        `approved by ${data.by}, ${data.approvals} of ${data.approvals_required}`,
        `digest ${data.digest}`,
      );
    case 'PlanApprovalRecorded':
      return step(
        `approved with node ${data.node_id} of plan ${data.plan_id} by ${data.approved_by.join(', ')}`,
        ...holdLines(data.holds),
        `digest ${data.digest}`,
      );
    case 'ReservationRequested':
      return step(`reservation of ${data.keys.join(', ')} asked for, waits until ${data.wait_expires_at}`);
    case 'ReservationAwaited':
      return step(
        data.held_by.length === 0 && data.room !== undefined
          ? `reservation waits: of the hour's blast radius ${data.room.taken} of ${data.room.limit} entities are taken`
          : `reservation held by ${data.held_by.join(', ')}`,
      );
    case 'ReservationGranted':
      return step(`reservation granted, fencing ${data.fencing}, until ${data.expires_at}`);
    case 'ReservationReleased':
      return step('reservation given back');
    case 'TurnRequested':
      return step(
        `turn ${data.turn} asked for, waits until ${data.expires_at}`,
        `request ${data.request_id}`,
      );
    case 'TurnTaken':
      return step(`turn ${data.turn} taken`);
    case 'TurnLapsed':
      return step(`turn ${data.turn} lost, nothing was sent under it`, ...reasonLines(data.reasons));
    case 'ExecutionStarted':
      return step(
        `execution started on the basis of ${data.basis}`,
        `by ${data.handler.service} ${data.handler.name}, plan ${short(data.plan_hash)}, epoch ${data.epoch}, fencing ${data.fencing}`,
        ...data.switches.map(
          ({ stream, revision, engaged }) =>
            `${stream} at revision ${revision}: ${engaged ? 'engaged' : 'not engaged'}`,
        ),
        `soak ${data.soak_s} s, confirm timer ${data.confirm_timeout_s} s, request ${data.request_id}`,
      );
    case 'ApplyRefused':
      return step('the handler refused', ...reasonLines(data.reasons));
    case 'ExecutionApplied':
      return step(`applied, transaction ${data.tx_id}`, ...changeLines(data.diff));
    case 'OutcomeValidated':
      return step(
        `validation: ${data.validation_result.verdict}`,
        ...data.validation_result.kpis.map(
          ({ kpi, observed, predicted, verdict }) =>
            `${kpi}: observed ${observed ?? 'nothing'}, predicted ${predicted === null ? 'nothing' : `${predicted[0]} to ${predicted[1]}`}: ${verdict}`,
        ),
        ...reasonLines(data.reasons),
        ...kpiLines(data.observation).slice(0, 1),
      );
    case 'ConfirmRequested':
      return step('confirm asked for', `request ${data.request_id}`);
    case 'UndoRequested':
      return step(
        `undo asked for (${data.cause})`,
        ...reasonLines(data.reasons),
        `request ${data.request_id}`,
      );
    case 'RollbackPrepared':
      return step(
        `a rollback is shown to ${data.by}, good until ${data.expires_at}`,
        ...planLines(data.plan, false),
        `digest ${data.digest}`,
      );
    case 'RollbackApproved':
      return step(
        data.plan === undefined
          ? data.temporary === true
            ? `the time of the temporary change is over, its undo is to be started by ${data.start_by}`
            : `rollback approved by ${data.by}, to be started by ${data.start_by}`
          : `rollback approved with plan ${data.plan.plan_id} by ${data.plan.approved_by.join(' and ')}, to be started by ${data.start_by}`,
        `digest ${data.digest}`,
      );
    case 'RollbackJudged':
      return step(`${data.look} look of the rollback`, ...gates(data.gates));
    case 'RollbackStarted':
      return step(
        `rollback started by ${data.handler.service} ${data.handler.name}`,
        `epoch ${data.epoch}, fencing ${data.fencing}, leaves ${short(data.leaves_fingerprint)}, request ${data.request_id}`,
      );
    case 'RollbackRefused':
      return step(`rollback refused (${data.cause}), nothing was sent`, ...reasonLines(data.reasons));
    case 'TemporaryChangeUndone':
      return step('the temporary change was undone', ...reasonLines(data.reasons));
    case 'ActionCompleted':
      return ended('COMPLETED', data);
    case 'DryRunCompleted':
      return ended(
        'COMPLETED, as a dry run',
        data,
        ...holdLines(data.holds).map((line) => `would have met: ${line}`),
      );
    case 'ActionRolledBack':
      return ended('ROLLED_BACK', data, `cause: ${data.cause}`);
    case 'ActionRollbackFailed':
      return ended('ROLLBACK_FAILED', data, `cause: ${data.cause}`);
    case 'ActionCancelled':
      return ended(`CANCELLED by ${data.by}`, data);
    case 'ActionCancelledByRefusal':
      return ended('CANCELLED, because the handler refused', data);
    case 'ActionDenied':
      return ended(
        data.verdict === 'error'
          ? `${data.status}, because ${data.gate} failed`
          : `${data.status} by ${data.gate}`,
        data,
        ...evaluationLines(data),
      );
    case 'ActionRejected':
      return ended(`REJECTED by ${data.by}`, data);
    case 'ActionExpired':
      return ended(`EXPIRED (${data.cause})`, data);
    case 'BudgetGiveBackRequested':
      return step(`budget of ${data.day} to be given back`, `request ${shown(data.request_id)}`);
    case 'BudgetGivenBack':
      return step(data.given_back ? 'budget given back' : 'nothing to give back to the budget');
  }
};

/** Describes one event of the action. A person's comment appears as the log stores it, sealed. */
export const actionStep = (event: ActionEvent, dryRun: boolean): StepText => {
  const { title, lines } = inWords(event, dryRun);
  return {
    title,
    lines:
      'comment' in event.data && typeof event.data.comment === 'string'
        ? [...lines, `said: ${event.data.comment}`]
        : lines,
  };
};
