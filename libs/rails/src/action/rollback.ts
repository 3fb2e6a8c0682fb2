import { defaults, type PlanAnswer, type Reason, type Timestamp } from '@interlock/contracts';
import { contentHash, ProblemError, uuidV5 } from '@interlock/kernel';
import type { ActionCommand } from './commands.js';
import { after, finished } from './ends.js';
import type { ActionEvent } from '../action-events/events.js';
import { refuseDigest, refuseRequester, refuseState, repeated, requestOf, said } from './person.js';
import { checkAnswer } from './turn.js';
import { isTakingBack, type AcceptedAction } from '../action-events/stages.js';
import { limitsOf, sawOf } from '../action-events/state.js';
import { isReserved, reserve } from './walk.js';
import { judge, recordedGate } from '../gates/record.js';
import type { GateName, GateRecord } from '../gates/table.js';
import { killSwitchEpoch } from '../stop/kill-switch.js';
import {
  isRollbackPending,
  type RollbackEvent,
  type RollbackParts,
  type RollbackState,
} from '../action-events/rollback-events.js';
import { refusedBecause, type RefusedRollback } from './rollback-stop.js';

type CommandOf<Kind extends ActionCommand['kind']> = Extract<ActionCommand, { kind: Kind }>;

type RollbackApproved = Extract<RollbackEvent, { readonly type: 'RollbackApproved' }>;

/** The gates of a rollback, before its reservation and again at its last look. */
export const rollbackGates = ['kill_switch', 'blast_radius'] as const satisfies readonly GateName[];

const partsOf = ({ accepted: { action_id } }: AcceptedAction, plan: PlanAnswer): RollbackParts => ({
  action: contentHash({ rollback_of: action_id }),
  diff: plan.diff_hash,
  leaves: plan.leaves_fingerprint,
});

const impossible = (detail: string, violations: readonly Reason[] = []): ProblemError =>
  new ProblemError('undo-impossible', detail, {
    remedy: 'submit an action that does the opposite',
    members: violations.length === 0 ? {} : { reasons: [...violations] },
  });

/**
 * Refuses the rollback if the action cannot be undone. Throws `wrong-state` and `undo-impossible`.
 */
export const requireUndoable = (state: AcceptedAction, now: Timestamp): void => {
  if (state.status !== 'COMPLETED') refuseState(state, 'COMPLETED');
  const { action_type: type, intent } = state.accepted;
  if (state.rollback?.status === 'done') throw impossible('its change was temporary, and was undone');
  if (intent.dry_run === true) throw impossible('a dry run changed nothing that could be taken back');
  if (type.handler === null || state.execution === null || type.read_only)
    throw impossible(`\`${type.action_type}\` changed nothing that could be taken back`);
  if (!type.reversible || state.planned?.plan?.reversible === false)
    throw impossible(`\`${type.action_type}\` cannot be undone`);
  const { undo_within_s: seconds } = type;
  if (seconds !== undefined && state.ended_at !== null && now > after(state.ended_at, seconds))
    throw impossible(
      `\`${type.action_type}\` can be undone within ${seconds} s of its end, which was at ${state.ended_at}`,
    );
};

/**
 * Records what a rollback of a completed action would change back. Throws `undo-impossible`, and
 * `leaves-changed` if others have changed it since.
 */
export const prepareRollback = (
  { plan, by, now }: CommandOf<'prepare_rollback'>,
  state: AcceptedAction,
): readonly ActionEvent[] => {
  requireUndoable(state, now);
  if (isRollbackPending(state.rollback))
    throw new ProblemError('wrong-state', 'the rollback of the action is under way already', {
      members: { state: state.status },
    });
  const changed = plan.violations.filter(({ code }) => code === 'leaves-changed');
  if (changed.length > 0)
    throw new ProblemError(
      'leaves-changed',
      'what the action changed was changed again since, and a rollback would overwrite that',
      { remedy: 'submit an action for what it should be now', members: { reasons: [...changed] } },
    );
  if (plan.violations.length > 0)
    throw impossible(plan.violations.map(({ detail }) => detail).join('; '), plan.violations);
  const prepared = preparedAs(state, { plan, by, now });
  const { rollback } = state;
  return rollback?.status === 'prepared' &&
    rollback.digest === prepared.data.digest &&
    now < rollback.expires_at
    ? []
    : [prepared];
};

