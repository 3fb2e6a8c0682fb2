import { describe, expect, it } from '@jest/globals';
import type { ActionIntentV1, HandlerEnvelope } from '@interlock/contracts';
import { deviceTxDecider, networkActionTypes } from '@interlock/network';
import type { ActionRecord } from '@interlock/executor';
import { sideDoor } from '../src/side-door.js';

const [actionType = ''] = networkActionTypes;
const envelope: HandlerEnvelope = {
  request_id: 'apply-1',
  deadline: '2026-11-20T10:00:00.000Z',
  epoch: 'e',
  tenant_id: 'demo',
  action_id: 'a-1',
};
const started: NonNullable<ActionRecord['started']> = {
  plan_hash: 'p',
  epoch: 'e',
  switches: [],
  request_id: 'apply-1',
  soak_s: 5,
  confirm_timeout_s: 95,
  handler: { service: 'netconf-gateway', name: actionType },
  fencing: '1',
  basis: 'allow',
  turn: 1,
};
const record: ActionRecord = {
  intent: { tenant_id: 'demo', action_type: actionType } as ActionIntentV1,
  action_type: null,
  turn: null,
  started,
  confirm_request: null,
  undo_request: null,
  rollback: null,
  ended: false,
  correlation_id: 'a-1',
  causation_id: 'a-1',
  traceparent: null,
};
const taken = { ...deviceTxDecider.initial, turn: { turn: 1 } } as Parameters<typeof sideDoor>[2];
const refusal = (over: Partial<NonNullable<ActionRecord['started']>>): string | undefined =>
  sideDoor(envelope, { ...record, started: { ...started, ...over } }, taken)?.detail;

describe('the side door', () => {
  it('lets the execution in that the action started', () => {
    expect(sideDoor(envelope, record, taken)).toBeNull();
  });

  it("refuses an execution by another handler than the intent's action type has", () => {
    const intent = { tenant_id: 'demo', action_type: 'reboot' } as ActionIntentV1;
    expect(sideDoor(envelope, { ...record, intent }, taken)?.detail).toBe(
      "the handler of the execution is not the one of the intent's action type",
    );
  });

  it('refuses an execution by a handler that is not here', () => {
    for (const handler of [
      { service: 'netconf-gateway', name: 'unheard_of' },
      { service: 'posture', name: actionType },
    ])
      expect(refusal({ handler })).toBe("the action's handler is not here");
  });

  it('refuses an execution of another tenant, epoch, request or turn', () => {
    expect(refusal({ epoch: 'other' })).toBe('the execution was started in another epoch');
    expect(refusal({ request_id: 'other' })).toBe('the execution was started by another request');
    expect(refusal({ turn: 2 })).toBe('no turn was taken for the execution');
    expect(sideDoor({ ...envelope, tenant_id: 'other' }, record, taken)?.detail).toBe(
      "the action is another tenant's",
    );
  });
});
