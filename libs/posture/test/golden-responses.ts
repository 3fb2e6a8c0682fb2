import { testMetadata, type Decider, type DomainEvent } from '@interlock/kernel';
import {
  brakeDecider,
  checksDecider,
  planResponses,
  responseDecider,
  responseWorkDecider,
  trustLockDecider,
  type ResponseWorkCommand,
} from '../src/index.js';

/** The events of some commands, each decided on the state after the previous ones. */
export const decided = <C, E extends DomainEvent, S>(
  { decide, evolve, initial }: Decider<C, E, S>,
  commands: readonly C[],
  at = '2026-01-01T12:00:00.000Z',
): { readonly events: readonly E[]; readonly state: S } => {
  const events: E[] = [];
  let state = initial;
  for (const command of commands)
    for (const event of decide(command, state)) {
      state = evolve(state, {
        ...event,
        metadata: { ...testMetadata(), occurred_at: at },
        revision: BigInt(events.length),
      });
      events.push(event);
    }
  return { events, state };
};

const now = '2026-01-01T12:00:00.000Z';
const responseId = '0192c5f0-0000-7000-8000-000000000001';
const [actionId, requestId] = [
  '11111111-1111-5111-8111-111111111111',
  '22222222-2222-5222-8222-222222222222',
];
const run = { response_id: responseId, policy: 'RED', mode: 'apply', trigger: 'person' } as const;
const mirror = planResponses('RED').filter(({ reversible }) => reversible);
const asked = {
  turn: 1,
  request_id: requestId,
  action_id: actionId,
  action: 'full_integrity_check',
} as const;
const accepted = {
  action_id: actionId,
  request_id: requestId,
  epoch: 'none',
  plan_hash: 'sha256:plan',
  action_type: 'full_integrity_check',
  entity_id: 'interlock',
  soak_s: 0,
  confirm_timeout_s: 90,
  turn: 1,
};
const taken = { turn: 1, instance: 'one', plan_hash: 'sha256:plan', diff: [] };
const refusal = [{ code: 'undone', detail: 'the action was taken back before anything was sent' }];
const outcome = {
  passed: false,
  checked: 1200,
  failed: 1,
  range: { from: '0', to: '81920' },
  detail: '1 of 1200 leaves is not what was signed',
  findings: [{ code: 'leaf-changed', detail: 'the event is not what its leaf was made of', position: '512' }],
  change: null,
};

/** The work of a response that has begun. */
const begun: readonly ResponseWorkCommand[] = [
  { kind: 'AcceptTurn', asked },
  { kind: 'RecordTurn', ...taken },
  { kind: 'AcceptApply', apply: accepted },
  { kind: 'RequestWork', instance: 'one' },
];
const undone: readonly ResponseWorkCommand[] = [
  { kind: 'FinishWork', outcome },
  {
    kind: 'RequestUndo',
    request_id: requestId,
    reasons: [{ code: 'undo-requested', detail: 'the action asked to take it back' }],
  },
];

/** One example of each event about trust lock, brake, checks and responses. */
export const responseExamples = (): readonly DomainEvent[] => [
  ...decided(trustLockDecider, [
    { kind: 'LockTrust', reason: 'the mirror differs', cause: 'person' },
    { kind: 'UnlockTrust', reason: 'looked at it', force: false, now },
    { kind: 'ResetUnlocks', reason: 'a drill', now },
  ]).events,
  ...decided(brakeDecider, [
    { kind: 'EngageBrake', reason: 'a migration' },
    { kind: 'ReleaseBrake', reason: 'it is done' },
  ]).events,
  ...decided(checksDecider, [
    {
      kind: 'RecordCheck',
      result: {
        request_id: requestId,
        kind: 'full_integrity_check',
        range: outcome.range,
        passed: false,
        checked: 1200,
        failed: 1,
        detail: outcome.detail,
      },
    },
  ]).events,
  ...decided(responseDecider, [
    { kind: 'BlockResponse', data: { ...run, gates: ['trust_guard_unlocked', 'rate_limit'] } },
  ]).events,
  ...decided(responseDecider, [
    { kind: 'PlanResponse', data: { ...run, actions: mirror } },
    { kind: 'FailResponse', detail: 'safety-rails refused the action', branch: null },
  ]).events,
  ...decided(responseDecider, [
    { kind: 'PlanResponse', data: { ...run, actions: mirror } },
    { kind: 'SubmitAction', data: { action: 'integrity_anchor_mirror', action_id: actionId } },
    {
      kind: 'EndAction',
      data: {
        action: 'integrity_anchor_mirror',
        action_id: actionId,
        state: 'COMPLETED',
        passed: null,
        detail: 'rebuilt from 12 checkpoints',
      },
    },
    { kind: 'CompleteResponse' },
    { kind: 'FailUndo', detail: 'the mirror could not be put back (EACCES)' },
    { kind: 'UndoResponse', reason: 'the old mirror is wanted', restored: 'mirrors/anchor_chain.json' },
  ]).events,
  ...decided(responseWorkDecider, [
    { kind: 'AcceptTurn', asked },
    { kind: 'RecordTurn', ...taken },
    { kind: 'RecordLapse', reasons: [{ code: 'turn-too-old', detail: 'more than 5 s' }] },
  ]).events,
  ...decided(responseWorkDecider, [
    ...begun,
    { kind: 'FinishWork', outcome },
    { kind: 'RequestConfirm', request_id: requestId },
    { kind: 'ConfirmWork' },
  ]).events,
  ...decided(responseWorkDecider, [
    ...begun,
    { kind: 'FailWork', reasons: [{ code: 'response-failed', detail: 'the directory is not writable' }] },
  ]).events,
  ...decided(responseWorkDecider, [...begun, ...undone, { kind: 'TakeWorkBack' }]).events,
  ...decided(responseWorkDecider, [
    ...begun,
    ...undone,
    {
      kind: 'FailUndo',
      reasons: [{ code: 'undo-failed', detail: 'the mirror could not be put back (EACCES)' }],
    },
  ]).events,
  ...decided(responseWorkDecider, [{ kind: 'RefuseApply', request_id: requestId, reasons: refusal }]).events,
];