/** Returns what a rollback would change back, with the digest that an approval of it names. */
export const preparedAs = (
  state: AcceptedAction,
  { plan, by, now }: { readonly plan: PlanAnswer; readonly by: string; readonly now: Timestamp },
): Extract<RollbackEvent, { readonly type: 'RollbackPrepared' }> => {
  const parts = partsOf(state, plan);
  const expires_at = after(now, limitsOf(state).approval_expiry_s);
  return {
    type: 'RollbackPrepared',
    data: { by, plan, digest: contentHash(parts), digest_parts: parts, expires_at },
  };
};

/** Records a person's approval of what was shown for a rollback. */
export const approveRollback = (
  command: CommandOf<'approve_rollback'>,
  state: AcceptedAction,
): readonly ActionEvent[] => {
  const { rollback } = state;
  if (rollback !== null && rollback.approved_by === command.by && rollback.status !== 'refused') {
    refuseDigest(requestOf(state), command.digest, rollback.digest);
    return repeated(state, command.comment);
  }
  requireUndoable(state, command.now);
  if (rollback?.status !== 'prepared')
    throw new ProblemError('wrong-state', 'nothing is shown that a yes could be given to', {
      remedy: 'ask for the rollback without a digest first',
      members: { state: state.status },
    });
  refuseRequester(state, command);
  refuseDigest(requestOf(state), command.digest, rollback.digest);
  if (command.now >= rollback.expires_at)
    throw new ProblemError(
      'wrong-state',
      `what was shown of the rollback was good until ${rollback.expires_at}`,
    );
  return [approvedAs(state, rollback, command, said(command.comment))];
};

/** Returns the approval of a rollback by its digest. */
export const approvedAs = (
  { accepted: { action_id, intent } }: AcceptedAction,
  { digest }: Pick<RollbackState, 'digest'>,
  { by, now }: { readonly by: string; readonly now: Timestamp },
  more: Pick<RollbackApproved['data'], 'comment' | 'plan' | 'temporary'>,
): ActionEvent => ({
  type: 'RollbackApproved',
  data: {
    by,
    digest,
    request_id: uuidV5(action_id, 'rollback', digest, now),
    start_by: after(now, defaults.reservation_wait_s),
    action_type: intent.action_type,
    account_id: intent.account_id,
    agent: intent.agent,
    ...more,
  },
});

/**
 * Records the approval of a rollback by the action's plan. People gave it before the plan started,
 * and it covers only leaves that nobody has changed since. Throws `approval-required` if nobody
 * gave it, `wrong-state` and `undo-impossible`.
 */
export const approveRollbackByPlan = (
  command: CommandOf<'approve_rollback_by_plan'>,
  state: AcceptedAction,
): readonly ActionEvent[] => {
  const { rollback, accepted } = state;
  if (isRollbackPending(rollback)) return [];
  requireUndoable(state, command.now);
  const { part_of: part } = accepted;
  const yes = part?.role === 'node' ? part.approval : null;
  if (part === undefined || yes?.rolls_back !== true || yes.approved_by.length < yes.approvals_required)
    throw new ProblemError(
      'approval-required',
      'nobody approved with the plan that the action is taken back',
      {
        remedy: 'ask for the rollback of the action, and have a person approve it',
      },
    );
  if (rollback?.status !== 'prepared' || command.now >= rollback.expires_at)
    throw new ProblemError('wrong-state', 'what would be changed back must be looked at first', {
      members: { state: state.status },
    });
  const { plan_id } = part;
  const { digest, approved_by } = yes;
  return [approvedAs(state, rollback, command, { plan: { plan_id, digest, approved_by } })];
};

/** Returns the refusal of a rollback that was not started in time; null if there is none. */
export const rollbackExpiry = (state: AcceptedAction, now: Timestamp): RefusedRollback | null => {
  const { rollback } = state;
  if (
    rollback === null ||
    !isRollbackPending(rollback) ||
    rollback.start_by === null ||
    now <= rollback.start_by
  )
    return null;
  return refusedBecause(
    rollback,
    'expired',
    [
      {
        code: 'rollback-expired',
        detail: `it could not be started until ${rollback.start_by}`,
        at: rollback.start_by,
      },
    ],
    now,
  );
};

