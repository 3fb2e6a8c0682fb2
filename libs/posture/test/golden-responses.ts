import { testMetadata, type Decider, type DomainEvent } from '@interlock/kernel';
import {
  brakeDecider,
  checksDecider,
  planResponses,
  responseDecider,
  responseWorkDecider,
  trustLockDecider,
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
const started = {
  action_id: actionId,
  request_id: requestId,
  action: 'full_integrity_check',
  turn: 1,
  plan_hash: 'sha256:plan',
  epoch: 'none',
} as const;
const outcome = {
  passed: false,
  checked: 1200,
  failed: 1,
  range: { from: '0', to: '81920' },
  detail: '1 of 1200 leaves is not what was signed',
  findings: [{ code: 'leaf-changed', detail: 'the event is not what its leaf was made of', position: '512' }],
  change: null,
};

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
    { kind: 'StartWork', data: started },
    { kind: 'LapseWork', data: { turn: 1, reasons: [{ code: 'turn-too-old', detail: 'more than 5 s' }] } },
    { kind: 'StartWork', data: { ...started, request_id: `${requestId}-2`, turn: 2 } },
    { kind: 'FinishWork', outcome },
    { kind: 'ConfirmWork', request_id: requestId },
  ]).events,
  ...decided(responseWorkDecider, [
    { kind: 'StartWork', data: { ...started, turn: 2 } },
    { kind: 'FinishWork', outcome },
    { kind: 'TakeWorkBack', request_id: requestId },
  ]).events,
  ...decided(responseWorkDecider, [
    { kind: 'StartWork', data: { ...started, turn: 2 } },
    { kind: 'FinishWork', outcome },
    {
      kind: 'FailUndo',
      request_id: requestId,
      reasons: [{ code: 'undo-failed', detail: 'the mirror could not be put back (EACCES)' }],
    },
  ]).events.slice(-1),
  ...decided(responseWorkDecider, [
    { kind: 'StartWork', data: { ...started, turn: 2 } },
    { kind: 'FailWork', reasons: [{ code: 'response-failed', detail: 'the directory is not writable' }] },
  ]).events,
  ...decided(responseWorkDecider, [
    {
      kind: 'RefuseWork',
      data: { request_id: requestId, reasons: [{ code: 'undone', detail: 'taken back before it began' }] },
    },
  ]).events,
];
