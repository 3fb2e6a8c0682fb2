import { describe, expect, it } from '@jest/globals';
import type { ActionIntentV1, HandlerEnvelope } from '@interlock/contracts';
import { noAction, sideDoor, type ActionRecord } from '../src/index.js';

const actionType = 'cell_failover';
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
  ...noAction('a-1'),
  intent: { tenant_id: 'demo', action_type: actionType } as ActionIntentV1,
  started,
};
const door = (asked: HandlerEnvelope, action: ActionRecord): ReturnType<typeof sideDoor> =>
  sideDoor(
    asked,
    action,
    { turn: 1 },
    ({ handler }) => handler.service === 'netconf-gateway' && handler.name === actionType,
  );
const refusal = (over: Partial<NonNullable<ActionRecord['started']>>): string | undefined =>
  door(envelope, { ...record, started: { ...started, ...over } })?.detail;

describe('the side door', () => {
  it('lets the execution in that the action started', () => expect(door(envelope, record)).toBeNull());

  it("refuses an execution by another handler than the intent's action type has", () => {
    const intent = { tenant_id: 'demo', action_type: 'reboot' } as ActionIntentV1;
    expect(door(envelope, { ...record, intent })?.detail).toBe(
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
    expect(door({ ...envelope, tenant_id: 'other' }, record)?.detail).toBe("the action is another tenant's");
  });
});