const stoppedBy = (records: readonly GateRecord[]): readonly Reason[] => {
  const missing = rollbackGates.filter((gate) => !records.some((record) => record.gate === gate));
  if (missing.length > 0 && records.every(({ verdict }) => verdict === 'pass'))
    return missing.map((gate) => ({
      code: 'gate-error',
      detail: `gate ${gate} was not looked at`,
      gate,
    }));
  return records.flatMap(({ verdict, reasons }) => (verdict === 'pass' ? [] : reasons));
};

/**
 * Records the gates of a rollback, before the reservation and again at the last look. At the last
 * look, the changes must be those that a person approved.
 */
export const recordRollbackLook = (
  command: CommandOf<'record_rollback_look'>,
  state: AcceptedAction,
): readonly ActionEvent[] => {
  const { rollback, reservation, accepted } = state;
  if (state.status !== 'COMPLETED' || rollback === null || !isRollbackPending(rollback)) return [];
  if ((command.look === 'first') !== (rollback.status === 'approved')) return [];
  const expired = rollbackExpiry(state, command.now);
  if (expired !== null) return [expired];
  const records = command.gates.map(judge);
  const judged: ActionEvent = {
    type: 'RollbackJudged',
    data: { look: command.look, gates: records.map(recordedGate), plan: command.plan },
  };
  const stopped = stoppedBy(records);
  if (stopped.length > 0) return [judged, refusedBecause(rollback, 'gate', stopped, command.now)];
  const gates = { ...state.gates, ...Object.fromEntries(records.map((record) => [record.gate, record])) };
  if (command.look === 'first') return [judged, reserve({ ...state, gates }, command.now)];
  if (reservation?.status !== 'granted') return [];
  const { plan } = command;
  if (plan === null || plan.violations.length > 0 || contentHash(partsOf(state, plan)) !== rollback.digest)
    return [
      judged,
      refusedBecause(
        rollback,
        'changed',
        plan !== null && plan.violations.length > 0
          ? plan.violations
          : [{ code: 'leaves-changed', detail: 'what would be changed back is not what was approved' }],
        command.now,
      ),
    ];
  // The topology may have changed in the meantime. Nothing beyond the reservation is changed back.
  const { reserved_units } = state;
  if (!isReserved({ accepted, gates, reserved_units }, reservation))
    return [
      judged,
      refusedBecause(
        rollback,
        'changed',
        [{ code: 'changed-blast-radius', detail: 'it touches more now than was reserved for it' }],
        command.now,
      ),
    ];
  const { handler } = accepted.action_type;
  if (handler === null || rollback.request_id === null) return [];
  const switches = sawOf({ gates }, 'kill_switch')?.switches ?? [];
  return [
    judged,
    {
      type: 'RollbackStarted',
      data: {
        request_id: rollback.request_id,
        epoch: killSwitchEpoch(switches),
        switches,
        fencing: reservation.fencing,
        leaves_fingerprint: plan.leaves_fingerprint,
        handler: { service: handler.service, name: handler.name },
      },
    },
  ];
};

/**
 * Follows the handler while it takes a completed action back. Throws `internal-error` if the answer
 * is about another action.
 */
export const recordRollback = (
  { status, now }: CommandOf<'record_rollback'>,
  state: AcceptedAction,
): readonly ActionEvent[] => {
  if (!isTakingBack(state)) return [];
  const { action_id: id } = state.accepted;
  checkAnswer(status, id);
  const because = (code: string, detail: string): readonly Reason[] =>
    status.reasons.length > 0 ? status.reasons : [{ code, detail }];
  const { temporary } = state.rollback;
  const end = { cause: temporary ? 'temporary' : 'operator', sequence: 2 } as const;
  switch (status.state) {
    case 'ROLLED_BACK':
      if (temporary)
        return [
          {
            type: 'TemporaryChangeUndone',
            data: { reasons: because('rolled-back', 'the time of the temporary change was over') },
          },
        ];
      return [
        {
          type: 'ActionRolledBack',
          data: {
            ...finished(state, because('rolled-back', 'a completed action was taken back')),
            ...end,
          },
        },
      ];
    case 'ROLLBACK_FAILED':
      return [
        {
          type: 'ActionRollbackFailed',
          data: {
            ...finished(state, because('rollback-failed', 'the device is not as it was')),
            ...end,
          },
        },
      ];
    case 'CONFIRMED':
      return status.undo_refused === state.rollback.request_id
        ? [refusedBecause(state.rollback, 'handler', because('refused', 'the handler sent nothing'), now)]
        : [];
    default:
      return [];
  }
};
